"""Local search from every candidate: basins, steps and minima, next to a plain loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nas_problems
from ela.landscape import Landscape, best_improvement, local_search_from, neighbour_graph
from nas_problems import Categorical, Ordinal, SearchSpace
from tests.nas_problems.tiny import constrained_problem, table_problem

LINE = neighbour_graph(SearchSpace((Ordinal("x", tuple(range(7))),)))


def test_a_line_by_hand() -> None:
    search = best_improvement(LINE, np.array([3.0, 2.0, 1.0, 4.0, 2.0, 0.0, 5.0]))
    assert search.successor.tolist() == [1, 2, 2, 2, 5, 5, 5]
    assert search.optimum.tolist() == [2, 2, 2, 2, 5, 5, 5]
    assert search.n_steps.tolist() == [2, 1, 0, 1, 1, 0, 1]
    assert search.n_iterations.tolist() == [3, 2, 1, 2, 2, 1, 2]
    assert search.optima.tolist() == [5, 2]
    assert search.basin_sizes.tolist() == [3, 4]
    assert search.improvement.tolist() == [2.0, 1.0, 0.0, 3.0, 2.0, 0.0, 5.0]
    assert search.reaches_global.tolist() == [False] * 4 + [True] * 3
    assert search.share_within(np.array([0.0, 0.5, 1.0])).tolist() == [3 / 7, 3 / 7, 1.0]


def test_equal_neighbours_are_no_improvement() -> None:
    search = best_improvement(LINE, np.ones(7))
    assert search.n_optima == 7
    assert search.n_steps.sum() == 0


def _slow(graph_rows: list[list[int]], y: list[float], node: int) -> tuple[int, int]:
    steps = 0
    while True:
        best = min(graph_rows[node], key=lambda u: y[u])
        if y[best] >= y[node]:
            return node, steps
        node, steps = best, steps + 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_equals_a_plain_loop(seed: int) -> None:
    graph = neighbour_graph(
        SearchSpace((Categorical("a", tuple("wxyz")), Ordinal("b", (1, 2, 3)), Categorical("c", (0, 1))))
    )
    y = np.random.default_rng(seed).integers(0, 12, len(graph)).astype(float)  # with ties
    rows = [row[:k].tolist() for row, k in zip(graph.neighbours, graph.degree, strict=True)]
    search = best_improvement(graph, y)
    for node in range(len(graph)):
        assert _slow(rows, y.tolist(), node) == (search.optimum[node], search.n_steps[node])


def test_a_monotone_transformation_changes_nothing() -> None:
    graph = neighbour_graph(
        SearchSpace((Categorical("a", tuple(range(5))),) * 1 + (Categorical("b", tuple(range(5))),))
    )
    y = np.random.default_rng(1).random(25)
    first, second = best_improvement(graph, y), best_improvement(graph, np.exp(3 * y))
    assert np.array_equal(first.optimum, second.optimum)
    assert np.array_equal(first.n_steps, second.n_steps)


def test_nas_bench_201_has_13_local_minima() -> None:
    """13: also the count of GraphFLA and lonkit on this table."""
    search = Landscape.enumerate(nas_problems.make("nb201-cifar10")).local_search
    assert search.n_optima == 13
    assert search.basin_sizes.sum() == 15_625


def test_an_instance_has_the_same_statistics() -> None:
    one, two = (Landscape.enumerate(nas_problems.make("nb201-cifar10", instance=i)).local_search for i in (1, 2))
    assert one.n_optima == two.n_optima
    assert np.array_equal(np.sort(one.y[one.optima]), np.sort(two.y[two.optima]))


@pytest.mark.parametrize("make", [table_problem, constrained_problem])
def test_evaluating_search_agrees_with_the_exact_one(make: object) -> None:
    problem = make()  # type: ignore[operator]  # a function in a list
    landscape = Landscape.enumerate(problem)
    ends, values, n_evaluations = local_search_from(landscape.Z, problem)
    exact = landscape.local_search
    assert np.array_equal(ends, landscape.Z[exact.optimum])
    assert np.array_equal(values, landscape.y[exact.optimum])
    degree = landscape.graph.degree
    visited = 0
    for node in range(len(landscape)):
        visited += 1 + degree[node]
        while exact.successor[node] != node:
            node = exact.successor[node]
            visited += degree[node]
    assert n_evaluations == visited


def test_evaluating_search_stops_at_the_limit() -> None:
    problem = table_problem()
    ends, values, n_evaluations = local_search_from(Landscape.enumerate(problem).Z, problem, max_evaluations=40)
    assert 0 < len(ends) == len(values) < 36
    assert 40 <= n_evaluations < 40 + 6


def test_values_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="y: wanted 7 values, found 3"):
        best_improvement(LINE, np.zeros(3))


def test_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="y: wanted finite numbers, found 1 that are not"):
        best_improvement(LINE, np.array([1.0, np.nan, 1, 1, 1, 1, 1]))
