"""The three levels of folders below ``runs``: a problem, an algorithm, a run."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from experiments.folder.record import RECORD_NAME, key_parts

JOURNAL = "journal.jsonl"
"""Finished evaluations of a run that the clock ended; empty where they cost nothing."""


def entries(path: Path, parents: tuple[str, ...] = ()) -> Iterator[tuple[Path, str | None]]:
    """Folders three levels down with their keys, and, without a key, everything else."""
    try:
        with os.scandir(path) as scanned:
            listed = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in scanned)
    except OSError:
        return
    for name, is_folder in listed:
        parts, key = (*parents, name), None
        if is_folder:
            with suppress(ValueError):
                key = "/".join(key_parts("/".join(parts + ("x",) * (3 - len(parts)))))
        if key is not None and len(parts) < 3:
            yield from entries(path / name, parts)
        else:
            yield path / name, key


def has_record(place: Path) -> bool:
    """Whether a run's folder has a record; an empty one is what a machine that stopped leaves behind."""
    try:
        status = (place / RECORD_NAME).lstat()
    except OSError:
        return False
    return status.st_size > 0


def is_cut(place: Path) -> bool:
    """Whether the run in a folder was ended by the clock, and can go on: it has its journal."""
    return os.path.lexists(place / JOURNAL)


def remove_empty(path: Path, top: Path) -> None:
    """Remove a folder if it is empty, and so on upwards, below ``top``."""
    with suppress(OSError):  # not empty, or gone
        while path != top and path.is_relative_to(top):
            path.rmdir()
            path = path.parent
