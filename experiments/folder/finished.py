"""Finished runs of a study: record and log, read together and held against each other.

The folder may come from somebody else: everything in it is parsed, nothing evaluated or unpickled, and
no link is followed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from experiments.folder import StudyFolder
from experiments.folder.record import RECORD_NAME, RunRecord
from optimizers.ioh_format import Fault, LoggedRun, scan_tree
from optimizers.ioh_write import WATCHED
from optimizers.regular_file import list_tree

_TOLERANCE = 1e-9  # logs have ten decimals


def read_finished(folder: StudyFolder, on_fault: Callable[[Fault], object]) -> Iterator[tuple[RunRecord, LoggedRun]]:
    """Records and logs of all finished runs of a study, one at a time, so that memory holds few of them.

    Args:
        folder: The study's folder.
        on_fault: Called for everything in ``runs`` that cannot be trusted or is not a run; it is left out.
    """
    for path, key in folder.entries():
        run, faults = read_entry(path, key)
        for fault in faults:
            on_fault(fault)
        if run is not None:
            yield run


def read_entry(
    path: Path, key: str | None, *, verify: bool = False
) -> tuple[tuple[RunRecord, LoggedRun] | None, list[Fault]]:
    """Record and log of the run in a folder, or why it cannot be trusted.

    Args:
        path: The folder, or whatever else lies in ``runs``.
        key: Key of the run that belongs there; None: none does.
        verify: Compare every byte with what the run wrote, too.

    Returns:
        The run and no faults, or None and at least one fault.
    """
    if key is None:
        what = f"a link, which leads to {path.readlink()}" if path.is_symlink() else "not a run's folder"
        return None, [Fault(path, "invalid", what)]
    try:
        tree = list_tree(path)
        faults = [Fault(path / name, "invalid", reason) for name, reason in tree.others.items()]
        content = tree.read(RECORD_NAME) if RECORD_NAME in tree.files else None
    except OSError as error:
        return None, [Fault(path, "invalid", f"cannot be read: {error}")]
    if faults:
        return None, faults
    place = path / RECORD_NAME
    logs = list(scan_tree(tree, faults.append))
    try:
        record = RunRecord.parse(content or b"", place)
    except ValueError as error:
        reason = str(error).removeprefix(f"{place}: ") if content is not None else "missing"
        return None, [*faults, Fault(place, "invalid", reason)]
    if faults:
        return None, faults
    if record.key != key:
        return None, [Fault(path, "invalid", f"holds the run {record.key}")]
    if len(logs) != 1:
        return None, [Fault(path, "invalid", f"wanted the log of one run, found {len(logs)}")]
    if differences := _differences(record, logs[0]):
        return None, [Fault(place, "invalid", f"does not belong to the log: {'; '.join(differences)}")]
    if verify and not RunRecord.is_intact(tree):
        return None, [Fault(path, "invalid", "its files are not those that the run wrote, or others lie among them")]
    return (record, logs[0]), []


def _differences(record: RunRecord, log: LoggedRun) -> list[str]:
    """What record and log, or the record's key and its other fields, say differently."""
    columns = log.columns
    if missing := [f"no column {name}" for name in WATCHED if name not in columns]:
        return missing
    said: dict[str, tuple[str | float, str | float]] = {
        "key": (record.key, f"{record.problem}/{record.algorithm}/i{record.instance}-s{record.repetition}"),
        "problem": (record.problem, log.function_name),
        "algorithm": (record.algorithm, log.algorithm),
        "instance": (record.instance, log.instance),
        "n_evaluations": (record.n_evaluations, log.n_evaluations),
        "seed": (float(record.seed), log.attributes.get("seed", -1.0)),
        "final_regret": (record.final_regret, float(columns["regret"][-1])),
        "cost_seconds": (record.cost_seconds, float(columns["cost"][-1])),
        "n_failed": (float(record.n_failed), float(columns["n_failed"][-1])),
    }
    return [f"{name} {ours} and {theirs}" for name, (ours, theirs) in said.items() if not _equal(ours, theirs)]


def _equal(ours: str | float, theirs: str | float) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= _TOLERANCE * max(1.0, abs(ours))
    return ours == theirs
