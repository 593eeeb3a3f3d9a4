"""The npz files of iohnas: arrays by name with a record in JSON, read as if a stranger had written them.

A file may come from a colleague, a shared disk or a download. Before anything is expanded, its sizes are
compared with a bound; then types, shapes and values with what is wanted; then everything with the digest
that the file was written with. Nothing is unpickled. A digest shows damage and mix-ups, not forgery: what
a forged file can do is bounded by the other checks.
"""

import hashlib
import io
import json
import math
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.atomic import replacing
from nas_problems.checked import LARGEST_INT

Arrays = Mapping[str, NDArray[Any]]

LARGEST = 2**33
"""Bytes that the arrays of a file may have together, unless more or fewer are wanted."""

_RECORD, _DIGEST = "record", "digest"
_TEXT_BYTES = 2**24  # of a record
_HEAD_BYTES = 4096  # of an array before its data
_PIECE_BYTES = 2**18


@dataclass(frozen=True, slots=True)
class Layout:
    """What an array must be.

    Args:
        kinds: Kinds of numpy types: ``i`` and ``u`` integers, ``f`` floats, ``b`` truth values, ``U`` text.
        shape: A length, or a name for lengths that must be equal everywhere in the file, for each axis.
        low: Smallest possible value.
        high: Largest possible value.
        finite: Whether no value may be infinite or NaN; without it, infinite ones are held to the range, too.
        increasing: Whether each value is larger than the one before it, of a vector.
    """

    kinds: str
    shape: tuple[int | str, ...]
    low: float = -math.inf
    high: float = math.inf
    finite: bool = True
    increasing: bool = False


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """What a file holds.

    Args:
        arrays: Name -> array.
        record: Further facts, such as where the arrays come from; may be empty.
    """

    arrays: dict[str, NDArray[Any]]
    record: Mapping[str, Any]  # what json can hold


class ArrayFileError(ValueError):
    """A file that is not what was wanted; the message names it."""


