"""The json of an IOHprofiler folder: parsed and checked, never evaluated.

iohinspector passes the values of experiment attributes to ``eval``; what that would run as code is refused.
"""

import ast
import json
import math
import warnings
from pathlib import PurePosixPath
from typing import Any, TypeVar

from optimizers.logged_run import Best, DamageError, FaultKind, invalid
from optimizers.regular_file import Tree

T = TypeVar("T")
Json = dict[str, Any]

_LARGEST = 1e300


def read_index(name: str, content: bytes, tree: Tree) -> list[tuple[str, list[Json]]]:
    """The data files that a json names, and for each what the json knows of its runs.

    Args:
        name: The json file, as the tree has it.
        content: Its bytes.
        tree: The files that there are.

    Returns:
        Per scenario the data file and one mapping per run: arguments of ``LoggedRun``.

    Raises:
        DamageError: Not a json in IOHprofiler format; data files that are missing or lie elsewhere; or
            experiment attributes that ``eval`` would run as code.
    """
    data = _load_json(content)
    index = []
    for scenario in _objects(data, "scenarios"):
        data_name = _data_name(name, _take(scenario, "path", str), tree)
        index.append((data_name, _run_heads(data, scenario)))
    return index


_decoder = json.JSONDecoder(parse_constant=lambda name: invalid(f"wanted finite numbers, found {name}"))


def _load_json(content: bytes) -> Json:
    try:
        text = content.decode("utf-8")
        data = _decoder.decode(text)
    except json.JSONDecodeError as error:
        kind: FaultKind = "truncated" if not text[error.pos :].strip() else "invalid"
        raise DamageError(kind, f"not json: {error.msg} in line {error.lineno}") from error
    except (ValueError, RecursionError) as error:
        raise DamageError("invalid", f"cannot be read: {error}") from error
    if not isinstance(data, dict):
        invalid(f"wanted a json object, found {type(data).__name__}")
    for attribute in _take(data, "experiment_attributes", list, []):
        if not isinstance(attribute, dict) or not all(map(_is_harmless, attribute.values())):
            invalid(f"iohinspector would evaluate the experiment attribute {attribute!r:.80}")
    return data


def _is_harmless(value: object) -> bool:
    """Whether ``eval`` of an attribute's value can do nothing: no call, subscript, operator or attribute."""
    if not isinstance(value, str):
        return True
    allowed = (ast.Expression, ast.Constant, ast.Name, ast.Load, ast.UnaryOp, ast.USub, ast.UAdd, ast.Tuple, ast.List)
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(value.strip(" \t"), mode="eval")
    except SyntaxError:  # then eval refuses it, too, and iohinspector keeps the text
        return True
    except (ValueError, MemoryError, RecursionError):
        return False
    return all(isinstance(node, allowed) for node in ast.walk(tree))


def _take(data: Json, key: str, kind: type[T], default: T | None = None) -> T:
    value = data.get(key, default)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 2**1000 else math.inf
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        found = "nothing" if value is None else repr(value)
        invalid(f"{key}: wanted {kind.__name__}, found {found:.80}")
    if isinstance(value, float) and not math.isfinite(value):
        invalid(f"{key}: wanted a finite number, found {value}")
    return value


def _objects(data: Json, key: str) -> list[Json]:
    objects = _take(data, key, list)
    for item in objects:
        if not isinstance(item, dict):
            invalid(f"{key}: wanted objects, found {item!r:.80}")
    return objects


def _data_name(name: str, text: str, tree: Tree) -> str:
    """The data file that a json names; it must lie below the json's folder, on a way without links."""
    parts = PurePosixPath(text.replace("\\", "/")).parts
    if not text.isprintable() or not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
        invalid(f"path: wanted a file below the folder, found {text!r:.80}")
    parent, slash, _ = name.rpartition("/")
    data_name = f"{parent}{slash}{'/'.join(parts)}"
    if data_name not in tree.files:
        invalid(f"path: the data file {text!r:.80} is {tree.others.get(data_name, 'missing')}")
    return data_name


def _run_heads(data: Json, scenario: Json) -> list[Json]:
    """All that the json knows of each run of a scenario, as arguments of ``LoggedRun``."""
    algorithm = _take(data, "algorithm", dict)
    common = {
        "algorithm": _take(algorithm, "name", str),
        "algorithm_info": _take(algorithm, "info", str, ""),
        "suite": _take(data, "suite", str),
        "function_id": _take(data, "function_id", int),
        "function_name": _take(data, "function_name", str),
        "maximization": _take(data, "maximization", bool),
        "version": _take(data, "version", str),
        "dimension": _take(scenario, "dimension", int),
    }
    names = _take(data, "run_attributes", list, [])
    if not all(isinstance(name, str) for name in names):
        invalid(f"run_attributes: wanted names, found {names!r:.80}")
    heads = []
    for run in _objects(scenario, "runs"):
        best = _take(run, "best", dict)
        x = _take(best, "x", list, [])
        if not all(type(value) in (int, float) and abs(value) < _LARGEST for value in x):
            invalid(f"x: wanted finite numbers, found {x!r:.80}")
        heads.append(
            common
            | {
                "instance": _take(run, "instance", int),
                "n_evaluations": _take(run, "evals", int),
                "best": Best(_take(best, "evals", int), _take(best, "y", float), tuple(map(float, x))),
                "attributes": {name: _take(run, name, float) for name in names},
            }
        )
    return heads
