"""Merges runs into folders for IOHanalyzer: those of a study, and any that IOHprofiler's programs have logged."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.folder import StudyFolder
from experiments.folder.disk import writing
from experiments.folder.record import RunRecord
from optimizers.ioh_format import foreign_format
from optimizers.ioh_merge import check_target, merge


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
    with writing(folder.path):
        return merge(paths, folder.merged_path, suites=_suites(paths), zipped=zipped)


def merge_folders(folders: Sequence[Path], out: Path, *, zipped: bool = False) -> tuple[Path, ...]:
    """Merge the logs of studies and single runs, of whatever program, into one folder per algorithm.

    Args:
        folders: Studies, of which the finished runs are taken; folders with logs; or folders around either.
        out: New, or the result of an earlier merge, which is replaced; it may lie in one of ``folders``.
        zipped: Write zip files, too.

    Returns:
        The folders.

    Raises:
        NotADirectoryError: No such folder.
        FormatError: A log is damaged, or two folders hold the same run; the message names the file.
        ValueError: No log at all, a damaged record, runs that cannot be in one file, or an ``out`` that holds
            something else.
        UnwritableError: The disk is full, or the folder cannot be written; what was merged before is kept.
    """
    check_target(out)
    paths: list[Path] = []
    runs: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise NotADirectoryError(f"merge: wanted a folder, found none: {folder}")
        for path, is_run in _log_folders(folder, out.resolve()):
            paths.append(path)
            runs += [path] * is_run
    if not paths:
        why = next(filter(None, map(foreign_format, folders)), "")
        raise ValueError(f"merge: wanted logs in IOHprofiler format, found none in {', '.join(map(str, folders))}{why}")
    with writing(out):
        return merge(paths, out, suites=_suites(runs), zipped=zipped)


def _log_folders(folder: Path, out: Path) -> Iterator[tuple[Path, bool]]:
    """Folders with logs at or below a folder, and whether each is the run of a study; links are not followed."""
    study = StudyFolder(folder)
    if study.exists:
        yield from ((study.run_path(key), True) for key in sorted(study.finished()))
    elif any(folder.glob("IOHprofiler_*.json")):
        yield folder, False
    else:
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink() and path.resolve() != out:
                yield from _log_folders(path, out)


def _suites(runs: Sequence[Path]) -> dict[str, str]:
    """Name of a problem -> the suite that the first record of its runs names."""
    suites: dict[str, str] = {}
    for path in runs:
        problem = path.parent.parent.name
        if problem not in suites:
            suites[problem] = RunRecord.read(path).suite
    return suites
