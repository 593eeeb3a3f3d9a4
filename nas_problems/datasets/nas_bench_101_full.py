"""The whole published file of NAS-Bench-101, as its users have it: converted once to arrays of our own.

``nasbench_full.tfrecord`` (2 GB, three trainings of every cell with 4, 12, 36 and 108 epochs) or
``nasbench_only108.tfrecord``. Nothing of TensorFlow is needed.
"""

import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nas_problems.array_file import read_arrays, write_arrays
from nas_problems.cell.graph101 import EDGES, N_VERTICES, OPERATIONS
from nas_problems.cell.hash101 import hash_of_row, hash_order
from nas_problems.cell.index101 import N_CELLS, cell_index
from nas_problems.datasets.cache import cache_folder
from nas_problems.datasets.model_metrics import Point, read_points
from nas_problems.datasets.tfrecord import DamagedFileError, RecordFile
from nas_problems.datasets.upstream import DataUnavailableError

PUBLISHED = {
    "nasbench_full.tfrecord": "3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c",
    "nasbench_only108.tfrecord": "4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1",
}
"""Published files and their sha256, as the authors' README has them."""

EPOCHS = (4, 12, 36, 108)
N_REPEATS = 3
SPLITS = ("train", "validation", "test")

_WHAT = "the converted file of NAS-Bench-101"
_CHECKED_ONE_BY_ONE = 5_000  # cells whose hashes are computed; of all cells, their order is compared

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FullTable:
    """Three trainings of every cell: (epochs, cells, repeats), each halfway and at its end.

    Args:
        epochs: Those of the file, some of ``EPOCHS``.
        accuracy: In [0, 1], (epochs, cells, repeats, 2, splits); NaN where the file has none.
        seconds: Training time, (epochs, cells, repeats, 2).
    """

    epochs: tuple[int, ...]
    accuracy: Float32Array
    seconds: Float32Array


