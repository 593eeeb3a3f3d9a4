"""One json file in IOHprofiler format with its data files: parsed, checked, never evaluated.

What ioh, IOHanalyzer and iohinspector disagree about is checked: IOHanalyzer starts a run at every
repeated header, iohinspector wherever ``evaluations`` is 1, and iohinspector passes the values of
experiment attributes to ``eval``.
"""

import ast
import json
import math
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray
from optimizers.compact import compact, joined
from optimizers.ioh_write import VALUE_FACTOR, WATCHED, factor_attribute, is_scaled
from optimizers.regular_file import Tree

T = TypeVar("T")
FaultKind = Literal["truncated", "duplicated", "invalid"]
Json = dict[str, Any]

_LARGEST = 1e300
_BLOCK = 2**15  # rows that are parsed at once; of files with more, columns are kept compact
_TOLERANCE = 1e-9  # ioh writes ten decimals to a data file, all digits to the json


@dataclass(frozen=True, slots=True)
class Best:
    """The best evaluation of a run, as the json has it.

    Args:
        evaluation: Its number, from 1.
        y: Its value.
        x: Its position; empty where positions were not stored.
    """

    evaluation: int
    y: float
    x: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class LoggedRun:
    """One run of an IOHprofiler folder.

    Args:
        algorithm: Name of the algorithm.
        algorithm_info: Its free text.
        suite: Name of the suite.
        function_id: Number of the function.
        function_name: Its name.
        dimension: Number of variables.
        instance: Number of the instance.
        maximization: Whether larger values are better.
        version: Version of ioh that wrote the log.
        n_evaluations: Evaluations of the run; the log may have fewer rows.
        best: The best evaluation.
        attributes: Run attributes, e.g. ``seed``.
        columns: Column name -> logged values, (rows,); first ``evaluations`` and ``raw_y``.
        path: The dat file.
        position: Which of the runs in the dat file, from 0.
    """

    algorithm: str
    algorithm_info: str
    suite: str
    function_id: int
    function_name: str
    dimension: int
    instance: int
    maximization: bool
    version: str
    n_evaluations: int
    best: Best
    attributes: Mapping[str, float]
    columns: Mapping[str, FloatArray]
    path: Path
    position: int

    @property
    def value_factor(self) -> float:
        """What ``raw_y`` in the files was multiplied with; values here are as they were measured."""
        return float(self.attributes.get(VALUE_FACTOR, 1.0))

    @property
    def identity(self) -> tuple[object, ...]:
        """What no two runs may share: algorithm, function, dimension, instance and, where logged, seed."""
        seed = self.attributes.get("seed", (str(self.path), self.position))
        return (self.algorithm, self.function_id, self.function_name, self.dimension, self.instance, seed)


class DamageError(Exception):
    """What is wrong with the file being read; folders turn it into a ``Fault``."""

    def __init__(self, kind: FaultKind, reason: str) -> None:
        super().__init__(reason)
        self.kind: FaultKind = kind


def _invalid(reason: str) -> NoReturn:
    raise DamageError("invalid", reason)


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


_decoder = json.JSONDecoder(parse_constant=lambda name: _invalid(f"wanted finite numbers, found {name}"))


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
        _invalid(f"wanted a json object, found {type(data).__name__}")
    for attribute in _take(data, "experiment_attributes", list, []):
        if not isinstance(attribute, dict) or not all(map(_is_harmless, attribute.values())):
            _invalid(f"iohinspector would evaluate the experiment attribute {attribute!r:.80}")
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
        _invalid(f"{key}: wanted {kind.__name__}, found {found:.80}")
    if isinstance(value, float) and not math.isfinite(value):
        _invalid(f"{key}: wanted a finite number, found {value}")
    return value


def _objects(data: Json, key: str) -> list[Json]:
    objects = _take(data, key, list)
    for item in objects:
        if not isinstance(item, dict):
            _invalid(f"{key}: wanted objects, found {item!r:.80}")
    return objects


def _data_name(name: str, text: str, tree: Tree) -> str:
    """The data file that a json names; it must lie below the json's folder, on a way without links."""
    parts = PurePosixPath(text.replace("\\", "/")).parts
    if not text.isprintable() or not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
        _invalid(f"path: wanted a file below the folder, found {text!r:.80}")
    parent, slash, _ = name.rpartition("/")
    joined = f"{parent}{slash}{'/'.join(parts)}"
    if joined not in tree.files:
        _invalid(f"path: the data file {text!r:.80} is {tree.others.get(joined, 'missing')}")
    return joined


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
        _invalid(f"run_attributes: wanted names, found {names!r:.80}")
    heads = []
    for run in _objects(scenario, "runs"):
        best = _take(run, "best", dict)
        x = _take(best, "x", list, [])
        if not all(type(value) in (int, float) and abs(value) < _LARGEST for value in x):
            _invalid(f"x: wanted finite numbers, found {x!r:.80}")
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


