"""Files and folders that others published and users have: converted once to arrays of our own.

A format is one file in ``nas_problems/datasets/formats`` that registers a ``PublishedFormat``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nas_problems.registry import Entry, Registry


class Convert(Protocol):
    """Reads what was published, checks it and stores it in the cache."""

    def __call__(self, path: Path, *, on_batch: Callable[[int], None], any_file: bool) -> tuple[int, Path]:
        """Convert a file or folder.

        Args:
            path: What was published.
            on_batch: Called with the number of things read so far, where there are many.
            any_file: Whether to accept what differs from the published files, such as parts of them.

        Returns:
            The number of things read, and where the arrays are.

        Raises:
            ValueError: It is damaged, or not what was published.
            OSError: It cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class PublishedFormat:
    """A way in which something was published.

    Args:
        wanted: What users have, for messages: ``nasbench_full.tfrecord``.
        problem: Name of the problem that needs it.
        accepts: Whether a path that exists looks like it; reads a few bytes at most.
        convert: See ``Convert``.
        unit: What is counted: ``record``.
        remark: What else to say when it is done: ``all checked``.
    """

    wanted: str
    problem: str
    accepts: Callable[[Path], bool]
    convert: Convert
    unit: str
    remark: str = ""


formats: Registry[PublishedFormat] = Registry(
    "format", catalog="nas_problems.datasets.formats", entry_points="iohnas.formats"
)
"""All registered formats."""


def format_of(path: Path) -> Entry[PublishedFormat]:
    """The format of a file or folder.

    Raises:
        FileNotFoundError: No such path.
        ValueError: It looks like none of the formats.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    for entry in formats:
        if entry.factory.accepts(path):
            return entry
    known = "; ".join(f"{entry.factory.wanted} ({entry.name})" for entry in formats)
    raise ValueError(f"{path}: wanted one of these: {known}; found none of them")
