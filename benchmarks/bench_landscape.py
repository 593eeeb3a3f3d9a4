"""Local search from all 15,625 cells and the exact footprint of NAS-Bench-201, compared with rivals on the same table.

    python benchmarks/bench_landscape.py [--without-profile]

Rivals: a plain Python loop of best-improvement local search with a dictionary of values (as in naszilla), and
GraphFLA, once with those of its measures that a footprint has, once with all 21 of ``profile()``. Both sides must
agree on what both compute.
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

SHARED = (
    "fitness_distribution",
    "local_optima_ratio",
    "autocorrelation",
    "neutrality",
    "fdc",
    "neighbor_fitness_correlation",
)
"""Those of GraphFLA's measures that a footprint has, too."""


def rows(*, with_profile: bool = True) -> Iterator[Row]:
    """Times; both sides find the same, or this fails.

    Args:
        with_profile: Time all measures of GraphFLA, too, which takes about two minutes.
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

    footprint_seconds, footprint_found = _best_of(3, lambda: footprint(problem, seed=1))
    Z = problem.space.from_index(np.arange(len(y)))
    rivals, note = {}, f"the same {footprint_found.n_optima} optima, FDC and locality"
    try:
        rivals["GraphFLA, measures of the footprint"], theirs = _best_of(3, lambda: _graphfla(Z, y, SHARED))
        assert theirs["n_optima"] == footprint_found.n_optima
        assert (
            footprint_found.fdc is not None and abs(theirs["fdc"] + footprint_found.fdc) < 1e-9
        )  # there fitness is maximised
        assert (
            footprint_found.locality is not None
            and abs(theirs["neighbor_fitness_correlation"] - footprint_found.locality) < 1e-9
        )
        if with_profile:
            rivals["GraphFLA, all measures"], _ = _best_of(1, lambda: _graphfla(Z, y, None))
    except ImportError:
        note = "GraphFLA is not installed: pip install graphfla==0.4.0"
    yield Row("exact footprint of NAS-Bench-201", footprint_seconds, "s", rivals, target=2, note=note)


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


def _graphfla(Z: IntArray, y: FloatArray, metrics: tuple[str, ...] | None) -> dict[str, float]:
    """GraphFLA's measures of a table, from the codes on; None: all of them."""
    from graphfla.analysis import profile
    from graphfla.landscape import Landscape

    X = pd.DataFrame(Z, columns=[f"x{j}" for j in range(Z.shape[1])]).astype(str)
    rival = Landscape(maximize=True)
    rival.build_from_data(X, 100 - y, data_types=dict.fromkeys(X, "categorical"), epsilon=0, n_edit=1, verbose=False)
    profiled = profile(rival, metrics=None if metrics is None else list(metrics), params={"fdc": {"method": "pearson"}})
    return {"n_optima": float(rival.n_lo), **profiled.to_dict()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-profile", action="store_true", help="leave out all of GraphFLA's measures")
    show(rows(with_profile=not parser.parse_args().without_profile))
