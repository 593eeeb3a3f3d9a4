"""Merges the runs of a study into folders for IOHanalyzer."""

from pathlib import Path

from experiments.folder import StudyFolder
from experiments.folder.disk import writing
from experiments.folder.record import RunRecord
from optimizers.ioh_merge import merge


def merge_logs(folder: StudyFolder, *, zipped: bool = False) -> tuple[Path, ...]:
    """Merge the logs of all finished runs into one folder per algorithm, which IOHanalyzer takes as a zip.

    Args:
        folder: The study's folder.
        zipped: Write zip files, too.

    Returns:
        The folders.

    Raises:
        FormatError: A log is damaged; the message names the file.
        ValueError: A record is damaged.
        UnwritableError: The disk is full, or the folder cannot be written; what was merged before is kept.
    """
    paths = [folder.run_path(key) for key in sorted(folder.finished())]
    suites: dict[str, str] = {}
    for path in paths:
        problem = path.parent.parent.name
        if problem not in suites:
            suites[problem] = RunRecord.read(path).suite
    with writing(folder.path):
        return merge(paths, folder.merged_path, suites=suites, zipped=zipped)
