"""Searches that take any better neighbour, neutral networks, FDC to one optimum: by hand and by brute force."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nas_problems
from ela.landscape import (
    Landscape,
    best_improvement,
    first_improvement,
    first_improvement_network,
    fitness_distance_correlation,
    neighbour_graph,
    neutral_networks,
)
from ela.landscape.graph import NeighbourGraph
from ela.landscape.sparse import SparseGraph
from nas_problems import Categorical, Ordinal, SearchSpace
from nas_problems.array import FloatArray

LINE = neighbour_graph(SearchSpace((Ordinal("x", tuple(range(7))),)))
Y = np.array([3.0, 1.0, 2.0, 0.0, 2.0, 2.0, 1.0])
"""On the line: optima at 3, 1 and 6; from 2 both ways lead down, 4 and 5 are on one level."""

GRIDS = {
    "line": SearchSpace((Ordinal("x", tuple(range(7))),)),
    "plane": SearchSpace((Ordinal("x", (1, 2, 3, 4)), Ordinal("y", (1, 2, 3)))),
    "choices": SearchSpace((Categorical("a", (1, 2, 3)), Categorical("b", (1, 2, 3)))),
    "holes": SearchSpace((Ordinal("x", (1, 2, 3, 4)), Categorical("b", (1, 2, 3))), lambda Z: Z.sum(axis=1) != 2),
}


def test_first_improvement_on_a_line() -> None:
    search = first_improvement(LINE, Y)
    assert search.optima.tolist() == [3, 1, 6]
    assert search.probability()[2].tolist() == [0.5, 0.5, 0.0]
    assert search.sizes.tolist() == [2.5, 2.5, 2.0]
    assert search.weak_sizes.tolist() == [3, 3, 2]
    assert search.strong_sizes.tolist() == [2, 2, 2]
    assert search.weak_basin(0).nonzero()[0].tolist() == [2, 3, 4]
    assert search.strong_basin(2).nonzero()[0].tolist() == [5, 6]
    assert search.sole_optimum.tolist() == [1, 1, -1, 0, 0, 2, 2]


def test_its_network_on_a_line() -> None:
    """From 3's basin (2 with 1/2, 3, 4): 2 goes to 1 and 3, 3 to 2 and 4, 4 to 3 and 5."""
    network = first_improvement_network(LINE, first_improvement(LINE, Y))
    to_first = (0.5 * 0.5 + (0.5 * 0.5 + 0.5) + 0.5) / 2.5
    to_second = (0.5 * 0.5 + 0.5 * 0.5) / 2.5
    assert network.matrix()[0] == pytest.approx([to_first, to_second, 0.5 / 2.5])
    assert network.matrix().sum(axis=1) == pytest.approx([1, 1, 1])
    assert network.basin_sizes.tolist() == [2.5, 2.5, 2.0]


def test_neutral_networks_on_a_line() -> None:
    found = neutral_networks(LINE, np.array([1.0, 1.0, 0.0, 2.0, 2.0, 2.0, 3.0]))
    assert found.network_of.tolist() == [1, 1, 0, 2, 2, 2, 3]
    assert found.sizes.tolist() == [1, 2, 3, 1] and found.y.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert found.is_optimum.tolist() == [True, False, False, False]
    assert (found.n_plateaus, found.n_optima, found.share_on_plateaus) == (2, 1, 5 / 7)


def test_a_plateau_is_one_optimum_and_a_plateau_with_a_way_out_is_none() -> None:
    y = np.array([1.0, 1.0, 1.0, 5.0, 2.0, 2.0, 0.0])
    assert best_improvement(LINE, y).n_optima == 5  # 0, 1, 2, 4 and 6 have no better neighbour
    found = neutral_networks(LINE, y)
    assert found.n_optima == 2 and found.y[found.is_optimum].tolist() == [0.0, 1.0]


def test_near_values_are_neutral_within_a_tolerance() -> None:
    y = np.array([0.0, 0.4, 0.8, 1.2, 3.0, 3.4, 9.0])
    found = neutral_networks(LINE, y, tolerance=0.5)
    assert found.sizes.tolist() == [4, 2, 1]
    assert found.is_optimum.tolist() == [True, False, False]
    assert len(neutral_networks(LINE, y)) == 7


def test_the_better_end_of_a_network_is_no_way_out_of_it() -> None:
    """1 and 0 are too far apart to be neutral, but are in one network through 0.5."""
    triangle = SparseGraph.of_pairs(np.array([0, 0, 1, 1, 2, 2]), np.array([1, 2, 0, 2, 0, 1]), 3)
    found = neutral_networks(triangle, np.array([0.0, 0.5, 1.0]), tolerance=0.6)
    assert found.sizes.tolist() == [3] and found.is_optimum.tolist() == [True]


@pytest.mark.parametrize("tolerance", [-1.0, np.inf, np.nan, "0", None])
def test_wrong_tolerances(tolerance: float) -> None:
    with pytest.raises(ValueError, match=r"tolerance: wanted a (finite )?number"):
        neutral_networks(LINE, Y, tolerance=tolerance)


def _neighbours(graph: NeighbourGraph) -> list[list[int]]:
    return [row[:k].tolist() for row, k in zip(graph.neighbours, graph.degree, strict=True)]


def _ways_down(around: list[list[int]], y: FloatArray, node: int) -> Iterator[tuple[int, float]]:
    """Ends of all ways down from a node with their probabilities, one by one."""
    better = [other for other in around[node] if y[other] < y[node]]
    if not better:
        yield node, 1.0
    for other in better:
        for end, probability in _ways_down(around, y, other):
            yield end, probability / len(better)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(GRIDS)), st.integers(0, 10**6), st.integers(2, 9))
