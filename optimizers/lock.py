"""The lock of a folder, of a study or a run: one process works in it at a time, and the others can say which.

The operating system frees the lock when its process ends, however it ends, so that a stale one blocks
nobody. Its content says who holds it, and, after a session that never ended, that it did not.
"""

import errno
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from optimizers.regular_file import read_regular

if sys.platform != "win32":
    import fcntl

LOCK_NAME = ".lock"

_ATTEMPTS, _PAUSE_SECONDS = 10, 0.02  # readers hold the lock for a moment, to see whether it is free
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works in a folder.

    Args:
        pid: Its process.
        host: Name of its machine.
        since: When it began, in seconds since 1970.
        boot: What identifies the time between two starts of that machine; empty where there is nothing.
    """

    pid: int
    host: str
    since: float
    boot: str = ""

    @classmethod
    def this(cls) -> "Holder":
        """This process, from now on."""
        return cls(os.getpid(), platform.node(), time.time(), _boot())

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since, UTC)
        return f"process {self.pid} on {self.host} since {since:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def note(self) -> str:
        """What the lock's file says."""
        return json.dumps(asdict(self))

    @property
    def is_dead(self) -> bool:
        """Whether it is a process of this machine that has ended; False also where that cannot be told."""
        return self.host == platform.node() and not is_alive(self.pid)

    @property
    def lost_its_machine(self) -> bool:
        """Whether its machine may have stopped since: what it wrote last may not be on disk."""
        return self.boot != _boot() or not self.boot


def is_alive(pid: int) -> bool:
    """Whether a process of this machine is alive; True where that cannot be told."""
    if sys.platform == "win32":
        return True  # a signal would end it there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


@contextmanager
def locked(folder: Path, *, next_to: bool = False) -> Iterator[Holder | None]:
    """Hold the lock of a folder; the value is the holder of an earlier session that never ended.

    Args:
        folder: The folder.
        next_to: Whether the lock is a file next to it, ``<folder>.lock``, which is removed at the end: for a folder
            that is made anew meanwhile. Else it is in the folder, and stays.

    Raises:
        BlockingIOError: Another process holds it; the message says which.
        OSError: The lock cannot be written.
    """
    path = folder.with_name(f"{folder.name}{LOCK_NAME}") if next_to else folder / LOCK_NAME
    handle, has_locks = _acquire(path, folder)
    try:
        before = _read(path)
        if not has_locks and before is not None and not before.is_dead and before.pid != os.getpid():
            reason = f"{_held(folder, before)}; if it has ended, delete {path} (this file system has no locks)"
            raise BlockingIOError(reason)
        _write(handle, Holder.this().note)
        try:
            yield before
        finally:
            os.ftruncate(handle, 0)
            if next_to:
                with suppress(OSError):  # it was removed from outside
                    path.unlink()
    finally:
        os.close(handle)


def holder(folder: Path, *, next_to: bool = False) -> Holder | None:
    """The process that works in the folder now, by its lock, see ``locked``; None: there is none. Writes nothing."""
    path = folder.with_name(f"{folder.name}{LOCK_NAME}") if next_to else folder / LOCK_NAME
    process = _read(path)
    return None if process is None or _is_free(path, process) else process


def check_free(folder: Path) -> None:
    """Refuse to go on where another process works in the folder.

    Raises:
        BlockingIOError: The message says who.
    """
    if (owner := holder(folder)) is not None:
        raise BlockingIOError(_held(folder, owner))


def _is_free(path: Path, owner: Holder) -> bool:
    if sys.platform == "win32":
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return owner.is_dead
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return owner.is_dead
    finally:
        os.close(handle)
    return True


def _acquire(path: Path, folder: Path) -> tuple[int, bool]:
    """Open the lock's file and take the lock; whether the system keeps it."""
    for attempt in range(_ATTEMPTS):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            has_locks = _take(handle)
            if not has_locks or _is_at(handle, path):  # else its holder has removed it since it was opened
                return handle, has_locks
        except BlockingIOError:
            if attempt == _ATTEMPTS - 1:
                os.close(handle)
                raise BlockingIOError(_held(folder, _read(path))) from None
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        time.sleep(_PAUSE_SECONDS)
    raise BlockingIOError(_held(folder, _read(path)))


def _take(handle: int) -> bool:
    """Take the lock of a file; False where the system keeps none."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _held(folder: Path, owner: Holder | None) -> str:
    return f"{folder}: another process is working in this folder" + ("" if owner is None else f": {owner}")


def _write(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, text.encode())


def _read(path: Path) -> Holder | None:
    try:
        values = json.loads(read_regular(path, limit=4096))
    except (OSError, ValueError, RecursionError):
        return None
    types = {field.name: field.type for field in fields(Holder)}
    if not isinstance(values, dict) or {name: type(value) for name, value in values.items()} != types:
        return None
    process = Holder(**values)
    return process if process.host.isprintable() and 0 < process.pid < 2**31 and 0 <= process.since < 2**35 else None


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
