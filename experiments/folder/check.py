"""Proves that a folder's logs are whole, and that our reader and iohinspector see the same in them."""

import hashlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from experiments.folder import StudyFolder
from experiments.folder.finished import read_entry
from experiments.folder.record import RECORD_NAME, RunRecord
from experiments.study import Study, derived_seed
from nas_problems.exception import describe
from optimizers.adapters.iohinspector_reader import data_manager
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
        damaged: Of a study: what lies in ``runs`` and cannot be trusted, each with the reasons.
        n_only_merged: Of a study: runs in the merged logs that are not, or not as they were merged, among those in
            ``runs``.
    """

    n_runs: int
    n_evaluations: int
    n_algorithms: int
    n_functions: int
    complaints: tuple[str, ...]
    notes: tuple[str, ...]
    damaged: Mapping[Path, tuple[Fault, ...]] = field(default_factory=dict)
    n_only_merged: int = 0


def check_folder(path: Path | str) -> CheckResult:
    """Check a study's folder, or any folder with IOHprofiler files.

    Args:
        path: The folder. Of a study, every byte of every run, the merged logs, and their agreement are checked.

    Raises:
        NotADirectoryError: No such folder.
        ValueError: The study itself is damaged.
    """
    folder = StudyFolder(path)
    if not folder.exists:
        runs, complaints = _read(folder.path)
        if not complaints:
            complaints = _compare_with_iohinspector(folder.path, runs)
        return _result(runs, complaints, ["no IOHprofiler files found"] if not runs and not complaints else [])
    damaged: dict[Path, tuple[Fault, ...]] = {}
    runs = list(_check_runs(folder, damaged))
    complaints = [str(fault) for faults in damaged.values() for fault in faults]
    notes = []
    extra: list[str] = []
    if not runs and not complaints:
        notes.append("no run has finished yet")
    elif not folder.has_merged:
        notes.append("the logs are not merged yet, so iohinspector was not asked; see iohnas merge")
    elif folder.merged_path.is_symlink() or not folder.merged_path.is_dir():
        complaints.append(f"{folder.merged_path}: wanted a folder with merged logs, found a link or a file")
    else:
        merged, merge_faults = _read(folder.merged_path)
        merge_faults = merge_faults or _compare_with_iohinspector(folder.merged_path, merged)
        missing, extra = _differences(runs, merged)
        complaints += merge_faults or missing + extra
    return replace(_result(runs, complaints, notes, damaged), n_only_merged=len(extra))


@dataclass(frozen=True, slots=True)
class _Summary:
    """What is kept of a run while others are read."""

    seen: Seen
    digest: bytes
    n_evaluations: int
    path: str


def _check_runs(folder: StudyFolder, damaged: dict[Path, tuple[Fault, ...]]) -> Iterator[_Summary]:
    study = folder.study
    for path, key in folder.entries():
        run, faults = read_entry(path, key, verify=True)
        if run is not None and (reason := _why_not_of(study, run[0])):
            run, faults = None, [Fault(path / RECORD_NAME, "invalid", reason)]
        if run is None:
            damaged[path] = tuple(faults)
        else:
            yield _summary(run[1])


def _why_not_of(study: Study, record: RunRecord) -> str:
    """Why a run that is whole in itself is not one that this study made; empty: it is."""
    wanted = {"budget": (study.budget, record.budget), "seed": (derived_seed(study.seed, record.key), record.seed)}
    wrong = [f"{name}: wanted {ours}, found {found}" for name, (ours, found) in wanted.items() if ours != found]
    return f"of another study: {'; '.join(wrong)}" if wrong else ""


def _read(path: Path) -> tuple[list[_Summary], list[str]]:
    faults: list[Fault] = []
    runs = [_summary(run) for run in scan(path, faults.append)]
    return runs, [str(fault) for fault in faults]


def _summary(run: LoggedRun) -> _Summary:
    raw_y = run.columns["raw_y"] * run.value_factor  # as in the files, which other readers see
    values = hashlib.sha256()
    for column in run.columns.values():
        values.update(np.ascontiguousarray(column).data)
    values.update(repr((list(run.columns), sorted(run.attributes.items()), run.best)).encode())
    best = raw_y.max() if run.maximization else raw_y.min()
    function = (run.function_id, run.function_name, run.dimension)
    return _Summary(
        seen=_seen(
            run.algorithm, *function, run.instance, run.n_evaluations, run.best.y * run.value_factor, len(raw_y), best
        ),
        digest=values.digest(),
        n_evaluations=run.n_evaluations,
        path=str(run.path),
    )


def _seen(*fields: str | float) -> Seen:
    return tuple(f"{field:.12g}" if isinstance(field, float) else field for field in fields)


def _compare_with_iohinspector(path: Path, runs: list[_Summary]) -> list[str]:
    """Only for folders without faults: iohinspector skips damaged files, and evaluates attributes."""
    if not runs:
        return []
    complaints = [
        f"{parquet}: iohinspector would read this in place of the data" for parquet in path.rglob("*.parquet")
    ]
    if complaints:
        return complaints
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            theirs = _seen_by_iohinspector(sorted(path.rglob("*.json")))
        except Exception as error:  # it documents none; ids above 65535, for one, are a polars error
            return [f"{path}: iohinspector cannot read it: {describe(error)}"]
    ours = Counter(run.seen for run in runs)
    complaints = [f"{path}: iohinspector warns: {warning.message}" for warning in caught]
    for who, these, those in (("our reader", ours, theirs), ("iohinspector", theirs, ours)):
        complaints += [f"{path}: only {who} sees {count} x {seen}" for seen, count in (these - those).items()]
    return complaints


def _seen_by_iohinspector(paths: list[Path]) -> Counter[Seen]:
    """What it sees in all files together; their rows are loaded one file at a time, so that memory holds few."""
    manager = data_manager()
    for path in paths:
        manager.add_json(str(path))
    names = ("algorithm_name", "function_id", "function_name", "dimension", "instance", "evals", "best_y")
    metadata = {row[0]: row[1:] for row in manager.overview.select("data_id", *names).iter_rows()}
    if len(metadata) != len(manager.overview):
        raise ValueError("two runs have one data_id")
    seen: Counter[Seen] = Counter()
    for i, data_set in enumerate(manager.data_sets):
        for scenario in data_set.scenarios:  # of a long log, only what is looked at is held in memory
            scenario.scan_ioh = partial(_columns_seen, scenario.scan_ioh)
        rows = manager.select_indexes([i]).load(monotonic=False)
        ids, raw_y = rows["data_id"].to_numpy(), rows["raw_y"].to_numpy()
        best = np.maximum if data_set.function.maximization else np.minimum
        starts = np.flatnonzero(np.diff(ids, prepend=0))
        counts = np.diff(starts, append=len(ids))
        for data_id, n_rows, value in zip(ids[starts], counts, best.reduceat(raw_y, starts), strict=True):
            seen[_seen(*metadata.pop(int(data_id)), int(n_rows), float(value))] += 1
    for entry in metadata.values():
        seen[_seen(*entry, 0, float("nan"))] += 1
    return seen


def _columns_seen(scan: Callable[[list[str]], Any], header: list[str]) -> Any:
    """The columns that are compared, of the rows in which iohinspector can read every column."""
    return scan(header).drop_nulls().select("evaluations", "raw_y")


def _differences(runs: list[_Summary], merged: list[_Summary]) -> tuple[list[str], list[str]]:
    """Runs that are not in the merged logs, and those that only they have."""
    ours, theirs = ({(run.seen, run.digest): run.path for run in read} for read in (runs, merged))
    missing = [f"{ours[key]}: not in the merged logs; see iohnas merge" for key in ours if key not in theirs]
    extra = [f"{theirs[key]}: has a run that is not among the runs: {key[0]}" for key in theirs if key not in ours]
    return missing, extra


def _result(
    runs: list[_Summary],
    complaints: list[str],
    notes: list[str],
    damaged: Mapping[Path, tuple[Fault, ...]] | None = None,
) -> CheckResult:
    return CheckResult(
        n_runs=len(runs),
        n_evaluations=sum(run.n_evaluations for run in runs),
        n_algorithms=len({run.seen[0] for run in runs}),
        n_functions=len({run.seen[1:4] for run in runs}),
        complaints=tuple(complaints),
        notes=tuple(notes),
        damaged=damaged or {},
    )
