"""Agreement with GraphFLA on one and the same table, up to stated differences.

GraphFLA maximises, stores no edge between neighbours of equal fitness (so that ties are missing from its
walks) and counts a plateau as one optimum; its neutrality counts ``<=`` where ours counts ``<``; and its
lag-1 sum has one term less than its variance, which shrinks the autocorrelation by ``1 - 1/length``.
"""

import math
from functools import cache

import numpy as np
import pandas as pd
import pytest

import nas_problems
from ela.landscape import Landscape, exact_autocorrelation, fitness_distance_correlation, locality, neutrality
from ela.landscape.graph import NeighbourGraph, neighbour_graph

graphfla = pytest.importorskip("graphfla", reason="GraphFLA is a development dependency")
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")  # pandas warns about GraphFLA's own calls


@cache
def _both() -> tuple[Landscape, object]:
    from graphfla.landscape import Landscape as Rival

    ours = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
    X = pd.DataFrame(ours.Z, columns=list(ours.space.names)).astype(str)
    rival = Rival(maximize=True)
    rival.build_from_data(
        X, 100 - ours.y, data_types=dict.fromkeys(X, "categorical"), epsilon=0, n_edit=1, verbose=False
    )
    return ours, rival


def test_number_of_optima() -> None:
    ours, rival = _both()
    assert ours.local_search.n_optima == rival.n_lo == 13  # type: ignore[attr-defined]  # untyped library


def test_fitness_distance_correlation() -> None:
    from graphfla.analysis import fdc

    ours, rival = _both()
    assert fitness_distance_correlation(ours) == pytest.approx(-fdc(rival, method="pearson"), abs=1e-12)


def test_neutrality() -> None:
    from graphfla.analysis import neutrality as their_neutrality

    ours, rival = _both()
    here = neutrality(ours.graph, ours.y, tolerance=math.nextafter(0.01, 1))
    assert their_neutrality(rival, threshold=0.01) == pytest.approx(here, abs=1e-9)


def test_fitness_of_neighbours() -> None:
    from graphfla.analysis import neighbor_fitness_correlation

    ours, rival = _both()
    assert locality(ours.graph, ours.y).correlation == pytest.approx(neighbor_fitness_correlation(rival), abs=1e-9)


def test_autocorrelation_without_ties() -> None:
    from graphfla.analysis import autocorrelation

    ours, rival = _both()
    length = 100
    theirs = np.array([autocorrelation(rival, walk_length=length, walk_times=300, seed=seed) for seed in range(4)])
    exact = exact_autocorrelation(_without_ties(ours), ours.y)
    error = theirs.std(ddof=1) / math.sqrt(len(theirs))
    assert theirs.mean() / (1 - 1 / length) == pytest.approx(exact, abs=max(4 * error, 0.01))
    assert exact < exact_autocorrelation(ours.graph, ours.y)  # equal neighbours are as correlated as can be


def _without_ties(landscape: Landscape) -> NeighbourGraph:
    graph = neighbour_graph(landscape.space)
    tied = landscape.y[graph.neighbours] == landscape.y[:, None]
    order = np.argsort(tied, axis=1, kind="stable")
    own = np.arange(len(graph), dtype=np.int32)[:, None]
    around = np.take_along_axis(np.where(tied, own, graph.neighbours), order, axis=1)
    return NeighbourGraph(around, np.asarray((~tied).sum(axis=1)))
