"""Writing into a study's folder: whole or not at all, on disk where that matters, one clear error where it fails."""

import errno
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from nas_problems.atomic import replacing

_PROBE_BYTES = 2**18  # what a disk must have left for the next run


class UnwritableError(OSError):
    """A folder takes nothing more: a full disk, a quota, a read-only file system, missing rights."""


_CONTINUE = "what is finished is kept; continue with: iohnas run --out {}"
_AS_IT_IS = "iohnas status and iohnas check read what is there"
_REASONS = {
    errno.ENOSPC: ("the disk is full; make room", _CONTINUE),
    errno.EDQUOT: ("the disk quota is used up; make room", _CONTINUE),
    errno.EFBIG: ("a file grew larger than a process may write", _CONTINUE),
    errno.EROFS: ("the file system is read-only", _AS_IT_IS),
    errno.EACCES: ("you may not write here", _AS_IT_IS),
    errno.EPERM: ("you may not write here", _AS_IT_IS),
}


@contextmanager
def writing(folder: Path, *, advice: str | None = None) -> Iterator[None]:
    """Turn the errors of a folder that cannot be written into one that says so, and how to continue.

    Errors about files elsewhere, such as the data of a problem, pass unchanged.

    Args:
        folder: The folder.
        advice: What is left of the work, and what to do; None: what holds for the folder of a study.

    Raises:
        UnwritableError: The disk is full, or the folder cannot be written.
    """
    try:
        yield
    except UnwritableError:
        raise
    except OSError as error:
        if error.errno not in _REASONS or not _is_about(error, folder):
            raise
        reason, usual = _REASONS[error.errno]
        what_now = usual.format(shlex.quote(str(folder))) if advice is None else advice
        raise UnwritableError(error.errno, f"{reason}; {what_now}", str(folder)) from error


def raise_again(number: int, reason: str, folder: Path) -> NoReturn:
    """Raise what another process that worked in the folder met.

    Args:
        number: Of the system's error.
        reason: What that process said.
        folder: The folder.

    Raises:
        UnwritableError: Always.
    """
    with writing(folder):
        raise OSError(number, reason, str(folder))
    raise AssertionError(f"errno {number}: wanted one of a folder that cannot be written")


def _is_about(error: OSError, folder: Path) -> bool:
    """Whether an error names the folder, something in it, a folder that it is in, or nothing at all."""
    if not isinstance(error.filename, (str, os.PathLike)):
        return error.filename is None
    path, own = Path(error.filename).absolute(), folder.absolute()
    return path.is_relative_to(own) or own.is_relative_to(path)


def probe(folder: Path) -> None:
    """Try whether there is space for another run.

    Raises:
        OSError: There is none.
    """
    path = folder / f".probe.{os.getpid()}"
    try:
        with path.open("wb") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        path.unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    """Write a file that appears complete, or stays as it was, also where the machine stops meanwhile."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")
        _sync_one(partial)


def sync(folder: Path) -> None:
    """Have a folder and everything below it on disk, not in a cache."""
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync_one(Path(parent, name))
        _sync_one(Path(parent))


def _sync_one(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # folders cannot be opened there
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
