"""A child process with all that it starts, as one group: ended together, stopped and continued together.

A function that forks leaves processes behind that hold the child's pipes open and outlive it. They are in
its group, and the group is what is killed. A process that leaves the group (a daemon, which has a session of its own)
has still inherited the child's environment, and on Linux is found by a mark in it.
"""

import io
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

_WAIT_SECONDS = 0.01  # between two looks at a process that is about to end
_groups: "weakref.WeakKeyDictionary[subprocess.Popen[bytes], io.FileIO]" = weakref.WeakKeyDictionary()
"""The processes that this one has started, each with its life line: a pipe that is never written to."""

MARK = "IOHNAS_CHILD"
"""Environment variable of a child and all that it starts: the marks of the children that they are in."""

_marks: "weakref.WeakKeyDictionary[subprocess.Popen[bytes], str]" = weakref.WeakKeyDictionary()


def start(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a process in a group of its own, with unbuffered pipes for its input and output.

    Its last argument is the number of its life line; see ``end_with_parent``. It does not see Ctrl-C. Ctrl-Z
    stops it where this process can pass it on: where nobody else handles it.
    """
    far_end, near_end = os.pipe()
    mark = uuid.uuid4().hex
    try:
        with _without_interrupts():
            process = subprocess.Popen(  # noqa: S603 (the caller's interpreter and code)
                [*command, str(far_end)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={**environment, MARK: f"{environment.get(MARK, '')} {mark}".strip()},
                pass_fds=(far_end,) if os.name == "posix" else (),
                process_group=0 if os.name == "posix" else None,
            )
    except BaseException:
        os.close(near_end)
        raise
    finally:
        os.close(far_end)
    _groups[process], _marks[process] = io.FileIO(near_end, "wb"), mark
    return process


def release(process: "subprocess.Popen[bytes]") -> None:
    """Close the pipes of a process that has ended."""
    for pipe in (process.stdin, process.stdout, _groups.pop(process, None)):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def end_with_parent(far_end: int) -> None:
    """Have the system kill this process and its group when the process that started it ends, however it does.

    That is on Linux, and reaches code that is stuck in C; elsewhere a process must see for itself that its
    input is closed.

    Args:
        far_end: The life line: the last argument of this process.
    """
    if sys.platform == "linux":
        import fcntl

        fcntl.fcntl(far_end, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(far_end, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(far_end, fcntl.F_SETFL, fcntl.fcntl(far_end, fcntl.F_GETFL) | os.O_ASYNC)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a process and all of its group, at once; on Linux also what has left the group."""
    if os.name != "posix":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # it has ended; a zombie cannot be signalled everywhere
        os.killpg(process.pid, signal.SIGKILL)
    if sys.platform == "linux" and process in _marks:
        _kill_marked(_marks[process])


def _kill_marked(mark: str) -> None:
    """Kill all processes of this user that have a mark in the environment with which they were started."""
    killed: set[int] = set()
    while marked := set(_marked(mark)) - killed:  # what they start meanwhile is found when one looks again
        for number in marked:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)
        killed |= marked


def _marked(mark: str) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended, or is another user's
            if mark.encode() in path.read_bytes():
                yield int(path.parent.name)


def has_ended(process: "subprocess.Popen[bytes]", *, patience_seconds: float = 0.0) -> bool:
    """Whether a process has ended; its number is kept from others until ``ended`` is asked, where that is possible."""
    last = time.monotonic() + patience_seconds
    while True:
        if process.returncode is not None:
            return True
        if sys.platform == "linux":
            try:
                if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None:
                    return True
            except ChildProcessError:  # something else has waited for it
                return True
        elif process.poll() is not None:
            return True
        if time.monotonic() >= last:
            return False
        time.sleep(_WAIT_SECONDS)


def ended(process: "subprocess.Popen[bytes]", *, patience_seconds: float = 0.0) -> int:
    """The exit status of a process that is ending, or is killed if it does not; its group is killed in any case."""
    has_ended(process, patience_seconds=patience_seconds)
    kill(process)
    return process.wait()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that are started in the block do not see Ctrl-C, not even before they have a group of their own."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# ---- forks of this process


def forget_in_forks(forget: Callable[[], object]) -> None:
    """Have a function called in every process that is forked from this one; nothing where there is no fork."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)


def _forget_groups() -> None:
    for process in list(_groups):
        release(process)  # else those processes would not learn of the end of the one that started them
        process.returncode = 0  # not a child of this process: nobody waits for it


forget_in_forks(_forget_groups)


@contextmanager
def without_forks() -> Iterator[None]:
    """A process that is forked in the block, and would leave it as this one does, ends there."""
    process_id = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != process_id:
            os._exit(0)


# ---- Ctrl-Z


def pass_on_stops() -> None:
    """Have Ctrl-Z stop the groups, too, and ``fg`` or ``bg`` continue them.

    Nothing is changed outside the main thread, or where the program handles the signal itself.
    """
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTSTP) == signal.SIG_DFL:
        signal.signal(signal.SIGTSTP, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    _signal_groups(signal.SIGTSTP)
    os.kill(os.getpid(), signal.SIGSTOP)
    _signal_groups(signal.SIGCONT)


def _signal_groups(number: int) -> None:
    for process in list(_groups):
        if process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
