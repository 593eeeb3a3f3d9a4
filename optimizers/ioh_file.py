"""The data files of an IOHprofiler folder: the rows of their runs, parsed and checked.

What IOHanalyzer and iohinspector disagree about is checked: IOHanalyzer starts a run at every repeated header,
iohinspector wherever ``evaluations`` is 1.
"""

import math
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray
from optimizers.compact import compact, joined
from optimizers.ioh_index import Json
from optimizers.ioh_write import VALUE_FACTOR, WATCHED, factor_attribute, is_scaled
from optimizers.logged_run import Best, DamageError, FaultKind, LoggedRun, invalid

_BLOCK = 2**15  # rows that are parsed at once; of files with more, columns are kept compact
_TOLERANCE = 1e-9  # ioh writes ten decimals to a data file, all digits to the json


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
        invalid(f"wanted a header 'evaluations raw_y ...', found {header!r:.80}")
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
                invalid(f"wanted finite numbers, found {column[row]} in row {row + 1} of run {position + 1}")
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
        invalid(f"run {run.position + 1}: the json has the last value {run.best.y}, the data {raw_y[-1]}")
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
            invalid(f"{name}: wanted a positive number, found {factor}")
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
        invalid(f"wanted {n_columns} numbers per line: {error}")
    if n_lines and table.shape != (n_lines, n_columns):
        invalid(f"wanted {n_lines} lines of {n_columns} numbers, found {table.shape}")
    return table if n_lines else np.empty((0, n_columns))


def _check_run(run: LoggedRun) -> None:
    """Whether the rows of a run are in order and agree with the json."""
    name = f"run {run.position + 1}"
    evaluations, raw_y = run.columns["evaluations"], run.columns["raw_y"]
    if evaluations[0] != 1 or (np.diff(evaluations) <= 0).any() or (evaluations != np.rint(evaluations)).any():
        invalid(f"{name}: wanted increasing evaluations from 1, without which iohinspector finds no run")
    n_rows, last = len(evaluations), int(evaluations[-1])
    if last > run.n_evaluations:
        invalid(f"{name}: the json has {run.n_evaluations} evaluations, the data {last}")
    has_every_row = set(WATCHED) <= set(run.columns)  # written by optimizers.ioh_write
    if run.best.evaluation > last or (has_every_row and n_rows < run.n_evaluations):
        raise DamageError("truncated", f"{name}: the json has {run.n_evaluations} evaluations, the data {n_rows} rows")
    best = float(raw_y.max() if run.maximization else raw_y.min())
    if abs(best - run.best.y) > _TOLERANCE * max(1.0, abs(best)):
        invalid(f"{name}: the json has the best value {run.best.y}, the data {best}")
    n_positions = sum(column.startswith("x") and column[1:].isdigit() for column in run.columns)
    if n_positions not in (0, run.dimension):
        invalid(f"{name}: wanted no positions or {run.dimension} of them, found {n_positions}")
