"""NAS-Bench-101: query, load and exact landscape, next to what its users do: prune, hash, look up, from a pickle.

The official API needs TensorFlow 1 and a file of 2 GB. Its query prunes a matrix, computes the module hash and looks
that up in a dictionary; the rival here does the same with our own hash, on the same values.

IOHNAS_DATA=... python benchmarks/bench_nb101.py
"""

import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

import nas_problems
from benchmarks.measure import Row, alternate, show
from ela.landscape import Landscape
from nas_problems.array import IntArray
from nas_problems.cell.graph101 import graph_of_code
from nas_problems.cell.hash101 import hash_of_row, module_hash
from nas_problems.datasets.nas_bench_101 import ACCURACIES
from nas_problems.datasets.upstream import DataUnavailableError

N_SCALAR, N_BATCH, N_STARTS, REPETITIONS = 300, 100_000, 30, 5

_OURS = """
import time
import nas_problems
nas_problems.names()
start = time.process_time()
value = nas_problems.make("nb101-cifar10")([[1] + 9 * [0] + 11 * [1] + 5 * [0]])
print(time.process_time() - start)
"""
_THEIRS = """
import pickle, sys, time
start = time.process_time()
with open(sys.argv[1], "rb") as file:
    table = pickle.load(file)
print(time.process_time() - start)
"""


def rows() -> Iterator[Row]:
    """Times; both sides agree, or this fails."""
    try:
        problem = nas_problems.make("nb101-cifar10")
    except DataUnavailableError as error:
        print(error)
        return
    Z = problem.space.sample(N_BATCH, np.random.default_rng(1))
    few = Z[:N_SCALAR]
    known = {hash_of_row(int(row)): y for row, y in zip(problem.space.rows_of(few), problem(few), strict=True)}
    value = problem.scalar()
    assert [value(z) for z in few.tolist()] == _by_hash(few, known) == problem(few).tolist()
    seconds = alternate(
        {
            "one": partial(_each, value, few.tolist()),
            "hash": partial(_by_hash, few, known),
            "batch": partial(problem, Z),
        }
    )
    theirs = seconds["hash"] / N_SCALAR
    rival = {"prune, hash, dictionary": 1e6 * theirs}
    yield Row("nb101-cifar10, one query", 1e6 * seconds["one"] / N_SCALAR, "us", rival, target=1.5)
    rival = {"prune, hash, dictionary, one by one": 1e9 * theirs}
    yield Row("nb101-cifar10, per query of a batch", 1e9 * seconds["batch"] / N_BATCH, "ns", rival, target=100)
    yield from _loads(problem)
    yield from _landscape(problem)


def _each(query: object, candidates: list[list[int]]) -> None:
    assert callable(query)
    for candidate in candidates:
        query(candidate)


def _by_hash(Z: IntArray, known: dict[str, float]) -> list[float]:
    return [known[module_hash(graph_of_code(z))] for z in Z]


def _loads(problem: nas_problems.Problem) -> Iterator[Row]:
    """From a process that has imported everything to the first value: with an empty cache and the downloaded file, and
    from the cache; a pickled dictionary on the other side.
    """
    y = problem.tabulate().tolist()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "nb101.pickle")
        path.write_bytes(pickle.dumps({f"{row:032x}": {108: [{"final_test_accuracy": v}]} for row, v in enumerate(y)}))
        given = {**os.environ, "IOHNAS_DATA": str(Path(folder, "data"))}
        place = Path(given["IOHNAS_DATA"], ACCURACIES.name)
        place.parent.mkdir(parents=True)
        place.write_bytes(ACCURACIES.read())
        measured: dict[str, list[float]] = {"first": [], "ours": [], "theirs": []}
        for repetition in range(REPETITIONS):
            cache = {**given, "IOHNAS_CACHE": str(Path(folder, f"cache-{repetition}"))}
            for side, words in (("first", [_OURS]), ("ours", [_OURS]), ("theirs", [_THEIRS, str(path)])):
                call = [sys.executable, "-c", *words]
                done = subprocess.run(call, capture_output=True, text=True, check=True, env=cache)
                measured[side].append(float(done.stdout))
    first, ours, theirs = (statistics.median(seconds) for seconds in measured.values())
    rival = {"pickled dictionary of one number per cell": theirs}
    yield Row("nb101-cifar10 from the downloaded file, first value", first, "s", rival, target=2)
    rival = {"pickled dictionary of one number per cell": 1e3 * theirs}
    yield Row("nb101-cifar10 from the cache, first value", 1e3 * ours, "ms", rival, target=100)


def _landscape(problem: nas_problems.Problem) -> Iterator[Row]:
    start = time.process_time()
    landscape = Landscape.enumerate(problem)
    degrees = landscape.graph.degree
    built = time.process_time()
    search = landscape.local_search
    searched = time.process_time()
    note = f"{degrees.sum():,} neighbour pairs, {search.n_optima:,} local optima"
    yield Row("nb101-cifar10, all cells and the graph of edits", built - start, "s", target=60, note=note)
    rows = np.random.default_rng(2).choice(len(landscape), N_STARTS, replace=False)
    from_codes = time.process_time()
    for z in landscape.Z[rows]:
        _climb(problem, z)
    loop = (time.process_time() - from_codes) / N_STARTS * len(landscape)
    rival = {f"by queries, {N_STARTS} starts scaled up": loop}
    yield Row("nb101-cifar10, local search from all cells", searched - built, "s", rival, target=10)


def _climb(problem: nas_problems.Problem, z: IntArray) -> float:
    """Best improvement by looking at all codes one step away, as a solver does."""
    y = float(problem(z[None])[0])
    while True:
        around = problem.space.neighbours(z)
        values = problem(around)
        if values.min() >= y:
            return y
        z, y = around[int(values.argmin())], float(values.min())


if __name__ == "__main__":
    show(rows())
