"""A second Python process that runs functions and can be killed, even where it is stuck in C.

``multiprocessing`` and what is built on it import the caller's script again in the child, so that a
script without ``if __name__ == "__main__"`` would start itself, and refuse children inside daemonic
workers. This child is a plain interpreter that is sent functions by name through a pipe. It ends when
the pipe is closed, which also happens when the parent is killed, and takes with it whatever functions
have started, so none is left over. This is the parent's side; ``serve`` is the child's.
"""

import atexit
import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import RawIOBase
from typing import ParamSpec, TypeVar, cast

from nas_problems.evaluators.frame import receive, send
from nas_problems.evaluators.imported import Surroundings, is_current
from nas_problems.evaluators.process_group import ended, forget_in_forks, has_ended, kill, pass_on_stops, release, start
from nas_problems.threads import thread_variables

P = ParamSpec("P")
T = TypeVar("T")

_BOOTSTRAP = (
    "import pickle, sys; sys.path[:], files, memory_bytes = pickle.load(sys.stdin.buffer);"
    "from nas_problems.evaluators.serve import serve; serve(int(sys.argv[1]), files, memory_bytes)"
)
_TICK_SECONDS = 0.1  # between two looks at a call; what a tick lasts longer, this process was stopped
_PATIENCE_SECONDS = 5.0  # for a process that has closed its pipe to end
_START_SECONDS = 600.0  # for an interpreter to start, on a busy machine and a slow network disk
_LARGEST_WRITE = 2**15  # bytes that a pipe takes while nobody reads

Frames = queue.SimpleQueue[bytes | None]
"""What has arrived from a child; None: its pipe is closed."""


class ChildError(RuntimeError):
    """The function raised in the child, or ended it.

    Args:
        reason: Why, in one line; a ``Reason`` has the child's traceback.
        seconds: For which the function was in ``time_limit``, without the start of the process and its imports; None:
            it was not.
    """

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.seconds = reason, seconds


class ChildDied(ChildError):  # noqa: N818  # says what happened
    """The process ended during a call.

    Args:
        status: Its exit status; negative: the signal that killed it.
        seconds: See ``ChildError``.
    """

    def __init__(self, status: int, seconds: float | None = None) -> None:
        self.status = status
        self.how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with exit status {status}"
        super().__init__(f"the process {self.how}", seconds)


