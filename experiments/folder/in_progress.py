"""The folder ``partial`` of a study: runs that are being made, each with a mark next to it, by process."""

import os
import platform
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from experiments.folder.record import key_parts
from optimizers import lock
from optimizers.lock import Holder

_MARK = ".making"  # the run next to it is being made


def worker_name() -> str:
    """Folder of this process below ``partial``."""
    return f"{_host()}-{os.getpid()}"


def mark_of(place: Path) -> Path:
    """The mark of a run that is made in a place."""
    return place.with_name(f"{place.name}{_MARK}")


def being_made(partial: Path) -> Mapping[str, Holder]:
    """Keys of runs that are being made now, each with the process that makes it, since it does."""
    running = {}
    for mark in partial.glob(f"*/*/*/*{_MARK}"):
        worker, *parts = mark.relative_to(partial).parts
        host, _, pid = worker.rpartition("-")
        with suppress(OSError, ValueError):  # it has just been finished, or is something else
            key = "/".join(key_parts("/".join(parts).removesuffix(_MARK)))
            made = Holder(int(pid), host, mark.lstat().st_mtime)
            if not (host == _host() and not lock.is_alive(made.pid)):
                running[key] = made
    return running


def clear(partial: Path, key: str) -> None:
    """Remove what killed processes have left of a run."""
    for mark in partial.glob(f"*/{key}{_MARK}"):
        shutil.rmtree(mark.with_name(mark.name.removesuffix(_MARK)), ignore_errors=True)
        mark.unlink(missing_ok=True)


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9_.]", "_", platform.node()) or "host"
