"""Proves that a folder's logs are whole, and that our reader and iohinspector see the same in them."""

import hashlib
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import iohinspector
import numpy as np

from experiments.folder import RunRecord, StudyFolder
from optimizers.ioh_format import Fault, LoggedRun, scan

Seen = tuple[object, ...]
"""What a reader sees of a run: algorithm, function, dimension, instance, evaluations, rows, best values."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Args:
        n_runs: Runs that are whole.
        n_evaluations: Their evaluations.
        n_algorithms: Different algorithms.
        n_functions: Different functions.
        complaints: One line per thing that is wrong; empty: all is well.
        notes: What was not checked, and why.
    """

    n_runs: int
    n_evaluations: int
    n_algorithms: int
    n_functions: int
    complaints: tuple[str, ...]
    notes: tuple[str, ...]


def check_folder(path: Path | str) -> CheckResult:
    """Check a study's folder, or any folder with IOHprofiler files.

    Args:
        path: The folder. Of a study, every run, the merged logs, and their agreement are checked.

    Raises:
        NotADirectoryError: No such folder.
    """
    folder = StudyFolder(path)
    if not folder.exists:
        runs, complaints = _read(folder.path)
        if not complaints:
            complaints = _compare_with_iohinspector(folder.path, runs)
        return _result(runs, complaints, ["no IOHprofiler files found"] if not runs and not complaints else [])
    runs, complaints = _read(folder.runs_path) if folder.runs_path.is_dir() else ([], [])
    complaints += _check_records(folder, runs)
    notes = []
    if not runs and not complaints:
        notes.append("no run has finished yet")
    elif not folder.merged_path.is_dir():
        notes.append("the logs are not merged yet, so iohinspector was not asked; see iohnas merge")
    else:
        merged, found = _read(folder.merged_path)
        found = found or _compare_with_iohinspector(folder.merged_path, merged)
        complaints += found or _differences(runs, merged, "runs", "the merged logs")
    return _result(runs, complaints, notes)


@dataclass(frozen=True, slots=True)
class _Summary:
    seen: Seen
    digest: bytes
    algorithm: str
    function: tuple[int, str, int]
    n_evaluations: int
    path: Path


def _read(path: Path) -> tuple[list[_Summary], list[str]]:
    faults: list[Fault] = []
    runs = [_summary(run) for run in scan(path, faults.append)]
    return runs, [str(fault) for fault in faults]


def _summary(run: LoggedRun) -> _Summary:
    raw_y = run.columns["raw_y"]
    values = hashlib.sha256(np.stack(list(run.columns.values())).tobytes())
    values.update(repr((list(run.columns), sorted(run.attributes.items()), run.best)).encode())
    function = (run.function_id, run.function_name, run.dimension)
    return _Summary(
        seen=_seen(run.algorithm, *function, run.instance, run.n_evaluations, run.best.y, len(raw_y), raw_y.min()),
        digest=values.digest(),
        algorithm=run.algorithm,
        function=function,
        n_evaluations=run.n_evaluations,
        path=run.path,
    )


def _seen(*fields: str | float) -> Seen:
    return tuple(f"{field:.12g}" if isinstance(field, float) else field for field in fields)


def _check_records(folder: StudyFolder, runs: list[_Summary]) -> list[str]:
    """Every finished run has a readable record and a log, and every log a record."""
    complaints = []
    logged = {run.path.parent.parent for run in runs}
    places = {folder.run_path(key) for key in folder.finished()}
    for place in sorted(logged | places):
        try:
            record = RunRecord.read(place)
        except ValueError as error:
            complaints.append(str(error))
            continue
        if folder.run_path(record.key) != place:
            complaints.append(f"{place}: holds the run {record.key}")
        elif place not in logged:
            complaints.append(f"{place}: has a record, but no log that can be trusted")
    return complaints


def _compare_with_iohinspector(path: Path, runs: list[_Summary]) -> list[str]:
    """Only for folders without faults: iohinspector skips damaged files, and evaluates attributes."""
    if not runs:
        return []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            manager = iohinspector.DataManager()
            manager.add_folder(str(path))
            rows = manager.load(monotonic=False)
        except Exception as error:  # it documents none; ids above 65535, for one, are a polars error
            return [f"{path}: iohinspector cannot read it: {type(error).__name__}: {error}"]
    values: dict[int, list[float]] = {}
    for data_id, raw_y in zip(rows["data_id"].to_list(), rows["raw_y"].to_list(), strict=True):
        values.setdefault(data_id, []).append(raw_y)
    names = ("algorithm_name", "function_id", "function_name", "dimension", "instance", "evals", "best_y", "data_id")
    theirs: Counter[Seen] = Counter()
    for *fields, data_id in manager.overview.select(names).iter_rows():
        found = values.get(data_id, [])
        theirs[_seen(*fields, len(found), min(found, default=float("nan")))] += 1
    ours = Counter(run.seen for run in runs)
    complaints = [f"{path}: iohinspector warns: {warning.message}" for warning in caught]
    for who, these, those in (("our reader", ours, theirs), ("iohinspector", theirs, ours)):
        complaints += [f"{path}: only {who} sees {count} x {seen}" for seen, count in (these - those).items()]
    return complaints


def _differences(runs: list[_Summary], merged: list[_Summary], name: str, merged_name: str) -> list[str]:
    ours, theirs = ({(run.seen, run.digest): run.path for run in found} for found in (runs, merged))
    missing = [f"{ours[key]}: not in {merged_name}; see iohnas merge" for key in ours if key not in theirs]
    extra = [f"{theirs[key]}: has a run that is not among the {name}: {key[0]}" for key in theirs if key not in ours]
    return missing + extra


def _result(runs: list[_Summary], complaints: list[str], notes: list[str]) -> CheckResult:
    return CheckResult(
        n_runs=len(runs),
        n_evaluations=sum(run.n_evaluations for run in runs),
        n_algorithms=len({run.algorithm for run in runs}),
        n_functions=len({run.function for run in runs}),
        complaints=tuple(complaints),
        notes=tuple(notes),
    )
