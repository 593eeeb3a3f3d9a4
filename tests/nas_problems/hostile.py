"""Files that a stranger could have written in the place of one of ours: made by tests, never kept."""

import io
import json
import os
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array_file import write_arrays

Spoil = Callable[[Path], object]
"""Puts something else where a good file is."""


def _pickle(path: Path) -> None:
    np.savez(path, record=np.array("{}"), codes=np.array([print], dtype=object))


def _nested(path: Path) -> None:
    np.savez(path, record=np.array("[" * 100_000))


def _long_record(path: Path) -> None:
    np.savez_compressed(path, record=np.array("x" * 10_000_000))


def _bomb(path: Path) -> None:
    """Kilobytes that say they are many gigabytes."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made,
        made.open("codes.npy", "w", force_zip64=True) as file,
    ):
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (2**21,)})
        for _ in range(16):
            file.write(bytes(2**20))
    content = path.read_bytes()
    size = (2**24 + 128).to_bytes(8, "little")
    path.write_bytes(content.replace(size, (2**40).to_bytes(8, "little")))


def _large_header(path: Path) -> None:
    """An array of 8 TiB in a hundred bytes."""
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f8", "fortran_order": False, "shape": (2**40,)})
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("codes.npy", content.getvalue())


def _negative_shape(path: Path) -> None:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f8", "fortran_order": False, "shape": (-1, -8)})
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("codes.npy", content.getvalue() + bytes(64))


def _twice(path: Path) -> None:
    content = path.read_bytes()
    with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(path, "w") as made:
        warnings.simplefilter("ignore", UserWarning)  # which says so
        for entry in read.infolist() * 2:
            made.writestr(entry.filename, read.read(entry))


def _encrypted(path: Path) -> None:
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\x01\x02")
    content[start + 8] |= 1
    path.write_bytes(content)


def _changed(path: Path) -> None:
    """In the data of the first array; a zip has bytes that say nothing."""
    content = bytearray(path.read_bytes())
    start = 30 + int.from_bytes(content[26:28], "little") + int.from_bytes(content[28:30], "little")
    content[start + 5] ^= 1
    path.write_bytes(content)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


FILES: Mapping[str, Spoil] = {
    "nothing": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no arrays"),
    "the beginning of a zip": lambda path: path.write_bytes(b"PK\x03\x04 and no more"),
    "an empty zip": lambda path: zipfile.ZipFile(path, "w").close(),
    "half of it": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "a byte changed": _changed,
    "pickled objects": _pickle,
    "a record nested too deeply": _nested,
    "a record too long": _long_record,
    "a bomb": _bomb,
    "a header larger than its data": _large_header,
    "a negative shape": _negative_shape,
    "every array twice": _twice,
    "encrypted": _encrypted,
    "a folder": _folder,
    "a pipe": _pipe,
}
"""What is refused wherever arrays are read."""


def rewrite(path: Path, what: str, change: Callable[[dict[str, NDArray[Any]], dict[str, Any]], object]) -> None:
    """A forgery: the arrays and the record changed, and the digest made anew."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files if name not in ("record", "digest")}
        record = json.loads(str(stored["record"]))
    change(arrays, record)
    write_arrays(path, arrays, what=what, record=record)
