"""20 landscape features of 570 designs of 800 x 23: pflacco, orivex, and our batched path, same numbers.

    python benchmarks/bench_features.py [--compared 20] [--processes 2]

570 designs: 30 parts of 800 of 1000 points on each of f1 ... f19 of BBOB. Ours computes all of them; the
other two engines compute the first ``--compared`` (evenly spread), and the time for 570 is extrapolated from these
(570 takes pflacco a quarter of an hour). Also times the placement of one problem against the cached reference.
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Row, show
from ela.bbob import evaluate_function
from ela.bbob_features import reference
from ela.feature.bootstrap import FeatureTable, Task, compute_tasks
from ela.feature.compute import Engine, features_of
from ela.feature.design import Design
from ela.feature.registry import LEARNING_FROM_NAS
from ela.placement import place
from ela.sampling import unit_design

N_FUNCTIONS, N_PARTS = 19, 30
BOUNDS = np.full(23, -5.0), np.full(23, 5.0)


def rows(*, n_compared: int = 20, n_processes: int = 2) -> Iterator[Row]:
    """Times, and how far the engines' features are apart.

    Args:
        n_compared: Designs that the other engines compute.
        n_processes: Processes of the parallel run.
    """
    rng = np.random.default_rng(1)
    designs, tasks = [], []
    for f in range(N_FUNCTIONS):
        X = 10 * unit_design(1000, 23, rng=rng) - 5
        designs.append(Design(X, evaluate_function(f + 1, 1, X), *BOUNDS))
        tasks += [Task(f, np.sort(rng.choice(1000, 800, replace=False))) for _ in range(N_PARTS)]

    start = time.perf_counter()
    ours = compute_tasks(designs, tasks, LEARNING_FROM_NAS)
    alone_seconds = time.perf_counter() - start
    start = time.perf_counter()
    parallel = compute_tasks(designs, tasks, LEARNING_FROM_NAS, n_processes=n_processes)
    parallel_seconds = time.perf_counter() - start
    apart = max(np.abs(a.vector(list(a)) - b.vector(list(a))).max() for a, b in zip(ours, parallel, strict=True))

    rivals: dict[str, float] = {}
    notes = []
    chosen = np.unique(np.linspace(0, len(tasks) - 1, n_compared).astype(int))
    engines: tuple[Engine, ...] = ("pflacco", "orivex")
    for engine in engines:
        start = time.perf_counter()
        features = []
        for i in chosen:
            design, rows = designs[tasks[i].design], tasks[i].rows
            assert rows is not None
            alone = Design(design.X[rows], design.y[rows], *BOUNDS)  # no shared work
            with threadpool_limits(1):  # as ours: on a busy machine more threads make all of them slower
                features.append(features_of(alone, LEARNING_FROM_NAS, engine=engine))
        rivals[engine] = (time.perf_counter() - start) / len(chosen) * len(tasks)
        a, b = FeatureTable(tuple(features)).values, FeatureTable(tuple(ours[i] for i in chosen)).values
        notes.append(f"{engine} differs by at most {np.max(np.abs(a - b) / np.maximum(np.abs(b), 1)):.1e} of a value")
    note = f"rivals from {len(chosen)} designs; {', '.join(notes)}"
    what = "20 features of 570 designs of 800 x 23"
    yield Row(f"{what}, one process", alone_seconds, "s", rivals, target_ratio=15, note=note)
    note = f"differs from one process by at most {apart:g}"
    yield Row(f"{what}, {n_processes} processes", parallel_seconds, "s", rivals, target_ratio=15, note=note)

    known = reference(23)
    whole = features_of(designs[0], LEARNING_FROM_NAS)  # 1000 points, as the reference has
    start = time.perf_counter()
    placed = place(whole, known)
    seconds = time.perf_counter() - start
    yield Row("placement among the cached reference", seconds, "s", note=f"f1 is nearest to f{placed.nearest[0]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compared", type=int, default=20, help="designs that the other engines compute")
    parser.add_argument("--processes", type=int, default=2, help="processes of the parallel run")
    arguments = parser.parse_args()
    show(rows(n_compared=arguments.compared, n_processes=arguments.processes))