def digest_of(arrays: Arrays, *, salt: str = "") -> str:
    """sha256 over names, types, shapes and values; equal for equal arrays on every machine."""
    digest = hashlib.sha256(salt.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(array.view(np.uint8).data if array.size and array.ndim else array.tobytes())
    return digest.hexdigest()


def write_arrays(
    path: Path, arrays: Arrays, *, what: str, record: Mapping[str, Any] | None = None, compressed: bool = True
) -> None:
    """Write a file that appears complete, or stays as it was.

    Args:
        path: The file; its folder is made if need be.
        arrays: Name -> array.
        what: What it is, such as ``a table of iohnas``; a file is read back as nothing else.
        record: Further facts to store.
        compressed: Whether to make it small.

    Raises:
        OSError: The disk is full, or the file cannot be written.
        ValueError: An array of objects.
    """
    for name, array in arrays.items():
        if array.dtype.hasobject:  # numpy 2.1 has no way to ask that nothing is pickled
            raise ValueError(f"{name}: wanted an array of numbers or text, found one of objects")
    text = json.dumps({} if record is None else record, sort_keys=True)
    digest = np.array(digest_of(arrays, salt=f"{what}\n{text}"))
    content: dict[str, Any] = {**arrays, _RECORD: np.array(text), _DIGEST: digest}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial, partial.open("wb") as file:
        save = np.savez_compressed if compressed else np.savez
        save(file, **content)


def read_arrays(
    path: Path,
    *,
    what: str,
    layouts: Mapping[str, Layout] | None = None,
    optional: Mapping[str, Layout] | None = None,
    limit_bytes: int = LARGEST,
    accepts_without_digest: Callable[[Mapping[str, Any]], bool] = lambda record: False,
    content: str | None = None,
) -> ArrayFile:
    """Read a file that ``write_arrays`` wrote.

    Args:
        path: The file.
        what: What it is said to be.
        layouts: What its arrays must be; None: any arrays without pickles.
        optional: What arrays must be that may also be there.
        limit_bytes: What the arrays may have together.
        accepts_without_digest: Whether a file with this record, written before there were digests, is read.
        content: What ``digest_of`` must say of the arrays, compared in place of the digest in the file.

    Raises:
        FileNotFoundError: No such file.
        ArrayFileError: Another file, one that is damaged, too large, or has other arrays; or no file at all.
    """
    try:
        return _read(path, what, layouts, optional or {}, limit_bytes, accepts_without_digest, content)
    except FileNotFoundError:
        raise
    except ArrayFileError as error:
        raise ArrayFileError(f"{path}: wanted {what}, found {error}") from None
    except Exception as error:  # zipfile and numpy have a dozen ways to say so
        reason = " ".join(str(error).split())[:200]
        raise ArrayFileError(f"{path}: wanted {what}, found {type(error).__name__}: {reason}") from error


def _read(
    path: Path,
    what: str,
    layouts: Mapping[str, Layout] | None,
    optional: Mapping[str, Layout],
    limit_bytes: int,
    accepts_without_digest: Callable[[Mapping[str, Any]], bool],
    content: str | None,
) -> ArrayFile:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ArrayFileError("something that is not a file")
    with path.open("rb") as file, zipfile.ZipFile(file) as stored:
        entries = {entry.filename.removesuffix(".npy"): entry for entry in stored.infolist()}
        if len(entries) != len(stored.infolist()):
            raise ArrayFileError("two arrays of one name")
        total = sum(entry.file_size for entry in entries.values())
        if total > limit_bytes:
            raise ArrayFileError(f"{total} bytes of arrays, more than {limit_bytes}")
        text = _text(stored, entries, _RECORD) or "{}"
        record = json.loads(text)
        if not isinstance(record, dict):
            raise ArrayFileError("a record that is not an object")
        if layouts is not None:
            layouts = {**layouts, **{name: layout for name, layout in optional.items() if name in entries}}
        names = [name for name in entries if name not in (_RECORD, _DIGEST)] if layouts is None else list(layouts)
        if missing := [name for name in names if name not in entries]:
            raise ArrayFileError(f"no array {missing[0]}")
        arrays = {name: _array(stored, entries[name], None if layouts is None else layouts[name]) for name in names}
        wanted = _text(stored, entries, _DIGEST)
    if layouts is not None:
        check_layouts(arrays, layouts)
    if wanted is None and not accepts_without_digest(record):
        raise ArrayFileError("a file without a digest")
    if content is not None:
        if digest_of(arrays) != content:
            raise ArrayFileError("other arrays: their digest differs")
    elif wanted is not None and wanted != digest_of(arrays, salt=f"{what}\n{text}"):
        raise ArrayFileError("a file that is damaged, or was changed: its digest differs")
    return ArrayFile(arrays, record)


def _text(stored: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str) -> str | None:
    if name not in entries:
        return None
    if entries[name].file_size > _TEXT_BYTES:
        raise ArrayFileError(f"{name} of {entries[name].file_size} bytes")
    return str(_array(stored, entries[name], Layout("U", ())))


def _array(stored: zipfile.ZipFile, entry: zipfile.ZipInfo, layout: Layout | None) -> NDArray[Any]:
    """One array; its size is compared with that of its data before any memory is taken for it."""
    name = entry.filename.removesuffix(".npy")
    with stored.open(entry) as file:
        content = io.BytesIO(file.read(_HEAD_BYTES))
        version = np.lib.format.read_magic(content)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            raise ArrayFileError(f"{name} in the version {version}")
        shape, is_fortran, dtype = read_header(content)
        if dtype.kind not in ("iufbU" if layout is None else layout.kinds) or dtype.hasobject:
            raise ArrayFileError(f"{name} of {dtype}")
        n_bytes = math.prod(shape) * dtype.itemsize
        if n_bytes != entry.file_size - content.tell():
            raise ArrayFileError(f"{name} of shape {shape} in {entry.file_size} bytes")
        data = bytearray(n_bytes)
        piece, place = content.read(), 0
        while piece:  # in pieces that stay in the processor's cache; the last read checks the sum over all bytes
            if place + len(piece) > n_bytes:
                raise ArrayFileError(f"{name} with more than {n_bytes} bytes")
            data[place : place + len(piece)] = piece
            place, piece = place + len(piece), file.read(_PIECE_BYTES)
        if place < n_bytes:
            raise ArrayFileError(f"{name} that ends early")
    array = np.frombuffer(data, dtype=dtype) if data else np.empty(0, dtype=dtype)
    array = array.reshape(shape, order="F" if is_fortran else "C")
    return array.astype(dtype.newbyteorder("="), copy=False)


def check_layouts(arrays: Arrays, layouts: Mapping[str, Layout]) -> None:
    """Compare shapes and values with what is wanted.

    Raises:
        ArrayFileError: The first array that is something else.
    """
    lengths: dict[str, int] = {}
    for name, layout in layouts.items():
        array = arrays[name]
        wanted = tuple(axis if isinstance(axis, int) else lengths.get(axis, -1) for axis in layout.shape)
        if array.ndim != len(wanted) or any(n not in (-1, m) for n, m in zip(wanted, array.shape, strict=True)):
            shown = ", ".join(map(str, layout.shape))
            raise ArrayFileError(f"{name} of shape {array.shape} where ({shown}) has {lengths}")
        lengths |= {axis: n for axis, n in zip(layout.shape, array.shape, strict=True) if isinstance(axis, str)}
        if array.dtype.kind not in "iuf" or not array.size:
            continue
        if layout.finite and not np.isfinite(array).all():
            raise ArrayFileError(f"{name} with values that are not finite")
        known = array[~np.isnan(array)] if array.dtype.kind == "f" else array
        high = layout.high if array.dtype.kind == "f" else min(layout.high, LARGEST_INT)
        if known.size and not (layout.low <= known.min() and known.max() <= high):
            raise ArrayFileError(f"{name} with values in {known.min()} ... {known.max()}")
        if layout.increasing and not (array[1:] > array[:-1]).all():
            raise ArrayFileError(f"{name} with values that do not increase")
