"""Messages through a pipe, each with its length before it, so that half a message is never taken for one."""

import io
import pickle
from typing import Literal

Kind = Literal["ready", "limit", "answer"]
"""What a child says: that it has started; that the block it is in has a limit (or has none any more); a result."""

_HEAD_BYTES = 8


def send(pipe: io.RawIOBase, content: bytes) -> None:
    """Write one message.

    Raises:
        OSError: Nobody reads the pipe.
        ValueError: It is closed.
    """
    left = memoryview(len(content).to_bytes(_HEAD_BYTES, "little") + content)
    while left:
        left = left[pipe.write(left) or 0 :]


def receive(pipe: io.RawIOBase) -> bytes:
    """Read one message.

    Raises:
        EOFError: The pipe was closed at the other end, maybe within a message.
        OSError, ValueError: It cannot be read, or is closed.
    """
    return _read(pipe, int.from_bytes(_read(pipe, _HEAD_BYTES), "little"))


def _read(pipe: io.RawIOBase, n_bytes: int) -> bytes:
    parts = []
    while n_bytes:
        part = pipe.read(min(n_bytes, 2**20))
        if not part:
            raise EOFError("the pipe was closed")
        parts.append(part)
        n_bytes -= len(part)
    return b"".join(parts)


def packed(kind: Kind, value: object) -> bytes:
    """A message of a child."""
    return pickle.dumps((kind, value))
