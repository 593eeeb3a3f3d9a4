"""Files that appear complete, or stay as they were."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """A place next to ``path`` to write to; it takes the place of ``path`` when the block ends.

    A reader never sees half a file. Where the block raises, nothing changes and nothing is left behind; where the
    process is killed, a file ``.<name>.<process>`` is.

    Args:
        path: The file, whose folder exists.

    Raises:
        OSError: The disk is full, or the file cannot be written.
    """
    path = Path(path)
    if not path.name:  # the working directory
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    thread = threading.get_ident()
    of_thread = "" if thread == threading.main_thread().ident else f"-{thread}"
    partial = path.with_name(f".{path.name}.{os.getpid()}{of_thread}")
    partial.unlink(missing_ok=True)  # what a killed process left, or a link that somebody put there
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write a text file in UTF-8, with the line ends that ``text`` has; it appears complete, or stays as it was.

    Raises:
        OSError: See ``replacing``.
    """
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")