@dataclass
class _Reader:
    """Fills the arrays record by record."""

    accuracy: Float32Array = field(
        default_factory=lambda: np.full((len(EPOCHS), N_CELLS, N_REPEATS, 2, len(SPLITS)), np.nan, np.float32)
    )
    seconds: Float32Array = field(
        default_factory=lambda: np.full((len(EPOCHS), N_CELLS, N_REPEATS, 2), np.nan, np.float32)
    )
    row_of: dict[str, int] = field(default_factory=dict)
    n_seen: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._find = cell_index().finder()

    def take(self, contents: list[bytes]) -> None:
        """A batch of records."""
        places: list[tuple[int, int, int]] = []
        points: list[list[Point]] = []
        for content in contents:
            module_hash, epochs, bits, labels, metrics = json.loads(content)
            row = self.row_of.get(module_hash)
            if row is None:
                row = self.row_of[module_hash] = self._row(bits, labels)
            if epochs not in EPOCHS:
                raise ValueError(f"wanted epochs of {EPOCHS}, found {epochs}")
            level = EPOCHS.index(epochs)
            key = row * len(EPOCHS) + level
            repeat = self.n_seen.get(key, 0)
            self.n_seen[key] = repeat + 1
            evaluations, _ = read_points(binascii.a2b_base64(metrics))
            if repeat >= N_REPEATS:
                raise ValueError(f"wanted {N_REPEATS} trainings with {epochs} epochs, found more of {module_hash}")
            if len(evaluations) != 3:
                raise ValueError(f"wanted three evaluations of a training, found {len(evaluations)} of {module_hash}")
            places.append((level, row, repeat))
            points.append(evaluations[1:])
        if not places:
            return
        level, row, repeat = np.array(places).T
        values = np.array(points, dtype=np.float32)  # (records, halfway and end, epoch, seconds and splits)
        self.seconds[level, row, repeat] = values[:, :, 1]
        self.accuracy[level, row, repeat] = values[:, :, 2:]

    def _row(self, bits: str, labels: str) -> int:
        """The number of a cell from its matrix, row by row, and its labels."""
        operations = labels.split(",")
        n = len(operations)
        if not 2 <= n <= N_VERTICES or len(bits) != n * n:
            raise ValueError(f"wanted a matrix of at most {N_VERTICES} vertices, found {bits!r}, {labels!r}")
        code = [0] * (len(EDGES) + N_VERTICES - 2)
        for i, (start, end) in enumerate(EDGES):
            if start < n - 1 and end < n - 1:
                code[i] = int(bits[start * n + end])
            elif start < n - 1 and end == N_VERTICES - 1:
                code[i] = int(bits[start * n + n - 1])  # the output is the last of all vertices
        for vertex, operation in enumerate(operations[1:-1]):
            if operation not in OPERATIONS:
                raise ValueError(f"wanted operations of {OPERATIONS}, found {operation!r}")
            code[len(EDGES) + vertex] = OPERATIONS.index(operation)
        row = self._find(code)
        if row < 0:
            raise ValueError(f"wanted a cell, found {bits!r}, {labels!r}")
        return row

    def check_hashes(self) -> None:
        """Compare the hashes of the file with those of its graphs."""
        if len(self.row_of) == N_CELLS:
            wanted = hash_order().tolist()
            agrees = [self.row_of[module_hash] for module_hash in sorted(self.row_of)] == wanted
        else:
            some = list(self.row_of.items())[:: max(1, len(self.row_of) // _CHECKED_ONE_BY_ONE)]
            agrees = all(hash_of_row(row) == module_hash for module_hash, row in some)
        if not agrees:
            raise ValueError("module hashes are not those of the graphs")


def convert(
    path: Path, *, on_batch: Callable[[int], None] = lambda n: None, any_file: bool = False
) -> tuple[int, Path]:
    """Read a file of records and store what it says in the cache.

    Args:
        path: The file.
        on_batch: Called with the number of records read so far.
        any_file: Whether files are taken that are not the published ones, such as parts of them.

    Returns:
        The number of records, and where the arrays are.

    Raises:
        FileNotFoundError: No such file.
        ValueError: A damaged file, or another one than was published; nothing is stored then.
    """
    file, reader, n_records = RecordFile(path), _Reader(), 0
    for contents in file.batches():
        try:
            reader.take(contents)
        except (ValueError, TypeError, IndexError) as error:
            message = f"{path}: records {n_records} ... {n_records + len(contents) - 1}: {error}"
            raise ValueError(message) from error
        n_records += len(contents)
        on_batch(n_records)
    if not n_records:
        raise DamagedFileError(f"{path}: wanted records, found none")
    digest = file.sha256.hexdigest()
    if digest not in PUBLISHED.values() and not any_file:
        known = ", ".join(f"{name} {sha256}" for name, sha256 in PUBLISHED.items())
        raise ValueError(f"{path}: wanted the sha256 of a published file ({known}), found {digest}")
    reader.check_hashes()
    levels = np.flatnonzero([np.isfinite(part).any() for part in reader.accuracy[:, :, 0, 1, 0]])
    arrays = {"accuracy": reader.accuracy[levels], "seconds": reader.seconds[levels]}
    record = {"epochs": [EPOCHS[level] for level in levels], "sha256": digest}
    write_arrays(stored_path(), arrays, what=_WHAT, record=record, compressed=False)
    return n_records, stored_path()


def stored_path() -> Path:
    """Where the converted file is."""
    return cache_folder() / "imported" / "nas-bench-101.npz"


def load() -> FullTable:
    """The converted file.

    Raises:
        DataUnavailableError: There is none; the message says how to make it.
        ArrayFileError: It is damaged.
    """
    try:
        stored = read_arrays(stored_path(), what=_WHAT)
    except FileNotFoundError as error:
        raise DataUnavailableError(
            f"nb101-full: not in {stored_path().parent}; 'iohnas data import nasbench_full.tfrecord' converts the "
            f"published file (2 GB, github.com/google-research/nasbench)"
        ) from error
    epochs = tuple(int(mark) for mark in stored.record["epochs"])
    return FullTable(epochs, stored.arrays["accuracy"], stored.arrays["seconds"])
