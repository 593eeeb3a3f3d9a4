"""Files of the selector: a dataclass of arrays, names and counts as one npz file of iohnas, with its digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from nas_problems.array import LARGEST_COUNT, brief, is_name
from nas_problems.array_file import ArrayFileError, Layout, read_arrays, write_arrays

_VERSION = "version"
_LARGEST = 2**28  # bytes of arrays: a hundred times the portfolio that comes with the package


@dataclass(frozen=True, slots=True)
class FileLayout:
    """What is stored of a dataclass, and how; every field is an array, a tuple of names or a count.

    Args:
        what: What the file is called in messages; it is read back as nothing else.
        arrays: Field -> kinds, axes and range of an array.
        names: Field of strings -> the axis whose length it has.
        distinct: Fields of strings that name each thing once.
        counts: Fields of integers.
        since: Field of an array -> the version that it came with; files of earlier ones are read without it.
        version: Of what is written. A file that does not say its version is of version 1.
        single: Whether floats are stored in single precision, which is enough for what has been measured.
    """

    what: str
    arrays: Mapping[str, Layout]
    names: Mapping[str, str]
    counts: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    since: Mapping[str, int] = field(default_factory=dict)
    version: int = 1
    single: bool = False


def write(path: Path | str, data: Any, layout: FileLayout) -> None:
    """Write a dataclass, whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    columns = {each.name: getattr(data, each.name) for each in fields(data)}
    arrays = {name: columns.pop(name) for name in layout.arrays}
    if layout.single:
        arrays = {
            name: values.astype(np.float32 if values.dtype.kind == "f" else np.int32) for name, values in arrays.items()
        }
    write_arrays(Path(path), arrays, what=layout.what, record={**columns, _VERSION: layout.version})


def read(path: Path | str, layout: FileLayout) -> dict[str, Any]:
    """The fields of a dataclass that ``write`` wrote: floats in double precision, names as tuples.

    Fields that the file's version does not have are left out.

    Raises:
        OSError: It cannot be read.
        ValueError: Another kind of file, one that is damaged or was changed, or of a later version.
    """
    always = {name: wanted for name, wanted in layout.arrays.items() if name not in layout.since}
    later = {name: layout.arrays[name] for name in layout.since}
    stored = read_arrays(Path(path), what=layout.what, layouts=always, optional=later, limit_bytes=_LARGEST)

    def refuse(reason: str) -> ArrayFileError:
        return ArrayFileError(f"{path}: wanted {layout.what}, found {reason}")

    version = stored.record.get(_VERSION, 1)
    if type(version) is not int or not 1 <= version <= layout.version:
        raise refuse(f"one of version {brief(version)}, where the latest that is known is {layout.version}")
    if missing := [name for name, first in layout.since.items() if first <= version and name not in stored.arrays]:
        raise refuse(f"no array {missing[0]}")
    lengths = {
        axis: n
        for name, values in stored.arrays.items()
        for axis, n in zip(layout.arrays[name].shape, values.shape, strict=True)
    }
    read: dict[str, Any] = {
        name: values.astype(np.float64 if values.dtype.kind == "f" else np.int64)
        for name, values in stored.arrays.items()
    }
    for name, axis in layout.names.items():
        names = stored.record.get(name)
        if not isinstance(names, list) or not all(map(is_name, names)):
            raise refuse(f"no list of names as {name}")
        if name in layout.distinct and len(set(names)) < len(names):
            raise refuse(f"one of the {name} twice")
        if len(names) != lengths[axis]:
            raise refuse(f"{len(names)} {name} and arrays for {lengths[axis]}")
        read[name] = tuple(names)
    for name in layout.counts:
        if type(count := stored.record.get(name)) is not int or not 0 <= count <= LARGEST_COUNT:
            raise refuse(f"{brief(count)} as {name}")
        read[name] = count
    return read
