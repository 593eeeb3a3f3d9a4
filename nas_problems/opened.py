"""Problems in files: a saved surrogate (.npz), or a csv of evaluations with what its columns are (.toml)."""

import json
import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nas_problems.atomic import write_text
from nas_problems.evaluation import Metric
from nas_problems.evaluators.model import ModelEvaluator
from nas_problems.frame import from_frame
from nas_problems.problem import Problem
from nas_problems.registry import Registry
from nas_problems.space import SearchSpace
from nas_problems.toml_text import read_toml

SUFFIXES = (".npz", ".toml")
"""Of files that ``nas_problems.make`` opens."""

_ARGUMENTS = {
    "metric", "name", "function_id", "parameters", "fidelity", "continued", "seed", "cost", "test_metric",
    "candidates", "distance", "model", "where", "source",
}  # fmt: skip


def open_problem(path: Path, registered: Registry[Callable[..., Problem]]) -> Problem:
    """The problem in a file.

    Args:
        path: The file.
        registered: Problems whose spaces surrogates refer to.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Not such a file.
    """
    return _surrogate(path, registered) if path.suffix == ".npz" else _frame(path)


def _surrogate(path: Path, registered: Registry[Callable[..., Problem]]) -> Problem:
    """A saved surrogate, over the space of the problem that it was fitted on."""
    from nas_problems.table.surrogate import Surrogate

    surrogate = Surrogate.load(path)
    label = str(surrogate.record.get("problem"))
    try:
        space: SearchSpace = registered[label.partition(".")[0]].factory().base_space
    except KeyError as error:
        raise ValueError(f"{path}: a surrogate of {label!r}, which is not a registered problem") from error
    try:
        fields = dict(surrogate.record["metric_fields"])
        span = fields.pop("range")
        metric = Metric(**fields, range=None if span is None else tuple(span))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: a surrogate of an earlier version, which cannot be a problem") from error
    except ValueError as error:
        raise ValueError(f"{path}: wanted the metric of a surrogate, found {error}") from error
    name = path.name.partition(".")[0]
    return Problem(
        name=name,
        function_id=function_id(name),
        base_space=space,
        evaluator=ModelEvaluator(space, surrogate, metric),
        objectives=(metric,),
        source="own",
    )


def _frame(path: Path) -> Problem:
    """A csv next to a file that says what its columns are.

    The file has one table, ``[frame]``, with ``csv`` and arguments of ``from_frame``.
    """
    content = read_toml(path)
    arguments: Any = content.get("frame")
    if not isinstance(arguments, dict) or set(content) != {"frame"} or not isinstance(arguments.get("csv"), str):
        raise ValueError(f"{path}: wanted one table [frame] with csv = 'FILE' and more, found {sorted(content)}")
    options = {key: value for key, value in arguments.items() if key != "csv"}
    unknown = sorted(set(options) - _ARGUMENTS)
    if unknown or "metric" not in options:
        raise ValueError(f"{path}: wanted csv, metric and some of {sorted(_ARGUMENTS)}, found {sorted(arguments)}")
    options.setdefault("name", path.name.partition(".")[0])
    return from_frame(path.parent / arguments["csv"], **options)


def write_frame(path: Path, csv: Path, options: Mapping[str, object]) -> Problem:
    """Write a file that says what the columns of a csv are, and open it.

    Args:
        path: The file (.toml).
        csv: The csv.
        options: Arguments of ``from_frame``: strings, truth values and lists of strings; empty ones are left out.

    Raises:
        ValueError: See ``from_frame``; nothing is written then.
    """
    given = {key: value for key, value in options.items() if value}
    from_frame(csv, **given)  # type: ignore[arg-type]  # which checks them
    place = os.path.relpath(csv.resolve(), path.resolve().parent)
    lines = ["[frame]", f"csv = {json.dumps(Path(place).as_posix())}"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in given.items()]  # JSON of these is TOML
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, "\n".join(lines) + "\n")
    return _frame(path)


def function_id(name: str) -> int:
    """A number in 21000 ... 29999 derived from a name."""
    return 21_000 + zlib.crc32(name.encode()) % 9_000
