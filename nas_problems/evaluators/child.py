"""One Python process beside this one that runs functions and can be killed, even where it is stuck in C.

``multiprocessing`` and what is built on it import the caller's script again in the child, so that a
script without ``if __name__ == "__main__"`` would start itself, and refuse children inside daemonic
workers. This child is a plain interpreter that is sent functions by name through a pipe. It ends when
the pipe is closed, which also happens when the parent is killed, so none is left over.
"""

import atexit
import faulthandler
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

_BOOTSTRAP = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    "from nas_problems.evaluators.child import serve; serve()"
)
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_WATCHDOG_STATUS = 1  # exit status that faulthandler's watchdog gives


class ChildError(RuntimeError):
    """The function raised in the child, or ended it."""


class Child:
    """A persistent child process, started at the first call and again after it was killed.

    Numerical libraries in it use one thread. Calls from several threads wait for each other.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function(*args, **kwargs)`` in the child.

        Args:
            function: A function of an importable module.
            args: Arguments that can be pickled; the result must be, too.
            kwargs: Keyword arguments, likewise.

        Raises:
            TimeoutError: The function stayed in ``time_limit`` for too long, and was killed.
            ChildError: The function raised, or the process died.
            RuntimeError: No process could be started.
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
        try:
            pickle.dump(call, process.stdin)
            process.stdin.flush()
            answer: tuple[bool, object] = pickle.load(process.stdout)  # noqa: S301 (written by serve)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            status = process.wait()
            if status == _WATCHDOG_STATUS:
                raise TimeoutError("the time limit was exceeded") from error
            raise ChildError(f"the process died with exit status {status}") from error
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        process = self._process = subprocess.Popen(  # noqa: S603 (our interpreter, our code)
            [sys.executable, "-W", "ignore", "-P", "-c", _BOOTSTRAP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ONE_THREAD,
        )
        assert process.stdin is not None and process.stdout is not None
        try:
            pickle.dump(sys.path, process.stdin)
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


_children: dict[int, Child] = {}  # by process id: a forked process must not share its parent's pipes


def child() -> Child:
    """The child of this process, shared by all who ask."""
    return _children.setdefault(os.getpid(), Child())


@atexit.register
def _stop_child() -> None:
    if os.getpid() in _children:
        child().stop()


def serve() -> None:
    """The child's loop: run the functions that arrive on standard input, until it is closed."""
    calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # functions must not read calls,
    os.dup2(2, 1)  # and what they print must not get among the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    answer: tuple[bool, object] = True, "ready"
    with suppress(EOFError, BrokenPipeError):  # the parent closed the pipes or died
        while True:
            pickle.dump(answer, answers)
            answers.flush()
            answer = _answer(pickle.load(calls))  # noqa: S301 (written by Child.call)


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
