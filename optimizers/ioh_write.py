"""Writes a run as one folder in IOHprofiler format, by ioh's own Analyzer.

``optimizers.ioh_format`` reads, merges and checks such folders.
"""

import errno
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import ioh
import numpy as np

from nas_problems.adapters.ioh import Code, as_replayed_ioh
from nas_problems.adapters.ioh_code import has_integer_code
from nas_problems.array import BoolArray, FloatArray, is_text
from nas_problems.parameter import check_name
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from nas_problems.suites import suite_of
from optimizers.failure import NAME as FAILURES
from optimizers.regret import hypervolume_so_far, regret_of, regret_so_far
from optimizers.regular_file import list_tree
from optimizers.runlog import MAX_SEED, RunLog, algorithm_name

_JSON = re.compile(r"IOHprofiler_f\d+_[^/]+\.json")
_DATA = re.compile(r"data_f\d+_[^/]+/IOHprofiler_f\d+_DIM\d+\.dat")


_PROBE_BYTES = 2**20
_BLOCK = 2**15  # rows that are written at a time

WATCHED = ("regret", "cost", "n_failed", "n_distinct")
"""Columns that every log of a run has besides evaluations, raw_y and positions; see ``watched_columns``."""


VALUE_FACTOR = "value_factor"
"""Run attribute: the power of ten by which logged values (and regrets, of one objective) are multiplied; absent: 1.

ioh writes ten decimals. Values that these would turn into 0 are logged larger, and ``optimizers.ioh_format`` gives
back what was measured. Runs of problems that are trained or called have it always, so that all runs of a problem have
the same attributes. Further objectives have ``value_factor_F2``, ``value_factor_F3``, ...
"""

_SMALLEST = 1e-6  # values down to here have four digits and more in ten decimals
_STEP = 10  # factors are 1, 1e10, 1e20, ..., so that runs of a problem mostly share one
_LARGEST = 1e290  # of scaled values
_LARGEST_POWER = 300  # a factor is a float


def factor_attribute(column: str) -> str:
    """The run attribute with the factor of a column.

    >>> factor_attribute("raw_y"), factor_attribute("regret"), factor_attribute("F2")
    ('value_factor', 'value_factor', 'value_factor_F2')
    """
    return VALUE_FACTOR if column in ("raw_y", "regret") else f"{VALUE_FACTOR}_{column}"


def is_scaled(column: str, *, several: bool) -> bool:
    """Whether a column may be multiplied by a factor; the regret of several objectives is a share of 1 and is not."""
    return column == "raw_y" or (column == "regret" and not several) or re.fullmatch(r"F[1-9]\d*", column) is not None


def value_factors(log: RunLog, regret: FloatArray) -> dict[str, float]:
    """Per logged objective, as an attribute, the power of ten (at least 1) with which ten decimals hold its values."""
    if log.y.ndim == 1:
        return {VALUE_FACTOR: _factor(np.stack([log.y, regret]), log.failed)}
    names = ["raw_y", *(f"F{j + 1}" for j in range(1, log.y.shape[1]))]
    return {
        factor_attribute(name): _factor(values[None], log.failed) for name, values in zip(names, log.y.T, strict=True)
    }


def _factor(values: FloatArray, failed: BoolArray) -> float:
    """The factor of rows of values, (k, n), of which those of failed evaluations (n,) need not be told apart."""
    sizes = np.abs(values[:, ~failed])
    largest = sizes.max(initial=0.0)
    sizes = sizes[sizes > largest * 1e-15]  # what is smaller is rounding
    if not len(sizes) or sizes.min() >= _SMALLEST:
        return 1.0
    power = min(_STEP * math.ceil((math.log10(_SMALLEST) - math.log10(sizes.min())) / _STEP), _LARGEST_POWER)
    while power > 0 and np.abs(values).max() > _LARGEST / 10.0**power:
        power -= _STEP
    return float(10.0**power)


