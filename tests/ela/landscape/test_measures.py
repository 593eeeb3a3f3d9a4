"""Fitness-distance correlation, walks, neutrality, locality, network: values worked out by hand."""

import itertools
import math

import numpy as np
import pytest

import nas_problems
from ela.landscape import (
    Landscape,
    autocorrelation,
    best_improvement,
    compare_routes,
    correlation_length,
    exact_autocorrelation,
    fitness_distance_correlation,
    local_optima_network,
    locality,
    neighbour_graph,
    neutrality,
    neutrality_degree,
    random_routes,
    random_walks,
    ruggedness,
)
from ela.landscape.walks import pooled_autocorrelation
from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from tests.nas_problems.tiny import MIXED_SPACE, table_problem

CUBE = SearchSpace(tuple(Categorical(f"b{i}", (0, 1)) for i in range(4)))
CODES = np.concatenate(list(CUBE.enumerate()))
ONES = CODES.sum(axis=1).astype(float)
LINE = neighbour_graph(SearchSpace((Ordinal("x", tuple(range(7))),)))


def test_fdc_is_one_on_onemax() -> None:
    assert fitness_distance_correlation(Landscape(CUBE, CODES, ONES, is_exact=True)) == pytest.approx(1.0)


def test_fdc_is_negative_on_a_trap() -> None:
    y = np.where(ONES == 0, -1.0, 4 - ONES)
    landscape = Landscape(CUBE, CODES[1:], y[1:], is_exact=True)
    away = np.corrcoef(landscape.y, ONES[1:])[0, 1]
    assert away == pytest.approx(-1.0)
    assert fitness_distance_correlation(Landscape(CUBE, CODES, y, is_exact=True)) == pytest.approx(-0.3402, abs=1e-4)


def test_fdc_takes_the_nearest_of_all_optima() -> None:
    y = np.minimum(ONES, 4 - ONES)
    landscape = Landscape(CUBE, CODES, y, is_exact=True)
    assert landscape.distance_to_best.tolist() == y.tolist()
    assert fitness_distance_correlation(landscape) == pytest.approx(1.0)


def test_all_of_a_large_plateau_of_optima_count() -> None:
    space = SearchSpace(tuple(Categorical(f"c{i}", (0, 1, 2, 3, 4)) for i in range(6)))
    Z = np.concatenate(list(space.enumerate()))
    y = np.where(Z[:, 5] == 0, 0.0, 1.0 + Z[:, 5])  # 3,125 optima; every other node is one step from one
    landscape = Landscape(space, Z, y, is_exact=True)
    np.testing.assert_array_equal(landscape.distance_to_best, Z[:, 5] > 0)
    assert fitness_distance_correlation(landscape) == pytest.approx(np.corrcoef(y, Z[:, 5] > 0)[0, 1])


def test_of_more_optima_than_can_be_looked_at_all_are_at_distance_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ela.landscape.landscape._MOST_TERMS", 0)
    space = SearchSpace((Categorical("a", tuple(range(60))), Categorical("b", tuple(range(60)))))
    Z = np.concatenate(list(space.enumerate()))
    landscape = Landscape(space, Z, np.where(Z[:, 0] < 50, 0.0, 1.0), is_exact=True)
    np.testing.assert_array_equal(landscape.distance_to_best == 0, landscape.y == 0)
    assert landscape.distance_to_best.max() == 1.0


@pytest.mark.parametrize("more", [(), (Ordinal("o", (0,)),)], ids=["categorical", "mixed"])
def test_neighbours_in_a_sample_are_measured_as_distances_to_the_best_are(more: tuple[Ordinal, ...]) -> None:
    """A parameter that never varies, which makes Gower the metric, changes no neighbourhood."""
    space = SearchSpace((*(Categorical(f"c{i}", (0, 1, 2, 3, 4)) for i in range(20)), *more))
    Z = space.sample(200, np.random.default_rng(1))
    landscape = Landscape(space, Z, Z.sum(axis=1), is_exact=False)
    assert landscape.gower_to_best.max() <= 1.0
    assert not landscape.graph.degree.any()  # a 40th of the largest distance is less than one step


def test_fdc_of_a_constant_is_undefined() -> None:
    assert math.isnan(fitness_distance_correlation(Landscape(CUBE, CODES, np.ones(16), is_exact=True)))


def test_ordered_parameters_are_measured_by_gower() -> None:
    space = SearchSpace((Integer("n", 0, 4), Categorical("c", ("a", "b"))))
    Z = np.concatenate(list(space.enumerate()))
    landscape = Landscape(space, Z, Z @ np.array([1.0, 1.0]), is_exact=True)
    assert landscape.distance_to_best.tolist() == ((Z[:, 0] / 4 + Z[:, 1]) / 2).tolist()


