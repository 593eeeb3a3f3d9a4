"""20 landscape features of 570 designs of 800 x 23: pflacco, orivex, and our batched path, same numbers.

    python benchmarks/ela_features.py [--compared 20] [--processes 2]

570 designs: 30 parts of 800 of 1000 points on each of f1 ... f19 of BBOB. Ours computes all of them; the
other two engines compute the first ``--compared`` (evenly spread), and the time for 570 is extrapolated from these
(570 takes pflacco a quarter of an hour). Also times the placement of one problem against the cached reference.
"""

import argparse
import time

import numpy as np

from ela.bbob import evaluate_function, reference
from ela.feature.bootstrap import FeatureTable, Task, compute_tasks
from ela.feature.compute import Engine, features_of
from ela.feature.design import Design
from ela.feature.registry import LEARNING_FROM_NAS
from ela.placement import place
from ela.sampling import unit_design

N_FUNCTIONS, N_PARTS = 19, 30
BOUNDS = np.full(23, -5.0), np.full(23, 5.0)


def main() -> None:
    """Print times and agreement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compared", type=int, default=20, help="designs that the other engines compute")
    parser.add_argument("--processes", type=int, default=2, help="processes of the parallel run")
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    designs, tasks = [], []
    for f in range(N_FUNCTIONS):
        X = 10 * unit_design(1000, 23, rng=rng) - 5
        designs.append(Design(X, evaluate_function(f + 1, 1, X), *BOUNDS))
        tasks += [Task(f, np.sort(rng.choice(1000, 800, replace=False))) for _ in range(N_PARTS)]

    seconds = {}
    start = time.perf_counter()
    ours = compute_tasks(designs, tasks, LEARNING_FROM_NAS)
    seconds["ours, one process"] = time.perf_counter() - start
    start = time.perf_counter()
    parallel = compute_tasks(designs, tasks, LEARNING_FROM_NAS, n_processes=arguments.processes)
    seconds[f"ours, {arguments.processes} processes"] = time.perf_counter() - start
    apart = max(np.abs(a.vector(list(a)) - b.vector(list(a))).max() for a, b in zip(ours, parallel, strict=True))
    print(f"largest difference between one and {arguments.processes} processes: {apart:g}")

    chosen = np.unique(np.linspace(0, len(tasks) - 1, arguments.compared).astype(int))
    engines: tuple[Engine, ...] = ("orivex", "pflacco")
    for engine in engines:
        start = time.perf_counter()
        found = []
        for i in chosen:
            design, rows = designs[tasks[i].design], tasks[i].rows
            assert rows is not None
            alone = Design(design.X[rows], design.y[rows], *BOUNDS)  # no shared work
            found.append(features_of(alone, LEARNING_FROM_NAS, engine=engine))
        seconds[engine] = (time.perf_counter() - start) / len(chosen) * len(tasks)
        a, b = FeatureTable(tuple(found)).values, FeatureTable(tuple(ours[i] for i in chosen)).values
        print(f"{engine}: largest relative difference to ours {np.max(np.abs(a - b) / np.maximum(np.abs(b), 1)):.1e}")
    slowest = seconds["pflacco"]
    print(f"{'570 designs of 800 x 23, 20 features':40} {'seconds':>9} {'times pflacco':>14}")
    for name, value in seconds.items():
        note = f" ({len(chosen)} measured)" if name in engines else ""
        print(f"{name + note:40} {value:9.1f} {slowest / value:14.1f}")

    known = reference(23)
    table = FeatureTable(tuple(ours[:N_PARTS]))
    start = time.perf_counter()
    placed = place(table, known)
    print(
        f"placement of one problem against the cached reference: {time.perf_counter() - start:.3f} s "
        f"(nearest f{placed.nearest[0]})"
    )


if __name__ == "__main__":
    main()