def test_against_all_ways_down(name: str, seed: int, n_values: int) -> None:
    graph = neighbour_graph(GRIDS[name])
    y = np.random.default_rng(seed).integers(0, n_values, len(graph)).astype(float)
    around, search = _neighbours(graph), first_improvement(graph, y)
    n, m = len(graph), len(search.optima)
    wanted = np.zeros((n, n))
    for node in range(n):
        for end, probability in _ways_down(around, y, node):
            wanted[node, end] += probability
    assert search.optima.tolist() == best_improvement(graph, y).optima.tolist()
    assert search.probability() == pytest.approx(wanted[:, search.optima])
    assert search.sizes == pytest.approx(wanted.sum(axis=0)[search.optima])
    reached = wanted[:, search.optima] > 0
    assert search.weak_sizes.tolist() == reached.sum(axis=0).tolist()
    assert search.strong_sizes.tolist() == (reached & (reached.sum(axis=1) == 1)[:, None]).sum(axis=0).tolist()
    network = np.zeros((m, m))
    for node in range(n):
        for other in around[node]:
            network += np.outer(wanted[node, search.optima], wanted[other, search.optima]) / len(around[node])
    network /= search.sizes[:, None]
    assert first_improvement_network(graph, search).matrix() == pytest.approx(network)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(GRIDS)), st.integers(0, 10**6), st.integers(1, 6))
def test_neutral_networks_against_a_flood(name: str, seed: int, n_values: int) -> None:
    graph = neighbour_graph(GRIDS[name])
    y = np.random.default_rng(seed).integers(0, n_values, len(graph)).astype(float)
    around, found = _neighbours(graph), neutral_networks(graph, y)
    for node in range(len(graph)):
        flood, front = {node}, [node]
        while front:
            front = [other for here in front for other in around[here] if y[other] == y[node] and other not in flood]
            flood.update(front)
        assert set(np.flatnonzero(found.network_of == found.network_of[node]).tolist()) == flood
        lower = any(y[other] < y[node] for here in flood for other in around[here])
        assert found.is_optimum[found.network_of[node]] == (not lower)
    assert (np.diff(found.y) >= 0).all() and found.sizes.sum() == len(graph)


def test_more_optima_than_bits_of_a_number() -> None:
    graph = neighbour_graph(SearchSpace((Ordinal("x", tuple(range(300))),)))
    y = np.tile([0.0, 2.0, 1.0], 100) + np.arange(300) / 1e3
    search = first_improvement(graph, y)
    assert len(search.optima) > 64
    assert search.weak_sizes.tolist() == (search.probability() > 0).sum(axis=0).tolist()


@cache
def _both() -> tuple[Landscape, object]:
    graphfla = pytest.importorskip("graphfla", reason="GraphFLA is a development dependency")
    problem = nas_problems.make("nb201-cifar100")
    ours = Landscape.enumerate(problem).with_values(np.round(problem.tabulate(), 1))  # many plateaus
    X = pd.DataFrame(ours.Z, columns=list(ours.space.names)).astype(str)
    rival = graphfla.Landscape(maximize=True)
    kinds = dict.fromkeys(X, "categorical")
    rival.build_from_data(X, 100 - ours.y, data_types=kinds, epsilon=0, n_edit=1, verbose=False)
    return ours, rival


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pandas warns about GraphFLA's own calls
def test_graphfla_counts_the_same_plateaus_and_optima() -> None:
    ours, rival = _both()
    assert neutral_networks(ours.graph, ours.y).n_optima == rival.n_lo  # type: ignore[attr-defined]  # untyped


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_graphfla_has_the_same_rank_correlation() -> None:
    from graphfla.analysis import fdc

    ours, rival = _both()
    here = fitness_distance_correlation(ours, coefficient="spearman")
    assert here == pytest.approx(-fdc(rival, method="spearman"), abs=1e-9)


CUBE = SearchSpace(tuple(Categorical(f"b{i}", (0, 1)) for i in range(4)))
CODES = np.concatenate(list(CUBE.enumerate()))


def test_fdc_to_a_chosen_optimum() -> None:
    """Two optima, all zeros and all ones: to the nearest fitness falls on the way, to one alone it does not."""
    ones = CODES.sum(axis=1)
    landscape = Landscape(CUBE, CODES, np.minimum(ones, 4 - ones).astype(float), is_exact=True)
    assert fitness_distance_correlation(landscape) == pytest.approx(1.0)
    for optimum in ([0, 0, 0, 0], np.ones(4, dtype=int)):
        assert fitness_distance_correlation(landscape, to=optimum) == pytest.approx(0.0)
    assert fitness_distance_correlation(landscape, to=[0, 0, 0, 1], coefficient="spearman") == pytest.approx(0.0)


def test_spearman_does_not_see_the_scale() -> None:
    ones = CODES.sum(axis=1).astype(float)
    curved = Landscape(CUBE, CODES, np.exp(5 * ones), is_exact=True)
    assert fitness_distance_correlation(curved) < 0.9
    assert fitness_distance_correlation(curved, coefficient="spearman") == pytest.approx(1.0)


@pytest.mark.parametrize("code", [[0, 0, 0], [0, 0, 0, 2], [[0, 0, 0, 0]], None, ["a"] * 4, [0.5] * 4])
def test_wrong_optima(code: object) -> None:
    landscape = Landscape(CUBE, CODES, CODES.sum(axis=1).astype(float), is_exact=True)
    if code is None:
        with pytest.raises(ValueError, match="coefficient: wanted one of"):
            fitness_distance_correlation(landscape, coefficient="kendall")  # type: ignore[arg-type]
    else:
        with pytest.raises(ValueError, match=r"^z(\[|:)"):
            fitness_distance_correlation(landscape, to=code)
