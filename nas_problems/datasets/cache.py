"""A folder of verified, converted files: ``$IOHNAS_CACHE``, or the user's cache folder."""

import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

Arrays = Mapping[str, NDArray[Any]]

_NAMES = "names of the arrays"  # zip checks the arrays, but not its own list of them


def cache_folder() -> Path:
    """The folder for converted and downloaded files; made by whoever writes to it."""
    override = os.environ.get("IOHNAS_CACHE")
    return Path(override) if override else user_cache_path("iohnas")


def check_sha256(path: Path, wanted: str) -> bytes:
    """Read a file and return its bytes if they have the wanted hash.

    Args:
        path: The file.
        wanted: Its sha256 in hexadecimal.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Another hash; the message names the file and both hashes.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != wanted:
        raise ValueError(f"{path}: wanted sha256 {wanted}, found {found}; nothing was read from it")
    return content


def load_cached(key: str, build: Callable[[], Arrays]) -> dict[str, NDArray[Any]]:
    """Load arrays from the cache, or build and store them.

    The file appears by an atomic rename, so that a process that is killed, or two that build at once,
    leave no half file. A damaged file is built again. Where the folder cannot be written, the arrays
    are used without being stored.

    Args:
        key: File name without suffix; must change whenever the content would.
        build: Makes the arrays.

    Returns:
        Name -> array.
    """
    path = cache_folder() / f"{key}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored[_NAMES].tolist()}
    except Exception:  # absent, or damaged: zipfile and numpy have a dozen ways to say so
        arrays = dict(build())
    partial = path.with_name(f".{key}.{os.getpid()}-{threading.get_ident()}.npz")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            np.savez(partial, allow_pickle=False, **{**arrays, _NAMES: np.array(list(arrays), dtype=np.str_)})
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return arrays