def test_exact_autocorrelation_of_onemax() -> None:
    """An elementary landscape of the n-cube: rho(1) = 1 - 2 p / n with p = 1."""
    graph = neighbour_graph(CUBE)
    assert exact_autocorrelation(graph, ONES) == pytest.approx(1 - 2 / 4)
    assert exact_autocorrelation(graph, ONES, lag=3) == pytest.approx((1 - 2 / 4) ** 3)
    assert exact_autocorrelation(graph, ONES, lag=0) == pytest.approx(1.0)


def test_exact_autocorrelation_weighs_nodes_by_degree() -> None:
    """On a path of 3 nodes with f = (0, 1, 0) the walk alternates: rho = -1 about its mean 1/2."""
    graph = neighbour_graph(SearchSpace((Ordinal("x", (1, 2, 3)),)))
    assert exact_autocorrelation(graph, np.array([0.0, 1.0, 0.0])) == pytest.approx(-1.0)


def test_walks_tend_to_the_exact_value() -> None:
    landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
    walks = random_walks(landscape.graph, 400, length=200, rng=np.random.default_rng(3))
    exact = exact_autocorrelation(landscape.graph, landscape.y)
    values = landscape.y[walks]
    assert pooled_autocorrelation(values) == pytest.approx(exact, abs=0.03)
    assert autocorrelation(values).mean() == pytest.approx(exact, abs=0.06)  # centred walk by walk: lower
    assert autocorrelation(values).mean() < pooled_autocorrelation(values)


def test_autocorrelation_by_hand() -> None:
    values = np.array([[1.0, 2.0, 4.0, 1.0]])  # mean 2, deviations -1 0 2 -1, variance 1.5
    assert autocorrelation(values, lag=1)[0] == pytest.approx((0 + 0 - 2) / 3 / 1.5)
    assert autocorrelation(values, lag=2)[0] == pytest.approx((-2 + 0) / 2 / 1.5)


def test_autocorrelation_ignores_offset_and_scale() -> None:
    values = np.random.default_rng(0).random((5, 30))
    assert np.allclose(autocorrelation(values), autocorrelation(7 - 3 * values))


def test_walks_step_to_neighbours() -> None:
    graph = neighbour_graph(SearchSpace((Categorical("a", tuple("xyz")), Ordinal("b", (1, 2, 3)))))
    walks = random_walks(graph, 9, length=20, rng=np.random.default_rng(1))
    assert sorted(walks[:, 0].tolist()) == list(range(9))
    for route in walks:
        for here, there in itertools.pairwise(route):
            assert there in graph.neighbours[here, : graph.degree[here]]


def test_routes_step_to_neighbours_in_a_mixed_space() -> None:
    routes = random_routes(MIXED_SPACE, 2, length=6, rng=np.random.default_rng(1))
    assert routes.shape == (2, 6, 4)
    for route in routes:
        for here, there in itertools.pairwise(route):
            assert any(np.allclose(there, z) for z in MIXED_SPACE.neighbours(here))


def test_a_space_of_one_candidate_is_walked_on_the_spot() -> None:
    graph = neighbour_graph(SearchSpace((Categorical("only", ("one",)),)))
    assert random_walks(graph, 2, length=3, rng=np.random.default_rng(0)).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert math.isnan(exact_autocorrelation(graph, np.array([1.0])))


def test_ruggedness_and_correlation_length() -> None:
    assert ruggedness(0.5) == 2.0
    assert math.isnan(ruggedness(-0.5))
    assert correlation_length(math.exp(-0.25)) == pytest.approx(4.0)
    assert correlation_length(0.0) == 0.0
    assert correlation_length(1.0) == math.inf
    assert math.isnan(correlation_length(math.nan))


def test_routes_a_constant_apart() -> None:
    route = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 6.0])
    found = compare_routes(route + 6, route, window=3)
    assert [found.offset, found.correlation, found.residual_sd] == pytest.approx([6.0, 1.0, 0.0])


def test_neutrality_by_hand() -> None:
    y = np.array([0.0, 0.05, 1.0, 1.0, 1.02, 5.0, 5.3])
    assert neutrality_degree(LINE, y, tolerance=0.1).tolist() == [1, 1, 1, 2, 1, 0, 0]
    assert neutrality(LINE, y, tolerance=0.1) == pytest.approx(6 / 12)
    assert neutrality(LINE, y, tolerance=0.0) == pytest.approx(2 / 12)  # the two that are equal
    assert neutrality(LINE, np.ones(7), tolerance=1e-9) == 1.0


def test_locality_by_hand() -> None:
    found = locality(LINE, np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), n_bins=3)
    assert found.neighbour_mean.tolist() == [1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0]
    assert found.bin_of.tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert [box.tolist() for box in found.boxes] == [[1.0, 1.0], [2.0, 3.0], [4.0, 5.0, 5.0]]
    assert found.distance_from_bisector == pytest.approx(2 / 7 / 6)
    assert found.n_isolated == 0


