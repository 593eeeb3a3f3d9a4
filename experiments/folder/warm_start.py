"""The evaluations that a study starts from, as they are kept in its folder: ``warm-start.csv`` and ``.toml``."""

import os
from collections.abc import Callable
from pathlib import Path

from experiments.folder.disk import write_atomically, writing
from experiments.text.toml import from_toml, to_toml
from optimizers.regular_file import read_regular

_LARGEST = 2**20  # bytes of the file that names the column


def keep(folder: Path, path: Path, target: str | None, *, may_start: Callable[[], bool]) -> None:
    """Keep a copy of a file of evaluations; the same one may be given again.

    Args:
        folder: The study's folder.
        path: The csv.
        target: Its column of values; None: the metric's name, or ``y``.
        may_start: Whether no run has started without them.

    Raises:
        OSError: The file cannot be read.
        ValueError: The study has started from others, or without any.
        UnwritableError: The folder cannot be written.
    """
    content, column = path.read_text(encoding="utf-8"), to_toml({"target": target or ""})
    before = kept_in(folder)
    if before is not None:
        if (before[0].read_text(encoding="utf-8"), to_toml({"target": before[1] or ""})) != (content, column):
            raise ValueError(f"warm-start: {folder} has started from other evaluations; take another folder")
        return
    if not may_start():
        raise ValueError(f"warm-start: {folder} has runs that started from nothing; take another folder")
    with writing(folder):
        write_atomically(folder / "warm-start.toml", column)
        write_atomically(folder / "warm-start.csv", content)


def is_copy(kept: Path, path: Path) -> bool:
    """Whether the file of evaluations in a study's folder has the content of another, which can be read."""
    try:
        return kept.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False


def kept_in(folder: Path) -> tuple[Path, str | None] | None:
    """The file of evaluations in a study's folder, and its column of values; None: there is none.

    Raises:
        ValueError: The file that names the column is damaged.
    """
    path = folder / "warm-start.csv"
    if not os.path.lexists(path):
        return None
    try:
        text = read_regular(path.with_suffix(".toml"), limit=_LARGEST).decode("utf-8")
        target = from_toml(text).get("target")
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.with_suffix('.toml')}: {error}") from error
    return path, target if isinstance(target, str) and target else None