def check_new(folder: Path | str, *, overwrite: bool = False) -> Path:
    """Make sure, before a run, that its log can be written; the folder is made.

    Args:
        folder: The folder.
        overwrite: Remove what is in it, if that is an earlier log and nothing else.

    Raises:
        ValueError: A folder with content, or see ``check_place``.
        OSError: The folder cannot be made or written.
    """
    path = check_place(folder)
    if overwrite and path.is_dir():
        _remove_log(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        what = "a new or empty folder, or an earlier log" if overwrite else "a new or empty folder"
        hint = "" if overwrite else "; overwrite=True replaces an earlier log"
        raise ValueError(f"folder: wanted {what}, found files in {path}{hint}")
    path.mkdir(parents=True, exist_ok=True)
    probe = path / ".probe"
    try:
        probe.touch()
    finally:
        probe.unlink(missing_ok=True)
    return path


def check_place(folder: Path | str) -> Path:
    """Make sure that a folder is one that a log may be in, whatever lies there.

    Raises:
        ValueError: A link or what lies behind links in a circle, the working directory or one that it is in (the log's
            folder is replaced when the log is complete), or a name that is not UTF-8.
    """
    path = Path(folder)
    if not is_text(path.name) or "\0" in str(path):
        raise ValueError(f"folder: wanted a name in UTF-8 that files can have, found {str(folder)!r}")
    if path.is_symlink():
        raise ValueError(f"folder: wanted a new or empty folder, found a link: {path}")
    try:
        resolved = path.resolve()
    except RuntimeError as error:  # what pathlib says of links that lead in a circle
        raise ValueError(f"folder: wanted a folder that can be reached, found {error}") from None
    if Path.cwd().is_relative_to(resolved):
        raise ValueError(f"folder: wanted a folder of its own, found the working directory, or one around it: {path}")
    return path


def _remove_log(path: Path) -> None:
    """Empty a folder that holds a log in IOHprofiler format and nothing else; any other stays as it is."""
    tree = list_tree(path)
    is_log = any(_JSON.fullmatch(name) for name in tree.files) and not tree.others
    if is_log and all(_JSON.fullmatch(name) or _DATA.fullmatch(name) or name == FAILURES for name in tree.files):
        for entry in path.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def write_log(
    folder: Path | str, problem: Problem, log: RunLog, *, with_fidelity: bool = False, suite: str = ""
) -> dict[str, FloatArray]:
    """Log a run.

    A row has evaluations, raw_y (minimised, the first objective), the columns of ``watched_columns`` and the position:
    integer codes on finite spaces, else a point of the box [-5, 5]^d; ioh writes positions with six decimals, all
    else with ten; values that these would lose are scaled, see ``VALUE_FACTOR``. Why evaluations of a live problem
    failed is in ``failures.txt``, see ``optimizers.failure``.

    Args:
        folder: New or empty, see ``check_new``; it appears when the log is complete.
        problem: What was evaluated.
        log: The run.
        with_fidelity: Whether to log the fidelity of rows also where it was the problem's own throughout.
        suite: Suite that the log names; empty: the problem's, see ``nas_problems.suites.suite_of``.

    Returns:
        The watched columns.

    Raises:
        ValueError: A folder with content, names that logs cannot carry, a seed that attributes cannot hold, no
            evaluation, arrays of different lengths, or values that are not finite or not of the problem.
        OSError: The disk is full, or the folder cannot be written.
    """
    codes = _check(problem, log)
    path = check_new(folder)
    columns = watched_columns(problem, log, with_fidelity=with_fidelity)
    space = problem.space
    code: Code = "integer" if has_integer_code(space) else "box"
    replayed = as_replayed_ioh(problem, code=code, suite=suite or suite_of(problem))
    factors = value_factors(log, columns["regret"])
    several = log.y.ndim > 1
    values = factors[VALUE_FACTOR] * (log.y[:, 0] if several else log.y)
    logged = {
        name: factors[factor_attribute(name)] * column if is_scaled(name, several=several) else column
        for name, column in columns.items()
    }
    watched = _Watched()
    triggers = [ioh.logger.trigger.ALWAYS]  # ioh keeps no reference: the list must outlive the logger
    if path.exists():
        path.rmdir()  # the Analyzer takes a name that is not used yet
    analyzer = ioh.logger.Analyzer(
        triggers=triggers,
        root=str(path.parent.resolve()),
        folder_name=path.name,
        algorithm_name=algorithm_name(log.solver, log.initializer),
        algorithm_info=log.initializer,
        store_positions=True,
    )
    scale = factors if problem.is_live or any(factor != 1 for factor in factors.values()) else {}
    for name, number in {**_attributes(log), **scale}.items():
        analyzer.add_run_attribute(name, number)
    analyzer.watch(watched, list(logged))
    replayed.attach_logger(analyzer)
    try:
        for start in range(0, len(codes), _BLOCK):  # lists of Python's numbers take ten times the memory of arrays
            rows = slice(start, start + _BLOCK)
            points, block = replayed.to_points(codes[rows]).tolist(), {name: of[rows] for name, of in logged.items()}
            for point, value, _ in zip(points, values[rows].tolist(), _rows(watched, block), strict=True):
                replayed.record(point, value)
        replayed.reset()
    finally:
        replayed.detach_logger()
        analyzer.close()
    _check_written(path, len(log))
    if problem.is_live and log.reason:
        (path / FAILURES).write_text(log.failures_text() + "\n", encoding="utf-8", errors="replace", newline="\n")
    return columns


def watched_columns(problem: Problem, log: RunLog, *, with_fidelity: bool = False) -> dict[str, FloatArray]:
    """What a log has besides values and positions, by name, each (n,).

    - ``F2``, ``F3``, ...: the further objectives, minimised; of several only,
    - ``regret``: see ``optimizers.regret.regret_so_far``,
    - ``hypervolume``: of what has been found so far, on the scale of ``problem.reference``; of several only,
    - ``cost``: cumulative cost in seconds,
    - ``n_failed``: failed evaluations so far,
    - ``n_distinct``: distinct candidates so far, by canonical form,
    - ``fidelity`` of each evaluation and ``spent``, what was used up of the budget so far, in evaluations at the
      problem's own fidelity; only where fidelities vary.

    Args:
        problem: What was evaluated.
        log: The run.
        with_fidelity: Whether to give the fidelity also where it was the problem's own throughout.
    """
    columns: dict[str, FloatArray] = {}
    if log.y.ndim > 1:
        volume = hypervolume_so_far(problem, log.Z, log.y, fidelity=log.fidelity, failed=log.failed)
        columns |= {f"F{j + 1}": log.y[:, j] for j in range(1, log.y.shape[1])}
        columns |= {"regret": regret_of(volume, problem), "hypervolume": volume}
    else:
        columns["regret"] = regret_so_far(problem, log.Z, log.y, fidelity=log.fidelity, failed=log.failed)
    _, first = np.unique(_candidates(problem.space, log.Z), axis=0, return_index=True)
    is_new = np.zeros(len(log))
    is_new[first] = 1.0
    columns |= {
        "cost": np.cumsum(log.cost_seconds),
        "n_failed": np.cumsum(log.failed, dtype=np.float64),
        "n_distinct": np.cumsum(is_new),
    }
    if with_fidelity or (log.fidelity != problem.fidelity).any():
        columns |= {"fidelity": np.array(log.fidelity, dtype=np.float64), "spent": np.cumsum(log.price)}
    return columns


def _check(problem: Problem, log: RunLog) -> Codes:
    """The codes of a run that can be logged."""
    check_name(log.solver, "solver label")
    check_name(log.initializer, "initializer name")
    if isinstance(log.seed, bool) or not isinstance(log.seed, int) or not 0 <= log.seed <= MAX_SEED:
        raise ValueError(f"seed: wanted an integer in 0 ... {MAX_SEED}, found {log.seed!r}")
    arrays = {name: getattr(log, name) for name in ("Z", "y", "cost_seconds", "failed", "fidelity", "price")}
    if len({len(array) for array in arrays.values()}) != 1 or not len(log):
        lengths = {name: len(array) for name, array in arrays.items()}
        raise ValueError(f"log: wanted arrays of one length, at least 1, found {lengths}")
    for name in ("y", "cost_seconds", "price"):
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name}: wanted finite values, found {arrays[name][~np.isfinite(arrays[name])][0]}")
    return problem.space.check(log.Z)


