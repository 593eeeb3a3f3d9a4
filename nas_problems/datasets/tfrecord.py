"""Files of TFRecords, read as a stream without TensorFlow: every length and every content is checked.

A record is its length (8 bytes), a checksum of the length, the content, and a checksum of the content; checksums are
masked CRC-32C. Those of contents are computed for thousands of records at once.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

_BATCH = 4096  # records checked at once
_MASK = 0xFFFFFFFF
_LONGEST = 1 << 20  # bytes of a record: more is taken for damage


class DamagedFileError(ValueError):
    """A file that ends within a record, or a record that differs from its checksum."""


def _make_table() -> NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1).astype(np.uint32)
    return table


_TABLE = _make_table()
_LISTED = _TABLE.tolist()


def crc32c(content: bytes) -> int:
    """CRC-32C (Castagnoli) of one string of bytes.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    checksum = _MASK
    for byte in content:
        checksum = _LISTED[(checksum ^ byte) & 0xFF] ^ (checksum >> 8)
    return checksum ^ _MASK


def crc32c_of_all(contents: Sequence[bytes]) -> NDArray[np.uint32]:
    """CRC-32C of each of many strings of bytes, byte by byte of all of them, (n,)."""
    lengths = np.array([len(content) for content in contents])
    order = np.argsort(-lengths, kind="stable")
    columns = np.zeros((int(lengths.max(initial=0)), len(contents)), dtype=np.uint8)
    for place, row in enumerate(order.tolist()):
        columns[: lengths[row], place] = np.frombuffer(contents[row], dtype=np.uint8)
    n_left = np.searchsorted(-lengths[order], -np.arange(len(columns)))  # as many are longer than each position
    state = np.full(len(contents), _MASK, dtype=np.uint32)
    for n, column in zip(n_left.tolist(), columns, strict=True):
        active = state[:n]
        state[:n] = _TABLE[(active ^ column[:n]) & 0xFF] ^ (active >> 8)
    checksums = np.empty_like(state)
    checksums[order] = state ^ np.uint32(_MASK)
    return checksums


@lru_cache(maxsize=4096)
def _length_checksum(head: bytes) -> int:
    return masked(crc32c(head))


def masked(crc: int) -> int:
    """A checksum as it is stored."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & _MASK


def looks_like_records(path: Path) -> bool:
    """Whether a path is a file that begins with a record's length and its checksum, or is named as one of records."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(12)
    begins = len(head) == 12 and _length_checksum(head[:8]) == int.from_bytes(head[8:], "little")
    return begins or path.suffix == ".tfrecord"  # a damaged file is told what is wrong with it


class RecordFile:
    """A file that is read once.

    Args:
        path: The file.

    Attributes:
        sha256: Digest of what was read so far.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sha256 = hashlib.sha256()

    def batches(self) -> Iterator[list[bytes]]:
        """The contents of all records, checked, in batches.

        Raises:
            FileNotFoundError: No such file.
            DamagedFileError: The file ends within a record, or a record differs from its checksum.
        """
        with self.path.open("rb") as file:
            n_read = 0
            while True:
                contents: list[bytes] = []
                stored: list[int] = []
                while len(contents) < _BATCH and (record := self._next(file, n_read + len(contents))) is not None:
                    contents.append(record[0])
                    stored.append(record[1])
                if not contents:
                    return
                checksums = crc32c_of_all(contents).astype(np.int64)
                differs = ((((checksums >> 15) | (checksums << 17)) + 0xA282EAD8) & _MASK) != stored
                if differs.any():
                    place = n_read + int(np.argmax(differs))
                    raise DamagedFileError(f"{self.path}: record {place} differs from its checksum")
                n_read += len(contents)
                yield contents

    def _next(self, file: BinaryIO, number: int) -> tuple[bytes, int] | None:
        head = file.read(12)
        if not head:
            return None
        length = int.from_bytes(head[:8], "little")
        if len(head) < 12:
            raise DamagedFileError(f"{self.path}: ends within record {number}")
        if _length_checksum(head[:8]) != int.from_bytes(head[8:], "little") or length > _LONGEST:
            raise DamagedFileError(f"{self.path}: the length of record {number} differs from its checksum")
        rest = file.read(length + 4)
        if len(rest) < length + 4:
            raise DamagedFileError(f"{self.path}: ends within record {number}")
        self.sha256.update(head)
        self.sha256.update(rest)
        return rest[:length], int.from_bytes(rest[length:], "little")


def write_records(path: Path, contents: Sequence[bytes]) -> None:
    """Write a file of records, for tests and small data sets."""
    with path.open("wb") as file:
        for content in contents:
            length = len(content).to_bytes(8, "little")
            file.write(length + masked(crc32c(length)).to_bytes(4, "little"))
            file.write(content + masked(crc32c(content)).to_bytes(4, "little"))
