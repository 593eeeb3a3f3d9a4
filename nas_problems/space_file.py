"""Search spaces as files: a small TOML of our own, ConfigSpace's JSON, Optuna's distributions.

    [booster]
    choices = ["tree", "linear"]        # categorical

    [depth]
    low = 1
    high = 12                           # integer; with log = true on a log scale
    when = {booster = ["tree"]}         # only where the booster is a tree

    [learning_rate]
    low = 1e-4
    high = 1.0                          # real, because a bound has a point
    log = true
    step = 0.05                         # a neighbour's distance on the unit scale, 0.1 where it is not given

    [batch_size]
    values = [16, 32, 64]               # ordinal

A choice that is nothing at all, Python's None, is written ``{none = true}``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from nas_problems.array import brief
from nas_problems.atomic import write_text
from nas_problems.bounded import read_bounded
from nas_problems.checked import checked
from nas_problems.condition import Condition, conditions_of
from nas_problems.parameter import Categorical, Integer, Ordinal, Parameter, Real, Value
from nas_problems.space import SearchSpace, conditional_space
from nas_problems.toml_text import load_toml

_LARGEST = 2**20  # bytes
_NONE = {"none": True}
_FIELDS = {"choices": {"choices"}, "values": {"values"}, "range": {"low", "high", "log", "step"}}
_STEP = float(Real("x", 0.0, 1.0).step)  # where none is given
_STEPS = 10_000  # values of a range with steps


@checked
def read_space(path: Path | str) -> SearchSpace:
    """A space from a file: ``.toml`` as above, ``.json`` as ConfigSpace writes it.

    Raises:
        OSError: It cannot be read.
        ValueError: Another suffix, or what the file says is not a space; the message names the file.
    """
    path = Path(path)
    if path.suffix not in (".toml", ".json"):
        raise ValueError(
            f"{path}: wanted a space in .toml, or in ConfigSpace's .json, found {path.suffix or 'no suffix'}"
        )
    content = read_bounded(path, _LARGEST)
    try:
        text = content.decode("utf-8")
        return space_from_toml(text) if path.suffix == ".toml" else space_from_configspace(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from error


@checked
def write_space(space: SearchSpace, path: Path | str) -> None:
    """The inverse of ``read_space``.

    Raises:
        ValueError: Another suffix, or a space that the format cannot carry.
    """
    path = Path(path)
    if path.suffix == ".toml":
        text = space_to_toml(space)
    elif path.suffix == ".json":
        text = json.dumps(space_to_configspace(space), indent=1) + "\n"
    else:
        raise ValueError(f"{path}: wanted the suffix .toml or .json, found {path.suffix or 'none'}")
    write_text(path, text)


# ---- TOML


def space_from_toml(text: str) -> SearchSpace:
    """A space from TOML; see the module.

    Raises:
        ValueError: Not TOML, or not a space; the message names the parameter.
    """
    tables = load_toml(text)
    parameters, conditions = [], []
    for name, table in tables.items():
        if not isinstance(table, dict):
            _refuse(name, "a table with choices, values, or low and high", table)
        fields = {key: value for key, value in table.items() if key != "when"}
        parameters.append(_from_fields(name, fields))
        when = table.get("when", {})
        if not isinstance(when, dict) or not all(isinstance(values, list) for values in when.values()):
            _refuse(f"{name}.when", "a table of parents with lists of values", when)
        conditions += [Condition(name, parent, tuple(map(_plain, values))) for parent, values in when.items()]
    return conditional_space(parameters, conditions)


def _from_fields(name: str, fields: Mapping[str, Any]) -> Parameter:
    kind = "choices" if "choices" in fields else "values" if "values" in fields else "range"
    if unknown := fields.keys() - _FIELDS[kind]:
        _refuse(name, f"{', '.join(sorted(_FIELDS[kind]))} alone", sorted(unknown))
    if kind != "range":
        listed = fields[kind]
        if not isinstance(listed, list):
            _refuse(f"{name}.{kind}", "a list", listed)
        values = tuple(map(_plain, listed))
        return Categorical(name, values) if kind == "choices" else Ordinal(name, values)
    low, high, log = fields.get("low"), fields.get("high"), fields.get("log", False)
    for bound in (low, high):
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            _refuse(name, "choices, values, or the numbers low and high", bound)
    if not isinstance(log, bool):
        _refuse(f"{name}.log", "true or false", log)
    assert low is not None and high is not None
    if type(low) is type(high) is int:
        if "step" in fields:
            _refuse(f"{name}.step", "a step for real bounds only", fields["step"])
        return Integer(name, low, high, log)
    return Real(name, low, high, log, fields.get("step", _STEP))


def _plain(value: Any) -> Any:
    return None if value == _NONE else value


def _refuse(where: str, wanted: str, found: object) -> NoReturn:
    raise ValueError(f"{where}: wanted {wanted}, found {brief(found)}")


@checked
def space_to_toml(space: SearchSpace) -> str:
    """The space as ``space_from_toml`` reads it.

    Raises:
        ValueError: A validity test, a list of candidates, or a canonical form other than by conditions, which a
            file cannot carry.
    """
    conditions = _carried(space)
    lines = []
    for parameter in space.parameters:
        lines.append(f"[{_key(parameter.name)}]")
        match parameter:
            case Categorical():
                lines.append(f"choices = {_toml(list(parameter.choices))}")
            case Ordinal():
                lines.append(f"values = {_toml(list(parameter.values))}")
            case _:
                bounds = (parameter.low, parameter.high)
                low, high = map(int if isinstance(parameter, Integer) else float, bounds)
                lines += [f"low = {_toml(low)}", f"high = {_toml(high)}"]
                lines += ["log = true"] if parameter.log else []
                lines += [f"step = {_toml(step)}" for step in _own_step(parameter)]
        when = {each.parent: list(each.values) for each in conditions if each.parameter == parameter.name}
        if when:
            lines.append(f"when = {_toml(when)}")
        lines.append("")
    return "\n".join(lines)


def _own_step(parameter: Parameter) -> list[float]:
    """The step of a real parameter, where it is not what a file without one means."""
    return [parameter.step] if isinstance(parameter, Real) and parameter.step != _STEP else []


def _carried(space: SearchSpace) -> list[Condition]:
    """The conditions of a space that has nothing else than parameters and conditions."""
    conditions = conditions_of(space.canonical_form, space.parameters)
    if space.validity is not None or space.listing is not None or conditions is None:
        raise ValueError(
            "space: wanted parameters and conditions, found a validity test, a list of candidates or an own form"
        )
    parents = [condition.parent for condition in conditions]
    names = [(condition.parameter, condition.parent) for condition in conditions]
    if len(set(names)) != len(names):
        raise ValueError(
            f"space: wanted one condition per parameter and parent, found several on {sorted(set(parents))}"
        )
    return conditions


def _key(name: str) -> str:
    return name if all((c.isascii() and c.isalnum()) or c in "_-" for c in name) else _toml(name)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "{none = true}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(name)} = {_toml(item)}' for name, item in value.items())}}}"
    if not isinstance(value, str):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # TOML has no pairs of surrogates


# ---- ConfigSpace


def space_from_configspace(content: Any) -> SearchSpace:
    """A space from what ConfigSpace writes as JSON (versions 0.4 to 1.2).

    Args:
        content: The parsed JSON.

    Raises:
        ValueError: A kind of hyperparameter, condition or forbidden clause that is not known here.
    """
    if not isinstance(content, dict) or not isinstance(content.get("hyperparameters"), list):
        raise ValueError("configspace: wanted an object with a list of hyperparameters")
    if content.get("forbiddens"):
        _refuse("forbiddens", "none, as a space of ours has no forbidden clauses", content["forbiddens"])
    parameters = [_hyperparameter(entry) for entry in content["hyperparameters"]]
    conditions = [_condition(entry) for entry in _flat(content.get("conditions") or [])]
    return conditional_space(parameters, conditions)


def _hyperparameter(entry: Any) -> Parameter:
    try:
        name, kind = entry["name"], entry["type"]
        if entry.get("q") not in (None, 1) or (kind == "uniform_float" and entry.get("q") is not None):
            _refuse(f"hyperparameter {name}", "no q, as a range of ours has no steps", entry["q"])
        if len(set(entry.get("weights") or [1])) > 1:
            _refuse(f"hyperparameter {name}", "equal weights, as choices of ours have", entry["weights"])
        match kind:
            case "uniform_int":
                return Integer(name, entry["lower"], entry["upper"], bool(entry.get("log", False)))
            case "uniform_float":
                meta = entry.get("meta")
                step = meta.get("step", _STEP) if isinstance(meta, Mapping) else _STEP
                for end in ("lower", "upper"):
                    if isinstance(entry[end], str):
                        _refuse(f"hyperparameter {name}", "numbers as its bounds", entry[end])
                return Real(name, float(entry["lower"]), float(entry["upper"]), bool(entry.get("log", False)), step)
            case "categorical":
                return Categorical(name, tuple(entry["choices"]))
            case "ordinal":
                return Ordinal(name, tuple(entry["sequence"]))
            case "constant":
                return Categorical(name, (entry["value"],))
    except (KeyError, TypeError) as error:
        raise ValueError(f"hyperparameter: wanted one of ConfigSpace's, found {brief(entry)}") from error
    _refuse(f"hyperparameter {name}", "uniform_int, uniform_float, categorical, ordinal or constant", kind)


def _flat(entries: Any) -> list[Any]:
    """Conditions, those within a conjunction one by one."""
    flat = []
    for entry in entries:
        is_conjunction = isinstance(entry, dict) and entry.get("type") == "AND"
        flat += _flat(entry.get("conditions", [])) if is_conjunction else [entry]
    return flat


def _condition(entry: Any) -> Condition:
    try:
        if entry["type"] == "EQ":
            return Condition(entry["child"], entry["parent"], (entry["value"],))
        if entry["type"] == "IN":
            return Condition(entry["child"], entry["parent"], tuple(entry["values"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"condition: wanted one of ConfigSpace's, found {brief(entry)}") from error
    _refuse("condition", "EQ, IN, or AND of these", entry["type"])


@checked
def space_to_configspace(space: SearchSpace) -> dict[str, Any]:
    """The space as ConfigSpace 1.x reads it from JSON; a parameter of one value becomes a constant.

    Raises:
        ValueError: See ``space_to_toml``.
    """
    hyperparameters: list[dict[str, Any]] = []
    for parameter in space.parameters:
        head = {"name": parameter.name, "meta": {"step": own[0]} if (own := _own_step(parameter)) else None}
        if parameter.n_choices == 1:
            hyperparameters.append({"type": "constant", **head, "value": parameter.decode(np.zeros(1, np.int64))[0]})
            continue
        match parameter:
            case Categorical():
                listed = list(parameter.choices)
                hyperparameters.append(
                    {"type": "categorical", **head, "choices": listed, "weights": None, "default_value": listed[0]}
                )
            case Ordinal():
                listed = list(parameter.values)
                hyperparameters.append({"type": "ordinal", **head, "sequence": listed, "default_value": listed[0]})
            case _:
                kind = "uniform_int" if isinstance(parameter, Integer) else "uniform_float"
                bounds = {"lower": parameter.low, "upper": parameter.high, "log": parameter.log}
                hyperparameters.append({"type": kind, **head, **bounds, "default_value": parameter.low})
    by_child: dict[str, list[dict[str, Any]]] = {}
    for each in _carried(space):
        by_child.setdefault(each.parameter, []).append(
            {"type": "IN", "child": each.parameter, "parent": each.parent, "values": list(each.values)}
        )
    conditions = [
        of_child[0] if len(of_child) == 1 else {"type": "AND", "child": child, "conditions": of_child}
        for child, of_child in by_child.items()
    ]
    return {
        "name": None,
        "hyperparameters": hyperparameters,
        "conditions": conditions,
        "forbiddens": [],
        "python_module_version": "1.2.0",
        "format_version": 0.4,
    }


# ---- Optuna


def space_from_optuna(distributions: Mapping[str, Any]) -> SearchSpace:
    """A space from Optuna's distributions by name, such as ``study.best_trial.distributions``.

    A range with a step other than 1 becomes an ordinal parameter, and so does a real one of a single value.

    Raises:
        ValueError: Another distribution, or more than 10,000 steps.
    """
    return SearchSpace(tuple(_from_distribution(name, each) for name, each in distributions.items()))


def _from_distribution(name: str, each: Any) -> Parameter:
    kind = type(each).__name__
    if kind == "CategoricalDistribution":
        return Categorical(name, tuple(each.choices))
    if kind not in ("IntDistribution", "FloatDistribution"):
        _refuse(name, "IntDistribution, FloatDistribution or CategoricalDistribution", each)
    is_int = kind == "IntDistribution"
    if not is_int and each.low == each.high:
        return Ordinal(name, (each.low,))
    if each.step in (None, 1) and (is_int or each.step is None):
        return Integer(name, each.low, each.high, each.log) if is_int else Real(name, each.low, each.high, each.log)
    n = int((each.high - each.low) / each.step + 1e-9) + 1
    if n > _STEPS:
        _refuse(name, f"at most {_STEPS} steps", n)
    values: tuple[Value, ...] = tuple(each.low + i * each.step for i in range(n))
    return Ordinal(name, values)


@checked
def space_to_optuna(space: SearchSpace) -> dict[str, Any]:
    """Optuna's distributions of a space by name; an ordinal parameter becomes a categorical one.

    Raises:
        ImportError: Optuna is not installed.
        ValueError: A space with conditions, a validity test or a list of candidates.
    """
    try:
        from optuna import distributions
    except ImportError as error:
        raise ImportError("Optuna's distributions: pip install optuna") from error
    if _carried(space):
        raise ValueError("space: wanted no conditions, which Optuna's distributions do not have")
    by_name: dict[str, Any] = {}
    for parameter in space.parameters:
        match parameter:
            case Categorical():
                by_name[parameter.name] = distributions.CategoricalDistribution(parameter.choices)
            case Ordinal():
                by_name[parameter.name] = distributions.CategoricalDistribution(parameter.values)
            case Integer():
                by_name[parameter.name] = distributions.IntDistribution(parameter.low, parameter.high, parameter.log)
            case _:
                by_name[parameter.name] = distributions.FloatDistribution(parameter.low, parameter.high, parameter.log)
    return by_name
