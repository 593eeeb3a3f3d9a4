"""The sparse graph answers as the padded one does, and NAS-Bench-101 is analysed whole."""

import numpy as np
import pytest

import nas_problems
from ela.footprint import footprint
from ela.landscape import (
    Landscape,
    NeighbourGraph,
    SparseGraph,
    best_improvement,
    local_optima_network,
    locality,
    neighbour_graph,
    neutrality_degree,
    random_walks,
)
from ela.landscape.lon import EdgeKind
from nas_problems import Categorical, Ordinal, SearchSpace
from nas_problems.array import BoolArray
from nas_problems.cell.index101 import cell_index
from nas_problems.cell.neighbour101 import bit_flip_pairs
from nas_problems.datasets.nas_bench_101 import ACCURACIES


def no_equal_neighbours(Z: np.ndarray) -> BoolArray:
    return np.asarray((Z.sum(axis=1) % 5 != 0) | (Z[:, 0] == 0))


SPACE = SearchSpace(
    (Categorical("a", ("u", "v", "w")), Ordinal("b", (1, 2, 3, 4)), Categorical("c", ("x", "y", "z"))),
    validity=no_equal_neighbours,
)


@pytest.fixture(scope="module")
def padded() -> NeighbourGraph:
    return neighbour_graph(SPACE)


@pytest.fixture(scope="module")
def sparse(padded: NeighbourGraph) -> SparseGraph:
    first, second = padded.pairs()
    return SparseGraph.of_pairs(first.astype(np.int64), second.astype(np.int64), len(padded))


def values(n: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 6, n).astype(float)  # with ties


def test_every_measure_is_the_same(padded: NeighbourGraph, sparse: SparseGraph) -> None:
    y = values(len(padded))
    assert sparse.n_edges == padded.n_edges and np.array_equal(sparse.degree, padded.degree)
    one, other = best_improvement(padded, y), best_improvement(sparse, y)
    assert np.array_equal(one.optimum, other.optimum) and np.array_equal(one.n_steps, other.n_steps)
    assert np.array_equal(neutrality_degree(padded, y, tolerance=1.5), neutrality_degree(sparse, y, tolerance=1.5))
    assert locality(padded, y).correlation == pytest.approx(locality(sparse, y).correlation, abs=1e-12)
    a, b = (random_walks(graph, 5, length=9, rng=np.random.default_rng(1)) for graph in (padded, sparse))
    assert np.array_equal(a, b)
    kinds: tuple[EdgeKind, ...] = ("basin", "escape")
    for kind in kinds:
        networks = [local_optima_network(graph, one, kind=kind) for graph in (padded, sparse)]
        np.testing.assert_allclose(networks[0].matrix(), networks[1].matrix(), atol=1e-12)


def test_a_node_without_neighbours() -> None:
    graph = SparseGraph.of_pairs(np.array([0, 2]), np.array([2, 0]), 4)
    y = np.array([1.0, 0.0, 2.0, 5.0])
    assert graph.best_neighbours(y).tolist() == [2, 1, 0, 3]
    assert np.isnan(graph.mean_over_neighbours(y)).tolist() == [False, True, False, True]
    assert graph.step(np.array([0, 1]), np.array([0.5, 0.5])).tolist() == [2, 1]
    empty = SparseGraph.of_pairs(np.array([], dtype=np.int64), np.array([], dtype=np.int64), 2)
    assert empty.best_neighbours(y[:2]).tolist() == [0, 1]
    assert empty.step(np.array([1]), np.array([0.1])).tolist() == [1]


def test_pairs_in_disorder() -> None:
    with pytest.raises(ValueError, match="in the order of their first nodes"):
        SparseGraph.of_pairs(np.array([1, 0]), np.array([0, 1]), 2)


def test_another_neighbourhood_of_the_same_nodes(sparse: SparseGraph) -> None:
    landscape = Landscape(SPACE, np.concatenate(list(SPACE.enumerate())), values(len(sparse)), is_exact=True)
    isolated = SparseGraph.of_pairs(np.array([], dtype=np.int64), np.array([], dtype=np.int64), len(sparse))
    assert landscape.with_graph(isolated).local_search.n_optima == len(sparse) > landscape.local_search.n_optima
    with pytest.raises(ValueError, match=f"wanted {len(sparse)} nodes, found 1"):
        landscape.with_graph(SparseGraph.of_pairs(np.array([], dtype=np.int64), np.array([], dtype=np.int64), 1))


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(not ACCURACIES.at_hand, reason="$IOHNAS_DATA has no nas_bench_101")
def test_the_whole_of_nas_bench_101() -> None:
    """Optima by edits and by the paper's bit flips; no other implementation is known, so these are our own counts."""
    problem = nas_problems.make("nb101-cifar10")
    found = footprint(problem, seed=1)
    assert found.is_exact and (found.n_candidates, found.n_optima) == (423_624, 2_345)
    landscape = Landscape.enumerate(problem)
    flips = SparseGraph.of_pairs(*bit_flip_pairs(cell_index()), len(landscape))
    assert landscape.with_graph(flips).local_search.n_optima == 106_958
