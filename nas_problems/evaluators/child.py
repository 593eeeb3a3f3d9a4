"""One Python process beside this one that runs functions and can be killed, even where it is stuck in C.

``multiprocessing`` and what is built on it import the caller's script again in the child, so that a
script without ``if __name__ == "__main__"`` would start itself, and refuse children inside daemonic
workers. This child is a plain interpreter that is sent functions by name through a pipe. It ends when
the pipe is closed, which also happens when the parent is killed, so none is left over.
"""

import atexit
import faulthandler
import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

_BOOTSTRAP = (
    "import pickle, sys; sys.path[:], files, memory_bytes = pickle.load(sys.stdin.buffer);"
    "from nas_problems.evaluators.child import serve; serve(files, memory_bytes)"
)
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)
_WATCHDOG_STATUS = 1  # exit status that faulthandler's watchdog gives


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
                raise (WatchdogError if status == _WATCHDOG_STATUS else ChildDied)(status) from error
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


class _FileFinder(MetaPathFinder):
    """Finds the modules of ``_files_by_name`` in the child."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return spec_from_file_location(name, self._files[name]) if name in self._files else None


def serve(files: Mapping[str, str], memory_bytes: int | None = None) -> None:
    """The child's loop: run the functions that arrive on standard input, until it is closed.

    Args:
        files: Modules that are imported from a file: name -> path.
        memory_bytes: Memory that this process may have; None: no limit.
    """
    arriving, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # functions must not read calls,
    os.dup2(2, 1)  # and what they print must not get among the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    sys.meta_path.append(_FileFinder(files))
    if memory_bytes is not None and sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(arriving, calls), daemon=True).start()
    answer: tuple[bool, object] = True, "ready"
    with suppress(BrokenPipeError):
        while True:
            pickle.dump(answer, answers)
            answers.flush()
            answer = _answer(calls.get())


def _receive(arriving: BinaryIO, calls: "queue.SimpleQueue[bytes]") -> None:
    """Pass calls on, and end the process when the parent closes the pipe or dies, even during a call."""
    with suppress(EOFError, OSError):
        while True:
            calls.put(pickle.load(arriving))  # noqa: S301 (written by Child.call)
    os._exit(0)


def _answer(call: bytes) -> tuple[bool, object]:
    try:
        function, args, kwargs = pickle.loads(call)  # noqa: S301 (written by Child.call)
        result = function(*args, **kwargs)
        pickle.dumps(result)
    except BaseException as error:  # SystemExit, too, is no reason to end
        return False, describe(error)
    return True, result


def describe(error: BaseException) -> str:
    """An exception as one line: its type and the first line of its message."""
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End this process if the block takes longer; for functions that run in the child.

    A watchdog thread outside the interpreter's lock does it, so that code stuck in C is no exception.
    """
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
