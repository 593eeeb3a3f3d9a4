"""Local search from all 15,625 cells and the exact footprint of NAS-Bench-201, beside rivals on the same table.

    python benchmarks/bench_landscape.py [--without-profile]

Rivals: a plain Python loop of best-improvement local search with a dictionary of values (as in naszilla), and
GraphFLA's ``profile()``, which computes other measures as well. Both sides must agree on what both compute.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pandas as pd

import nas_problems
from benchmarks.measure import Row, show
from ela.footprint import footprint
from ela.landscape import best_improvement, neighbour_graph
from nas_problems.array import FloatArray, IntArray

T = TypeVar("T")


def rows(*, with_profile: bool = True) -> Iterator[Row]:
    """Times; both sides find the same optima, or this fails.

    Args:
        with_profile: Time GraphFLA's ``profile()``, too, which takes about two minutes.
    """
    problem = nas_problems.make("nb201-cifar10")
    y = problem.tabulate()
    graph = neighbour_graph(problem.space)

    graph_seconds, _ = _best_of(7, lambda: neighbour_graph(problem.space))
    seconds, search = _best_of(7, lambda: best_improvement(graph, y))
    loop_seconds, optima = _best_of(1, lambda: _loop(graph.neighbours.tolist(), y.tolist()))
    assert np.array_equal(search.optimum, optima)
    yield Row("neighbour graph of NAS-Bench-201", 1e3 * graph_seconds, "ms")
    what, rival = "local search from all 15,625 cells", {"plain loop": 1e3 * loop_seconds}
    note = f"the same {search.n_optima} optima and basins"
    yield Row(what, 1e3 * seconds, "ms", rival, target=50, note=note)

    footprint_seconds, found = _best_of(3, lambda: footprint(problem, seed=1))
    rival, note = {}, ""
    if with_profile:
        profile_seconds = _profile(problem.space.names, problem.space.from_index(np.arange(len(y))), y, found.n_optima)
        if profile_seconds is None:
            note = "GraphFLA is not installed: pip install graphfla==0.4.0"
        else:
            rival, note = {"GraphFLA": profile_seconds}, f"the same {found.n_optima} optima"
    yield Row("exact footprint of NAS-Bench-201", footprint_seconds, "s", rival, target=2, note=note)


def _best_of(n: int, function: Callable[[], T]) -> tuple[float, T]:
    times = []
    for _ in range(n):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return min(times), result


def _loop(neighbours: list[list[int]], y: list[float]) -> IntArray:
    ends = []
    for start in range(len(y)):
        node = start
        while True:
            best = min(neighbours[node], key=y.__getitem__)
            if y[best] >= y[node]:
                break
            node = best
        ends.append(node)
    return np.array(ends)


def _profile(names: tuple[str, ...], Z: IntArray, y: FloatArray, n_optima: int | None) -> float | None:
    """Seconds of GraphFLA; None: it is not installed."""
    try:
        from graphfla.analysis import profile
        from graphfla.landscape import Landscape
    except ImportError:
        return None
    X = pd.DataFrame(Z, columns=list(names)).astype(str)
    start = time.perf_counter()
    rival = Landscape(maximize=True)
    rival.build_from_data(X, 100 - y, data_types=dict.fromkeys(X, "categorical"), epsilon=0, n_edit=1, verbose=False)
    profile(rival)
    seconds = time.perf_counter() - start
    assert rival.n_lo == n_optima
    return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-profile", action="store_true", help="leave out GraphFLA")
    show(rows(with_profile=not parser.parse_args().without_profile))
