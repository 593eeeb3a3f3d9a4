"""A folder of verified, converted files: ``$IOHNAS_CACHE``, or the user's cache folder."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from platformdirs import user_cache_path

from nas_problems.array_file import Arrays, read_arrays, write_arrays
from nas_problems.datasets.pinned import CONTENT


def cache_folder() -> Path:
    """The folder for converted and downloaded files; made when it is first written to."""
    override = os.environ.get("IOHNAS_CACHE")
    return Path(override) if override else user_cache_path("iohnas")


def check_sha256(path: Path, wanted: str) -> bytes:
    """Read a file and return its bytes if they have the wanted hash.

    Args:
        path: The file.
        wanted: Its sha256 in hexadecimal; or ``git:`` and the name that git gives to the content.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Another hash; the message names the file and both hashes.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if wanted.startswith("git:"):
        found = "git:" + hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    if found != wanted:
        raise ValueError(f"{path}: wanted sha256 {wanted}, found {found}; nothing was read from it")
    return content


def load_cached(key: str, build: Callable[[], Arrays]) -> dict[str, NDArray[Any]]:
    """Load arrays from the cache, or build and store them.

    The file appears by an atomic rename, so that a process that is killed, or two that build at once,
    leave no half file. A file that is damaged, belongs to another key or, where ``pinned.CONTENT`` has the
    key, holds anything else than what the conversion gives, is built again. Where the folder cannot be
    written, the arrays are used without being stored.

    Args:
        key: File name without suffix; must change whenever the content would.
        build: Makes the arrays.

    Returns:
        Name -> array.
    """
    path = cache_folder() / f"{key}.npz"
    with suppress(OSError, ValueError):  # absent, or not to be trusted
        return read_arrays(path, what=_what(key), content=CONTENT.get(key)).arrays
    arrays = dict(build())
    with suppress(OSError):
        write_arrays(path, arrays, what=_what(key), compressed=False)
    return arrays


def _what(key: str) -> str:
    return f"the cached arrays {key}"