def run_spans(file: BinaryIO) -> tuple[bytes, list[tuple[int, int]]]:
    """The header line of a data file, and where the rows of each of its runs begin and end, in bytes; a run starts at a
    header.

    Raises:
        DamageError: It is empty, or its last line has no end.
    """
    header = _header(file)
    spans: list[tuple[int, int]] = []
    start = place = len(header)
    for line in file:
        if line == header:
            spans.append((start, place))
            start = place + len(line)
        place += len(line)
    return header, [*spans, (start, place)]


def _header(file: BinaryIO) -> bytes:
    """The first line of a data file, whose last one is whole."""
    header = file.readline()
    if not header:
        raise DamageError("truncated", "the file is empty")
    file.seek(-1, os.SEEK_END)
    if file.read() != b"\n":
        raise DamageError("truncated", "the last line has no end")
    file.seek(len(header))
    return header


def read_data_file(path: Path, file: BinaryIO, heads: list[Json], *, trust_data: bool = False) -> list[LoggedRun]:
    """The runs of a data file.

    Args:
        path: Where it is.
        file: The file, at its beginning; it is read line by line, so that memory holds only the numbers.
        heads: What the json knows of each run, from ``read_index``.
        trust_data: Take the number of evaluations and the best value from the rows where the json has others.

    Raises:
        DamageError: The file is truncated, or does not hold what the json says.
    """
    header = _header(file)
    names = header.decode("ascii", "replace").split()
    if names[:2] != ["evaluations", "raw_y"] or len(set(names)) != len(names):
        _invalid(f"wanted a header 'evaluations raw_y ...', found {header!r:.80}")
    tables = _tables(file, header, names)
    if len(tables) != len(heads):
        kind: FaultKind = "truncated" if len(tables) < len(heads) else "invalid"
        raise DamageError(kind, f"the json has {len(heads)} runs, the data {len(tables)}")
    for position, table in enumerate(tables):
        n_rows = len(table["evaluations"])
        if not n_rows:
            raise DamageError("truncated", f"run {position + 1} has no rows")
        for column in table.values():
            if not np.isfinite(column).all():
                row = int(np.argmin(np.isfinite(column)))
                _invalid(f"wanted finite numbers, found {column[row]} in row {row + 1} of run {position + 1}")
    runs = []
    for position, (head, table) in enumerate(zip(heads, tables, strict=True)):
        run = LoggedRun(**head, columns=table, path=path, position=position)
        run = _of_rows(run) if trust_data else run
        run = _counted(run) if "F2" in names and not run.n_evaluations else run
        _check_run(run)
        runs.append(_as_measured(run))
    return runs


def _counted(run: LoggedRun) -> LoggedRun:
    """A run of several objectives that was logged call by call, as IOHprofiler's own scripts do.

    The Analyzer counts none of these evaluations then, and takes the last one for the best. Where every row is there
    the number and the best are those of the rows.
    """
    evaluations, raw_y = run.columns["evaluations"], run.columns["raw_y"]
    last = run.best.evaluation
    if not np.array_equal(evaluations, np.arange(1, last + 1)):
        name = f"run {run.position + 1}"
        raise DamageError("truncated", f"{name}: the json has {last} evaluations, the data {len(evaluations)} rows")
    if abs(raw_y[-1] - run.best.y) > _TOLERANCE * max(1.0, abs(run.best.y)):
        _invalid(f"run {run.position + 1}: the json has the last value {run.best.y}, the data {raw_y[-1]}")
    row = int(raw_y.argmax() if run.maximization else raw_y.argmin())
    x = tuple(float(run.columns[f"x{j}"][row]) for j in range(len(run.best.x)) if f"x{j}" in run.columns)
    return replace(run, n_evaluations=last, best=Best(row + 1, float(raw_y[row]), x))


