"""NAS-Bench-101's whole file imported: seconds and memory.

The published file has 5,083,488 records in 2 GB and is not here; a file of made-up trainings of the real cells in the
same wire format is made in a temporary folder. By default there are two small ones: time is linear in records, and a
line through both sizes gives that of the whole file. Each import runs in a process of its own with an empty cache, and
what it stored is compared with what was written.

python benchmarks/bench_import.py                  # half a minute
python benchmarks/bench_import.py --cells 423624   # one file of all cells: five minutes, 2.5 GB of disk
"""

import argparse
import base64
import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Row, show
from nas_problems.array import FloatArray, IntArray
from nas_problems.cell.graph101 import EDGES, N_VERTICES, OPERATIONS
from nas_problems.cell.hash101 import hash_of_row, hash_order
from nas_problems.cell.index101 import N_CELLS, cell_index
from nas_problems.datasets.nas_bench_101_full import EPOCHS, N_REPEATS
from nas_problems.datasets.tfrecord import crc32c, crc32c_of_all, masked

N_RECORDS = N_CELLS * len(EPOCHS) * N_REPEATS
SIZES = (50, 1_000, 4_000)
"""Cells of the made-up files; each has twelve trainings. The first fills the cache and does not count."""

_WRITTEN_AT_ONCE = 500  # cells