class Child:
    """A persistent child process, started at the first call and again after it was killed.

    Numerical libraries in it use one thread, or as many as the user says, see ``nas_problems.threads``. Calls from
    several threads wait for each other.

    Args:
        limit_seconds: A call that takes longer is killed, with all that it started. Time in which this
            process is stopped (Ctrl-Z) or the machine sleeps does not count.
        memory_bytes: Memory that the process may have (on Linux); beyond it, functions meet a MemoryError.
            None: no limit.
        follows_code: Whether a new process is started when what it imports has changed: a file, ``sys.path``,
            plug-ins, the working directory. See ``refresh``.

    Raises:
        ValueError: A limit that is not positive.
    """

    def __init__(
        self, *, limit_seconds: float = math.inf, memory_bytes: int | None = None, follows_code: bool = False
    ) -> None:
        if not limit_seconds > 0:
            raise ValueError(f"limit_seconds: wanted a positive number, found {limit_seconds}")
        self._limit_seconds, self._memory_bytes, self._follows_code = limit_seconds, memory_bytes, follows_code
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: Frames = queue.SimpleQueue()
        self._surroundings: Surroundings | None = None  # when the process was started
        self._block_seconds: float | None = None  # of the last call
        self._lock = threading.Lock()
        self._is_closed = False
        _children.add(self)
        pass_on_stops()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function(*args, **kwargs)`` in the child.

        Args:
            function: A function of an importable module.
            args: Arguments that can be pickled; the result must be, too.
            kwargs: Keyword arguments, likewise.

        Raises:
            TimeoutError: The function took longer than the child's limit, or stayed in ``time_limit`` for
                too long, and was killed.
            ChildError: The function raised; ``ChildDied``: the process ended.
            RuntimeError: No process could be started, or the child is closed.
        """
        call = pickle.dumps((function, args, kwargs))
        with self._lock:
            if self._follows_code:
                self._refresh()
            succeeded, result = self._exchange(call)
        if not succeeded:
            raise ChildError(cast(str, result), self._block_seconds)
        return cast(T, result)

    def refresh(self) -> None:
        """End the process if what it has imported is not what it would import now."""
        with self._lock:
            self._refresh()

    def _refresh(self) -> None:
        if self._process is None or has_ended(self._process):
            return
        if self._surroundings == Surroundings.now():
            with suppress(ChildError):  # it has died since: another one is started
                if self._exchange(pickle.dumps((is_current, (), {}))) == (True, True):
                    return
        self.stop()

    def _exchange(self, call: bytes) -> tuple[bool, object]:
        try:
            process = self._running()
            assert process.stdin is not None
            _send(cast(RawIOBase, process.stdin), call)
            return self._answer(process)
        except BaseException:  # an interrupt, say: the answer would be read by the next call
            self.stop()
            raise

    def _answer(self, process: "subprocess.Popen[bytes]") -> tuple[bool, object]:
        """What the function returned, in time."""
        call, block = _Limit(self._limit_seconds), _Limit(math.inf)  # block: that the function says it is in
        entered: float | None = None
        self._block_seconds = None
        while True:
            tick = max(min(_TICK_SECONDS, call.left, block.left), 0.0)
            began = time.monotonic()
            frame = self._next_frame(process, tick)
            passed = min(time.monotonic() - began, tick)
            call.left, block.left = call.left - passed, block.left - passed
            if frame is None:
                if entered is not None:
                    self._block_seconds = time.monotonic() - entered
                raise ChildDied(ended(process, patience_seconds=_PATIENCE_SECONDS), self._block_seconds)
            if frame:
                kind, value = pickle.loads(frame)  # noqa: S301 (written by serve)
                if kind == "answer":
                    return cast(tuple[bool, object], value)
                block = _Limit(math.inf if value is None else value)
                if value is not None:
                    entered = time.monotonic()
                elif entered is not None:
                    self._block_seconds = time.monotonic() - entered
                    entered = None
                continue
            for limit in (call, block):
                if limit.left <= 0:
                    raise TimeoutError(f"the time limit of {limit.seconds:g} s was exceeded")

    def _next_frame(self, process: "subprocess.Popen[bytes]", seconds: float) -> bytes | None:
        """What arrives within some time; empty: nothing; None: the process has ended."""
        try:
            return self._frames.get(timeout=seconds)
        except queue.Empty:
            if not has_ended(process):  # a fork of it can hold its pipe open
                return b""
        try:
            return self._frames.get_nowait()
        except queue.Empty:
            return None

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and not has_ended(self._process):
            return self._process
        self.stop()
        self._surroundings = Surroundings.now()
        process = self._process = start(
            [sys.executable, "-W", "ignore", "-P", "-c", _BOOTSTRAP], {**os.environ, **thread_variables()}
        )
        if self._is_closed:
            self.stop()
            raise RuntimeError("child process: closed")
        assert process.stdin is not None and process.stdout is not None
        self._frames = queue.SimpleQueue()
        arguments = cast(RawIOBase, process.stdout), self._frames
        threading.Thread(target=_receive, args=arguments, daemon=True, name="child").start()
        with suppress(OSError):  # it has ended, which is said below
            process.stdin.write(
                pickle.dumps((list(self._surroundings.path), self._surroundings.files, self._memory_bytes))
            )
        try:
            is_ready = self._frames.get(timeout=_START_SECONDS) is not None
        except queue.Empty:
            is_ready = False
        if not is_ready:
            status = ended(process, patience_seconds=_PATIENCE_SECONDS)
            if self._is_closed:
                raise RuntimeError("child process: closed")
            raise RuntimeError(f"child process: {sys.executable} ended with status {status}")
        return process

    def stop(self) -> None:
        """Kill the process and all that it started, if there is one; the next call starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        ended(process)
        release(process)

    def close(self) -> None:
        """Kill the process for good, from any thread: a call in progress and later ones raise."""
        self._is_closed = True
        process = self._process
        if process is not None:
            kill(process)
        with self._lock:
            self.stop()

    def forget(self) -> None:
        """In a fork of the process that made it: leave the child to that one."""
        self._process, self._lock = None, threading.Lock()


class _Limit:
    """A number of seconds, and what is left of them."""

    def __init__(self, seconds: float) -> None:
        self.seconds = self.left = seconds


def _send(pipe: RawIOBase, content: bytes) -> None:
    """Send a message; one that a pipe does not hold from another thread, as the process may be stopped."""
    if len(content) <= _LARGEST_WRITE:
        _try_to_send(pipe, content)
    else:
        threading.Thread(target=_try_to_send, args=(pipe, content), daemon=True, name="child").start()


def _try_to_send(pipe: RawIOBase, content: bytes) -> None:
    with suppress(OSError, ValueError):  # the process has ended: the answer is missed
        send(pipe, content)


def _receive(pipe: RawIOBase, frames: Frames) -> None:
    with suppress(EOFError, OSError, ValueError):
        while True:
            frames.put(receive(pipe))
    frames.put(None)


_children: "weakref.WeakSet[Child]" = weakref.WeakSet()
_shared: dict[int, Child] = {}  # by process id


def child() -> Child:
    """The child of this process, shared by all who ask; it has the code that is on disk when it is called."""
    return _shared.setdefault(os.getpid(), Child(follows_code=True))


def _forget_children() -> None:
    for made in list(_children):
        made.forget()


forget_in_forks(_forget_children)


@atexit.register
def _stop_child() -> None:
    if os.getpid() in _shared:
        child().stop()


def check_importable(function: Callable[..., object], name: str) -> None:
    """Refuse a function that a child could not import by its name.

    Args:
        function: A function, a method, or an object that can be called, whose class is then imported.
        name: The argument's name, for the message.

    Raises:
        ValueError: Not callable, a lambda, a function within another one, or one of the script that is run.
    """
    while isinstance(function, partial):
        function = function.func
    if not callable(function):
        raise ValueError(f"{name}: wanted a top-level function of an importable module, found {function!r}")
    named = function if hasattr(function, "__qualname__") else type(function)
    place = f"{getattr(named, '__module__', '?')}.{named.__qualname__}"
    if place.startswith("__main__.") or "<" in place:
        raise ValueError(f"{name}: wanted a top-level function of an importable module, found {place}")
