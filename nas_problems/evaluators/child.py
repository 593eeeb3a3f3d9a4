"""One Python process beside this one that runs functions and can be killed, even where it is stuck in C.

``multiprocessing`` and what is built on it import the caller's script again in the child, so that a
script without ``if __name__ == "__main__"`` would start itself, and refuse children inside daemonic
workers. This child is a plain interpreter that is sent functions by name through a pipe. It ends when
the pipe is closed, which also happens when the parent is killed, so none is left over. This is the parent's
side; ``serve`` is the child's.
"""

import atexit
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from nas_problems.evaluators.serve import WATCHDOG_STATUS

P = ParamSpec("P")
T = TypeVar("T")

_BOOTSTRAP = (
    "import pickle, sys; sys.path[:], files, memory_bytes = pickle.load(sys.stdin.buffer);"
    "from nas_problems.evaluators.serve import serve; serve(files, memory_bytes)"
)
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)


class ChildError(RuntimeError):
    """The function raised in the child, or ended it."""


class ChildDied(ChildError):  # noqa: N818  # says what happened
    """The process ended during a call.

    Args:
        status: Its exit status; negative: the signal that killed it.
    """

    def __init__(self, status: int) -> None:
        self.status = status
        self.how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with exit status {status}"
        super().__init__(f"the process {self.how}")


class WatchdogError(ChildDied, TimeoutError):
    """The process ended with the status that the watchdog of ``time_limit`` gives it."""

    def __str__(self) -> str:
        return "the time limit was exceeded"


class Child:
    """A persistent child process, started at the first call and again after it was killed.

    Numerical libraries in it use one thread. Calls from several threads wait for each other.

    Args:
        limit_seconds: A call that takes longer is killed.
        memory_bytes: Memory that the process may have (on Linux); beyond it, functions meet a MemoryError.
            None: no limit.
    """

    def __init__(self, *, limit_seconds: float = math.inf, memory_bytes: int | None = None) -> None:
        self._limit_seconds, self._memory_bytes = limit_seconds, memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function(*args, **kwargs)`` in the child.

        Args:
            function: A function of an importable module.
            args: Arguments that can be pickled; the result must be, too.
            kwargs: Keyword arguments, likewise.

        Raises:
            TimeoutError: The function took longer than the child's limit, or stayed in ``time_limit`` for
                too long (``WatchdogError``), and was killed.
            ChildError: The function raised; ``ChildDied``: the process ended.
            RuntimeError: No process could be started, or the child is closed.
        """
        call = pickle.dumps((function, args, kwargs))
        with self._lock:
            try:
                succeeded, result = self._exchange(call)
            except BaseException:  # an interrupt, say: the answer would be read by the next call
                self.stop()
                raise
        if not succeeded:
            raise ChildError(result)
        return cast(T, result)

    def _exchange(self, call: bytes) -> tuple[bool, object]:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        with _killed_after(self._limit_seconds, process) as expired:
            try:
                pickle.dump(call, process.stdin)
                process.stdin.flush()
                answer: tuple[bool, object] = pickle.load(process.stdout)  # noqa: S301 (written by serve)
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                status = process.wait()
                if expired.is_set():
                    raise TimeoutError(f"the time limit of {self._limit_seconds:g} s was exceeded") from error
                raise (WatchdogError if status == WATCHDOG_STATUS else ChildDied)(status) from error
        if expired.is_set():  # between the answer and the end of the limit
            self.stop()
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        with _without_interrupts():
            process = self._process = subprocess.Popen(  # noqa: S603 (our interpreter, our code)
                [sys.executable, "-W", "ignore", "-P", "-c", _BOOTSTRAP],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | _ONE_THREAD,
            )
        assert process.stdin is not None and process.stdout is not None
        if self._is_closed:
            self.stop()
            raise RuntimeError("child process: closed")
        try:
            pickle.dump((sys.path, _files_by_name(), self._memory_bytes), process.stdin)
            process.stdin.flush()
            pickle.load(process.stdout)  # noqa: S301 (written by serve, when it is ready)
        except (OSError, EOFError) as error:
            raise RuntimeError(f"child process: {sys.executable} ended with status {process.wait()}") from error
        return process

    def stop(self) -> None:
        """Kill the process, if there is one; the next call starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(OSError):  # unsent bytes of a call that was interrupted
                pipe.close()

    def close(self) -> None:
        """Kill the process for good, from any thread: a call in progress and later ones raise."""
        self._is_closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self.stop()


@contextmanager
def _killed_after(seconds: float, process: "subprocess.Popen[bytes]") -> Iterator[threading.Event]:
    """Kill a process if the block takes longer; the event says whether that happened."""
    expired, ended, turn = threading.Event(), threading.Event(), threading.Lock()
    if seconds == math.inf:
        yield expired
        return

    def kill() -> None:
        with turn:
            if not ended.is_set():
                expired.set()
                process.kill()

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        with turn:
            ended.set()
        timer.cancel()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes and threads that are started in the block do not see Ctrl-C, not even before they can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_children: dict[int, Child] = {}  # by process id: a forked process must not share its parent's pipes


def child() -> Child:
    """The child of this process, shared by all who ask."""
    return _children.setdefault(os.getpid(), Child())


@atexit.register
def _stop_child() -> None:
    if os.getpid() in _children:
        child().stop()


def check_importable(function: Callable[..., object], name: str) -> None:
    """Refuse a function that a child could not import by its name.

    Args:
        function: A function.
        name: The argument's name, for the message.

    Raises:
        ValueError: A lambda, a function within another one, or one of the script that is run.
    """
    while isinstance(function, partial):
        function = function.func
    place = f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', '<unnamed>')}"
    if place.startswith("__main__.") or "<" in place:
        raise ValueError(f"{name}: wanted a top-level function of an importable module, found {place}")


def _files_by_name() -> dict[str, str]:
    """Modules that were loaded from a file under another name, such as plug-ins: nobody can import them by it."""
    found = {}
    for name, module in list(sys.modules.items()):
        spec: ModuleSpec | None = getattr(module, "__spec__", None)
        if name == "__main__" or "." in name or spec is None or not isinstance(spec.loader, SourceFileLoader):
            continue
        if spec.origin is not None and Path(spec.origin).stem not in (name, "__init__"):
            found[name] = spec.origin
    return found
