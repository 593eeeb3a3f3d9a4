"""NAS-Bench-101's whole file imported: seconds and memory, from files of the same format in two sizes.

The published file has 5,083,488 records in 2 GB and is not here; files of made-up trainings of real cells in the same
wire format are, and time is linear in records: a line through both sizes gives that of the whole file. Each import runs
in a process of its own with an empty cache.

IOHNAS_DATA=... python benchmarks/bench_import.py          # half a minute
IOHNAS_DATA=... python benchmarks/bench_import.py 100000   # one file of so many cells, a quarter of all: minutes
"""

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

from benchmarks.measure import Row, show
from nas_problems.array import IntArray
from nas_problems.cell.graph101 import EDGES, N_VERTICES, OPERATIONS
from nas_problems.cell.hash101 import hash_of_row
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
    _, *found = _imports(SIZES)
    numbers, seconds, memory = zip(*found, strict=True)
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
    found = []
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "IOHNAS_CACHE": str(Path(folder, "cache"))}
        for n_cells in sizes:
            path = Path(folder, f"{n_cells}.tfrecord")
            write(path, n_cells, np.random.default_rng(0))
            call = [sys.executable, "-c", _IMPORT, str(path)]
            done = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
            n, spent, peak = done.stdout.split()
            found.append((int(n), float(spent), float(peak)))
            path.unlink()
    return found


def write(path: Path, n_cells: int, rng: np.random.Generator) -> None:
    """Write twelve made-up trainings of each of some cells, all in the format of the published file."""
    chosen = np.sort(rng.choice(N_CELLS, n_cells, replace=False))
    head_checksum = cache(lambda head: masked(crc32c(head)))
    with path.open("wb") as file:
        for part in np.array_split(chosen, 1 + n_cells // _WRITTEN_AT_ONCE):
            contents = []
            for row, code in zip(part.tolist(), cell_index().codes_of(part), strict=True):
                module_hash, graph = hash_of_row(row), _graph(code)
                for epochs in EPOCHS:
                    for _ in range(N_REPEATS):
                        metrics = base64.b64encode(_metrics(epochs, rng)).decode()
                        contents.append(json.dumps([module_hash, epochs, *graph, metrics]).encode())
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


def _metrics(epochs: int, rng: np.random.Generator) -> bytes:
    """A training's record: three evaluations, and what else the file has."""
    parts = b""
    for epoch in (0.0, epochs / 2, float(epochs)):
        numbers = [epoch, 20.0 * epoch, *rng.random(3)]
        point = b"".join(bytes([(field << 3) | 1]) + struct.pack("<d", value) for field, value in enumerate(numbers, 1))
        point += b"\x32\x04none"
        parts += b"\x0a" + bytes([len(point)]) + point
    return parts + b"\x10\x80\x01" + b"\x19" + struct.pack("<d", 20.0 * epochs)


if __name__ == "__main__":
    show(large(int(sys.argv[1])) if len(sys.argv) > 1 else rows())
