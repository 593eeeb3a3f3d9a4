"""Neighbourhoods as arrays, exact and by a threshold of distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ela.landscape import neighbour_graph, threshold_graph
from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace

SPACE = SearchSpace((Categorical("op", ("a", "b", "c")), Ordinal("kernel", (1, 3, 5, 7)), Integer("depth", 2, 4)))


def _neighbours_by_space(space: SearchSpace) -> list[list[int]]:
    Z = np.concatenate(list(space.enumerate()))
    number = {tuple(z): i for i, z in enumerate(Z.tolist())}
    return [[number[tuple(u)] for u in space.neighbours(z).tolist()] for z in Z]


@pytest.mark.parametrize("validity", [None, lambda Z: Z.sum(axis=1) % 3 != 0])
def test_graph_is_that_of_the_space(validity: object) -> None:
    space = SearchSpace(SPACE.parameters, validity=validity)  # type: ignore[arg-type]  # a lambda in a list
    graph = neighbour_graph(space)
    wanted = _neighbours_by_space(space)
    assert [row[:k].tolist() for row, k in zip(graph.neighbours, graph.degree, strict=True)] == wanted
    assert graph.neighbours.dtype == np.int32
    assert graph.n_edges * 2 == sum(map(len, wanted))


def test_padding_is_the_own_number_at_the_end() -> None:
    graph = neighbour_graph(SPACE)
    rows, columns = np.nonzero(~graph.is_neighbour)
    assert len(rows)
    assert (graph.neighbours[rows, columns] == rows).all()
    rows, columns = np.nonzero(graph.is_neighbour)
    assert (graph.neighbours[rows, columns] != rows).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), min_size=1, max_size=4))
def test_graph_is_symmetric(sizes: list[tuple[bool, int]]) -> None:
    parameters = [
        (Ordinal if ordered else Categorical)(f"p{i}", tuple(range(n))) for i, (ordered, n) in enumerate(sizes)
    ]
    graph = neighbour_graph(SearchSpace(tuple(parameters)))
    rows, columns = np.nonzero(graph.is_neighbour)
    pairs = set(zip(rows.tolist(), graph.neighbours[rows, columns].tolist(), strict=True))
    assert len(pairs) == graph.degree.sum()
    assert pairs == {(b, a) for a, b in pairs}


def test_mean_over_neighbours_by_hand() -> None:
    graph = neighbour_graph(SearchSpace((Ordinal("x", (1, 2, 3)),)))
    assert graph.mean_over_neighbours(np.array([1.0, 5.0, 3.0])).tolist() == [5.0, 2.0, 5.0]


def test_a_node_without_neighbours_has_no_mean() -> None:
    graph = neighbour_graph(SearchSpace((Categorical("only", ("one",)),)))
    assert np.isnan(graph.mean_over_neighbours(np.array([1.0]))).all()


def test_threshold_graph_by_hand() -> None:
    x = np.array([0.0, 1.0, 1.5, 9.0])
    graph = threshold_graph(np.abs(x[:, None] - x), 1.2)
    assert [sorted(row[:k].tolist()) for row, k in zip(graph.neighbours, graph.degree, strict=True)] == [
        [1],
        [0, 2],
        [1],
        [],
    ]


def test_threshold_does_not_change_its_argument() -> None:
    distance = np.array([[0.0, 1.0], [1.0, 0.0]])
    threshold_graph(distance, 2.0)
    assert distance.tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_infinite_space_is_refused() -> None:
    with pytest.raises(ValueError, match="found size None"):
        neighbour_graph(SearchSpace((Real("x", 0.0, 1.0),)))


def test_a_rectangular_distance_is_refused() -> None:
    with pytest.raises(ValueError, match="wanted a square matrix"):
        threshold_graph(np.zeros((2, 3)), 1.0)
