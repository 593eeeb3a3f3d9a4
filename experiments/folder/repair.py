"""Repairs a study's folder: what cannot be trusted is moved aside, and its runs are left to do again."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from experiments.folder import StudyFolder
from experiments.folder.check import CheckResult, check_folder
from experiments.folder.merge import merge_logs
from experiments.text.number import count
from optimizers.ioh_format import Fault
from optimizers.ioh_merge import check_target


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did.

    Args:
        moved: Where it lay -> where it lies now.
        reasons: Where it lay -> what was wrong.
        n_runs: How many of these were runs, which are left to do again.
        merged: Whether logs were merged again.
        kept: Where the earlier merged logs lie now, if they had runs that are not among the others: of a run that the
            disk has damaged they may be the last whole copy.
        after: What a check finds now.
    """

    moved: Mapping[Path, Path]
    reasons: Mapping[Path, tuple[Fault, ...]]
    n_runs: int
    merged: bool
    kept: Path | None
    after: CheckResult


def repair_folder(path: Path | str) -> Repair:
    """Move damaged runs, and whatever does not belong among runs, to ``damaged``, and merge the others again.

    Merged logs with runs that are not among the others are moved there, too, in place of being replaced.

    Args:
        path: The folder of a study that no process is working on.

    Raises:
        ValueError: Not a study's folder, or its ``study.toml`` is damaged.
        BlockingIOError: Another process works in the folder.
        UnwritableError: The folder cannot be written.
    """
    folder = StudyFolder.open(path)
    with folder.locked():
        before = check_folder(folder.path)
        keys = {place: key for place, key in folder.entries() if key is not None}
        moved = {
            place: folder.set_aside(place, [str(fault) for fault in faults]) for place, faults in before.damaged.items()
        }
        merged = bool(before.complaints) and folder.has_merged
        kept = _merge_again(folder, before.n_only_merged) if merged else None
        after = check_folder(folder.path) if before.complaints else before
    return Repair(moved, before.damaged, len(keys.keys() & moved.keys()), merged, kept, after)


def _merge_again(folder: StudyFolder, n_only_merged: int) -> Path | None:
    zipped = any(folder.merged_path.glob("*.zip"))
    kept = None
    try:
        check_target(folder.merged_path)
    except ValueError as error:
        kept = folder.set_aside(folder.merged_path, [str(error)])
    if n_only_merged and kept is None:
        kept = folder.set_aside(folder.merged_path, [f"{count(n_only_merged, 'run')} not among the others"])
    merge_logs(folder, zipped=zipped)
    return kept if n_only_merged else None
