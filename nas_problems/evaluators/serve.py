"""What runs in a child process: the loop that calls the functions it is sent, and limits on them."""

import faulthandler
import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any, BinaryIO

WATCHDOG_STATUS = 1
"""Exit status that faulthandler's watchdog gives a process."""


class _FileFinder(MetaPathFinder):
    """Finds modules that were loaded from a file under another name."""

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


def call_limited(
    seconds: float, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Any, float]:
    """Call a function within a time limit; for a child, whose imports and start do not count.

    Returns:
        Its result, and the seconds that it took.
    """
    with time_limit(seconds):
        start = time.perf_counter()
        result = function(*args, **kwargs)
        return result, time.perf_counter() - start