def _attributes(log: RunLog) -> dict[str, float]:
    sampling = {"n_sampled": float(log.n_sampled), "sampling_seconds": log.sampling_seconds} if log.n_sampled else {}
    return {"seed": float(log.seed), **sampling}


class _Watched:
    """The attributes that the Analyzer reads after every evaluation."""

    regret: float
    cost: float
    n_failed: float
    n_distinct: float

    def __init__(self) -> None:
        self.regret = self.cost = self.n_failed = self.n_distinct = 0.0


def _rows(watched: _Watched, columns: dict[str, FloatArray]) -> Iterator[None]:
    """Sets the attributes to one row after another."""
    others = {name: column for name, column in columns.items() if name not in WATCHED}
    for name in others:
        setattr(watched, name, 0.0)
    rows = np.column_stack([columns[name] for name in WATCHED]).tolist()
    if not others:
        for watched.regret, watched.cost, watched.n_failed, watched.n_distinct in rows:
            yield
        return
    for row, more in zip(rows, np.column_stack(list(others.values())).tolist(), strict=True):
        watched.regret, watched.cost, watched.n_failed, watched.n_distinct = row
        watched.__dict__.update(zip(others, more, strict=True))
        yield


def _check_written(folder: Path, n_rows: int) -> None:
    """Whether the log is whole: on a full disk, ioh leaves half of it, or empty files, and says nothing."""
    for path in (*folder.glob("*.json"), *folder.glob("*/*.dat")):
        n_lines, end = 0, b""
        with path.open("rb") as file:
            while part := file.read(_PROBE_BYTES):
                n_lines, end = n_lines + part.count(b"\n"), (end + part)[-2:]
        is_whole = end == b"}\n" if path.suffix == ".json" else n_lines == n_rows + 1
        if not is_whole:
            with path.open("ab") as file:
                file.write(bytes(_PROBE_BYTES))  # fails for the reason that ioh met
            raise OSError(errno.EIO, "the log was not written in full", str(path))


def _candidates(space: SearchSpace, Z: Codes) -> Codes:
    """One number (or row, where numbers would not fit int64) per candidate, equal for equal candidates."""
    if space.size is None or space.size > np.iinfo(np.int64).max:
        return space.canonical(Z)
    blocks = (Z[start : start + _BLOCK] for start in range(0, len(Z), _BLOCK))
    return np.concatenate([space.index_of(space.canonical(block)) for block in blocks])
