"""What runs in a child process: the loop that calls the functions it is sent, and limits on them."""

import io
import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from nas_problems.evaluators.frame import Kind, packed, receive, send
from nas_problems.evaluators.imported import import_as
from nas_problems.evaluators.process_group import end_with_parent, forget_in_forks, without_forks
from nas_problems.exception import reason_of

_answers: io.FileIO | None = None  # the pipe to the parent, in a process that serves


def serve(life_line: int, files: Mapping[str, str], memory_bytes: int | None = None) -> None:
    """The child's loop: run the functions that arrive on standard input, until it is closed.

    Args:
        life_line: See ``process_group.end_with_parent``.
        files: Modules that are imported from a file: name -> path.
        memory_bytes: Memory that this process may have; None: no limit.
    """
    global _answers
    end_with_parent(life_line)
    arriving, _answers = io.FileIO(os.dup(0), "rb"), io.FileIO(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # functions must not read calls,
    os.dup2(2, 1)  # and what they print must not get among the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business

    def forget() -> None:
        global _answers
        for pipe in (arriving, _answers):
            if pipe is not None:
                pipe.close()  # a fork that held it would keep the parent waiting
        _answers = None

    forget_in_forks(forget)
    import_as(files)
    if memory_bytes is not None and sys.platform == "linux":
        import resource

        most = min(memory_bytes, sys.maxsize)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(arriving, calls), daemon=True).start()
    answer = packed("ready", None)
    with suppress(BrokenPipeError):
        while True:
            send(_answers, answer)
            call = calls.get()
            with without_forks():
                answer = _answer(call)


def _receive(arriving: io.FileIO, calls: "queue.SimpleQueue[bytes]") -> None:
    """Pass calls on, and end the process when the parent closes the pipe or dies, even during a call."""
    with suppress(EOFError, OSError, ValueError):
        while True:
            calls.put(receive(arriving))
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # and with it all that functions have started
    os._exit(0)


def _answer(call: bytes) -> bytes:
    try:
        function, args, kwargs = pickle.loads(call)  # noqa: S301 (written by Child.call)
        return packed("answer", (True, function(*args, **kwargs)))
    except BaseException as error:  # SystemExit, too, is not a reason to end
        return packed("answer", (False, reason_of(error)))


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Have the parent end this process, and all that it started, if the block takes longer; for a child.

    In a process that is not a child, nothing is limited. The parent does it, so that code stuck in C is no
    exception. Time in which the parent is stopped (Ctrl-Z) or its machine sleeps does not count.

    Args:
        seconds: Any number greater than 0, also infinity.
    """
    _say("limit", seconds)
    try:
        yield
    finally:
        _say("limit", None)


def _say(kind: Kind, value: object) -> None:
    if _answers is not None:
        send(_answers, packed(kind, value))


def call_limited(
    seconds: float, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Any, float]:
    """Call a function within a time limit; for a child, whose imports and start do not count.

    Returns:
        Its result, and the seconds that it took by the clock: a process that is stopped meanwhile is charged
        for it.
    """
    with time_limit(seconds):
        start = time.perf_counter()
        result = function(*args, **kwargs)
        return result, time.perf_counter() - start