def test_locality_of_a_smooth_landscape_beats_a_shuffled_one() -> None:
    graph = neighbour_graph(CUBE)
    shuffled = np.random.default_rng(0).permutation(ONES)
    assert locality(graph, ONES).correlation == pytest.approx(1.0)
    assert locality(graph, shuffled).correlation < 0.9


def test_basin_edges_are_probabilities() -> None:
    y = np.array([3.0, 2.0, 1.0, 4.0, 2.0, 0.0, 5.0])
    search = best_improvement(LINE, y)
    network = local_optima_network(LINE, search)
    # basins: {4, 5, 6} of node 5, {0, 1, 2, 3} of node 2; the only border is 3 - 4
    assert network.matrix() == pytest.approx(np.array([[2.5 / 3, 0.5 / 3], [0.5 / 4, 3.5 / 4]]))
    assert network.n_edges == 2
    assert network.self_loop == pytest.approx(np.array([2.5 / 3, 3.5 / 4]))


def test_escape_edges_count_nodes_nearby() -> None:
    search = best_improvement(LINE, np.array([3.0, 2.0, 1.0, 4.0, 2.0, 0.0, 5.0]))
    network = local_optima_network(LINE, search, kind="escape", distance=2)
    # within 2 of node 5: 3 (other basin), 4, 6; within 2 of node 2: 0, 1, 3 (own), 4 (other)
    assert network.matrix().tolist() == [[2.0, 1.0], [1.0, 3.0]]


def test_basin_rows_sum_to_one_on_a_table() -> None:
    landscape = Landscape.enumerate(nas_problems.make("nb201-cifar100"))
    network = local_optima_network(landscape.graph, landscape.local_search)
    assert network.matrix().sum(axis=1) == pytest.approx(np.ones(len(network.optima)))


def test_a_sample_has_no_search_of_its_own() -> None:
    landscape = Landscape.sample(table_problem(), 10, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="wanted an exact landscape"):
        _ = landscape.local_search


def test_a_random_noise_mode_is_drawn_once_per_candidate() -> None:
    problem = table_problem().variant(noise="sampled")
    landscape = Landscape.enumerate(problem, rng=np.random.default_rng(0))
    assert set(np.round(landscape.y - Landscape.enumerate(table_problem()).y, 9)) <= {-1.0, -0.5, 0.0, 0.5, 1.0}
    with pytest.raises(ValueError, match="wants a numpy Generator"):
        Landscape.enumerate(problem)


def test_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="found 1 that are not"):
        Landscape(CUBE, CODES, np.where(ONES == 4, np.inf, ONES), is_exact=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: autocorrelation(np.zeros((2, 3)), lag=3), "length > lag = 3"),
        (lambda: neutrality_degree(LINE, np.zeros(7), tolerance=-1.0), "tolerance: wanted"),
        (lambda: neutrality_degree(LINE, np.zeros(3), tolerance=1.0), "wanted 7 values"),
        (lambda: locality(LINE, np.zeros(7), n_bins=0), "n_bins: wanted an integer >= 1"),
        (lambda: random_walks(LINE, 0, length=3, rng=np.random.default_rng(0)), "n_walks: wanted an integer >= 1"),
        (lambda: compare_routes(np.zeros(3), np.zeros(4)), "two vectors of one length"),
        (lambda: Landscape.sample(table_problem(), 1, rng=np.random.default_rng(0)), "n: wanted an integer >= 2"),
        (
            lambda: Landscape.enumerate(table_problem().variant(objective=["validation_accuracy", "train_seconds"])),
            "one objective",
        ),
        (
            lambda: local_optima_network(LINE, best_improvement(LINE, np.zeros(7)), kind="x"),  # type: ignore[arg-type]
            "one of \\('basin', 'escape'\\)",
        ),
        (lambda: local_optima_network(LINE, best_improvement(LINE, np.zeros(7)), distance=0), "distance: wanted >= 1"),
    ],
)
def test_wrong_arguments_are_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]  # a function in a list


def test_a_mixed_sample_has_a_gower_graph() -> None:
    space = SearchSpace((Real("x", 0.0, 1.0), Categorical("c", ("a", "b"))))
    Z = np.array([[0.0, 0], [0.01, 0], [1.0, 0], [1.0, 1]])
    landscape = Landscape(space, Z, np.array([0.0, 1.0, 2.0, 3.0]), is_exact=False)
    assert landscape.distance_to_best.tolist() == pytest.approx([0.0, 0.005, 0.5, 1.0])
    assert landscape.graph.degree.tolist() == [1, 1, 0, 0]  # nearer than 1 / 40
