"""Reports what a long computation is doing to a listener; silent without one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


def step(text: str) -> None:
    """Say what begins now.

    Args:
        text: A few words.
    """
    listener = _listener.get()
    if listener is not None:
        listener(text)


@contextmanager
def told(say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Pass on what is being done, with the minutes and seconds since the beginning.

    Args:
        say: Takes a line.
        clock: Gives seconds.
    """
    start = clock()

    def listen(text: str) -> None:
        minutes, seconds = divmod(int(clock() - start), 60)
        say(f"{minutes:3d}:{seconds:02d}  {text}")

    token = _listener.set(listen)
    try:
        yield
    finally:
        _listener.reset(token)