def _of_rows(run: LoggedRun) -> LoggedRun:
    """A run whose number of evaluations and best value are those of its rows, where the json contradicts them.

    A log of improvements may have fewer rows than evaluations, and then the json is right.
    """
    evaluations, raw_y = run.columns["evaluations"], run.columns["raw_y"]
    row = int(raw_y.argmax() if run.maximization else raw_y.argmin())
    last, best = int(evaluations[-1]), float(raw_y[row])
    has_every_row = np.array_equal(evaluations, np.arange(1, last + 1)) and set(WATCHED) <= set(run.columns)
    n = last if has_every_row else max(last, run.n_evaluations)
    agrees = abs(best - run.best.y) <= _TOLERANCE * max(1.0, abs(best)) and run.best.evaluation <= last
    x = tuple(float(run.columns[f"x{j}"][row]) for j in range(run.dimension) if f"x{j}" in run.columns)
    return replace(run, n_evaluations=n, best=run.best if agrees else Best(int(evaluations[row]), best, x))


def _as_measured(run: LoggedRun) -> LoggedRun:
    """A run whose values are those that were measured; see ``VALUE_FACTOR``."""
    factors = {name: value for name, value in run.attributes.items() if name.startswith(VALUE_FACTOR)}
    if all(factor == 1 for factor in factors.values()):
        return run
    for name, factor in factors.items():
        if not (math.isfinite(factor) and factor > 0):
            _invalid(f"{name}: wanted a positive number, found {factor}")
    several = "F2" in run.columns
    measured = {
        name: column / factors.get(factor_attribute(name), 1.0) if is_scaled(name, several=several) else column
        for name, column in run.columns.items()
    }
    return replace(run, columns=measured, best=replace(run.best, y=run.best.y / run.value_factor))


def _tables(file: BinaryIO, header: bytes, names: list[str]) -> list[Mapping[str, FloatArray]]:
    """The columns of each run."""
    starts = [0]
    n_rows = 0

    def rows() -> Iterator[bytes]:
        nonlocal n_rows
        for line in file:
            if line == header:
                starts.append(n_rows)
            else:
                n_rows += 1
                yield line

    lines = rows()
    block = _numbers(islice(lines, _BLOCK), len(names))
    if len(block) < _BLOCK:
        return [dict(zip(names, table.T, strict=True)) for table in np.split(block, starts[1:])]
    parts: list[list[NDArray[Any]]] = [[] for _ in names]
    while len(block):
        for part, column in zip(parts, block.T, strict=True):
            part.append(compact(column))
        block = _numbers(islice(lines, _BLOCK), len(names))
    columns = joined(names, parts)
    return [columns.rows(start, end) for start, end in pairwise([*starts, n_rows])]


def _numbers(lines: Iterator[bytes], n_columns: int) -> FloatArray:
    """Lines as numbers, (lines, columns)."""
    n_lines = 0

    def counted() -> Iterator[bytes]:
        nonlocal n_lines
        for line in lines:
            n_lines += 1
            yield line

    try:
        with warnings.catch_warnings(action="ignore"):  # about a file without rows, which is said elsewhere
            table = np.loadtxt(counted(), dtype=np.float64, comments=None, ndmin=2, encoding="ascii")
    except UnicodeDecodeError as error:
        raise DamageError("invalid", f"not ASCII text: {error}") from error
    except ValueError as error:
        _invalid(f"wanted {n_columns} numbers per line: {error}")
    if n_lines and table.shape != (n_lines, n_columns):
        _invalid(f"wanted {n_lines} lines of {n_columns} numbers, found {table.shape}")
    return table if n_lines else np.empty((0, n_columns))


def _check_run(run: LoggedRun) -> None:
    """Whether the rows of a run are in order and agree with the json."""
    name = f"run {run.position + 1}"
    evaluations, raw_y = run.columns["evaluations"], run.columns["raw_y"]
    if evaluations[0] != 1 or (np.diff(evaluations) <= 0).any() or (evaluations != np.rint(evaluations)).any():
        _invalid(f"{name}: wanted increasing evaluations from 1, without which iohinspector finds no run")
    n_rows, last = len(evaluations), int(evaluations[-1])
    if last > run.n_evaluations:
        _invalid(f"{name}: the json has {run.n_evaluations} evaluations, the data {last}")
    has_every_row = set(WATCHED) <= set(run.columns)  # written by optimizers.ioh_write
    if run.best.evaluation > last or (has_every_row and n_rows < run.n_evaluations):
        raise DamageError("truncated", f"{name}: the json has {run.n_evaluations} evaluations, the data {n_rows} rows")
    best = float(raw_y.max() if run.maximization else raw_y.min())
    if abs(best - run.best.y) > _TOLERANCE * max(1.0, abs(best)):
        _invalid(f"{name}: the json has the best value {run.best.y}, the data {best}")
    n_positions = sum(column.startswith("x") and column[1:].isdigit() for column in run.columns)
    if n_positions not in (0, run.dimension):
        _invalid(f"{name}: wanted no positions or {run.dimension} of them, found {n_positions}")
