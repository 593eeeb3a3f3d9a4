"""Files of bounded size: what a stranger may have written is not read without an end."""

from pathlib import Path


def read_bounded(path: Path, limit: int) -> bytes:
    """Read a file of at most ``limit`` bytes.

    Raises:
        OSError: It cannot be read.
        ValueError: It is larger; the message names the file.
    """
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"{path}: wanted at most {limit} bytes, found more")
    return content