_IMPORT = """
import resource, sys, time
from pathlib import Path
from nas_problems.datasets.nas_bench_101_full import convert
start = time.process_time()
n, _ = convert(Path(sys.argv[1]), any_file=True)
print(n, time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def rows() -> Iterator[Row]:
    """Time and memory of an import of the whole file."""
    _, *measured = _imports(SIZES)
    numbers, seconds, memory = zip(*measured, strict=True)
    slope = (seconds[1] - seconds[0]) / (numbers[1] - numbers[0])
    whole = seconds[0] + slope * (N_RECORDS - numbers[0])
    growth = (memory[1] - memory[0]) / (numbers[1] - numbers[0])
    held = memory[0] + growth * (N_RECORDS - numbers[0])
    note = f"{1e6 * slope:.1f} us per record, a line through {numbers[0]:,} and {numbers[1]:,} records"
    yield Row("import of all 5,083,488 records", whole, "s", target=300, note=note)
    yield Row("import of all 5,083,488 records, memory", held / 2**20, "MB", target=1024)


def large(n_cells: int) -> Iterator[Row]:
    """Time and memory of an import of one large file, without any scaling."""
    _, (n, seconds, memory) = _imports((SIZES[0], n_cells))
    yield Row(f"import of a file of {n:,} records", seconds, "s", target=300)
    yield Row(f"import of a file of {n:,} records, memory", memory / 2**20, "MB", target=1024)


def _imports(sizes: Sequence[int]) -> list[tuple[int, float, float]]:
    """Records, seconds and bytes of imports of files of so many cells, one after the other."""
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder, "cache")
        environment = {**os.environ, "IOHNAS_CACHE": str(stored)}
        for n_cells in sizes:
            path = Path(folder, f"{n_cells}.tfrecord")
            rows = np.sort(np.random.default_rng(0).choice(N_CELLS, n_cells, replace=False))
            write(path, rows)
            call = [sys.executable, "-c", _IMPORT, str(path)]
            done = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
            n, spent, peak = done.stdout.split()
            measured.append((int(n), float(spent), float(peak)))
            path.unlink()
            _check(stored / "imported" / "nas-bench-101.npz", rows)
    return measured


def write(path: Path, rows: IntArray) -> None:
    """Write twelve made-up trainings of each of some cells, all in the format of the published file.

    Args:
        path: The file.
        rows: Numbers of the cells.
    """
    head_checksum = cache(lambda head: masked(crc32c(head)))
    places = np.argsort(hash_order())
    with path.open("wb") as file:
        for part in np.array_split(rows, 1 + len(rows) // _WRITTEN_AT_ONCE):
            contents = []
            metrics = base64.b64encode(_messages(part).tobytes())
            width = len(metrics) // (len(part) * len(EPOCHS) * N_REPEATS)
            start = 0
            for row, code in zip(part.tolist(), cell_index().codes_of(part), strict=True):
                # Hashes of all cells take two minutes: their places in the order of the real ones have the same order.
                module_hash = hash_of_row(row) if len(rows) < N_CELLS else f"{places[row]:032x}"
                graph = ", ".join(map(json.dumps, _graph(code)))
                for epochs in EPOCHS:
                    head = f'["{module_hash}", {epochs}, {graph}, "'.encode()
                    for _ in range(N_REPEATS):
                        lines = [metrics[i : min(i + 76, start + width)] for i in range(start, start + width, 76)]
                        contents.append(head + b"\\n".join(lines) + b'\\n"]')
                        start += width
            for content, crc in zip(contents, crc32c_of_all(contents).tolist(), strict=True):
                length = len(content).to_bytes(8, "little")
                file.write(length + head_checksum(length).to_bytes(4, "little"))
                file.write(content + masked(crc).to_bytes(4, "little"))


def _graph(code: IntArray) -> tuple[str, str]:
    """Matrix and labels as in the file, unused vertices included."""
    bits = np.zeros((N_VERTICES, N_VERTICES), dtype=int)
    for i, edge in enumerate(EDGES):
        bits[edge] = code[i]
    labels = [OPERATIONS[number] for number in code[len(EDGES) :]]
    return "".join(map(str, bits.ravel())), ",".join(["input", *labels, "output"])


def _accuracies(rows: IntArray) -> FloatArray:
    """Made-up accuracies of cells, (cells, epochs, repeats, 3 evaluations, 3 splits): no two of a cell are equal."""
    within = np.arange(len(EPOCHS) * N_REPEATS * 9).reshape(len(EPOCHS), N_REPEATS, 3, 3)
    return (rows[:, None, None, None, None] % 9984 + within / 128) / 10_000


def _messages(rows: IntArray) -> NDArray[np.uint8]:
    """The messages of twelve trainings of each cell, (cells, epochs, repeats, bytes).

    One training's message is the template; its numbers are written over.
    """
    place, template = [], b""
    for _ in range(3):  # evaluations
        point = b"".join(bytes([(field << 3) | 1]) + bytes(8) for field in range(1, 6))
        template += b"\x0a" + bytes([len(point)])
        place.append([len(template) + 9 * field + 1 for field in range(5)])
        template += point
    template += b"\x10\x8a\x98\x8a\x84\x00"  # parameters, in one byte more than needed: thirds are encoded side by side
    template += b"\x19" + struct.pack("<d", 415.7)  # seconds
    assert len(template) % 3 == 0
    messages = np.tile(np.frombuffer(template, dtype=np.uint8), (len(rows), len(EPOCHS), N_REPEATS, 1))
    accuracies = _accuracies(rows)
    for evaluation in range(3):
        epochs = np.array(EPOCHS)[None, :, None] * evaluation / 2
        numbers = [epochs, 20 * epochs, *np.moveaxis(accuracies[:, :, :, evaluation], -1, 0)]
        for start, number in zip(place[evaluation], numbers, strict=True):
            values = np.broadcast_to(number, messages.shape[:3]).astype("<f8")[..., None]
            messages[..., start : start + 8] = np.ascontiguousarray(values).view(np.uint8)
    return messages


def _check(path: Path, rows: IntArray) -> None:
    """Compare what an import stored with what was written."""
    with np.load(path) as stored:
        accuracy, seconds = (stored[name][:, rows] for name in ("accuracy", "seconds"))
    assert np.array_equal(accuracy, np.moveaxis(_accuracies(rows)[:, :, :, 1:], 0, 1).astype(np.float32))
    assert (seconds == 20 * np.array(EPOCHS)[:, None, None, None] * [0.5, 1.0]).all()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cells", type=int, help="of a larger file; default: the usual rows")
    n_cells = parser.parse_args().cells
    show(rows() if n_cells is None else large(n_cells))
