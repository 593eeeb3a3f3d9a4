"""Centroids of a sample: valid, distinct and nearest to their clusters."""

import dataclasses

import numpy as np
import pytest

import nas_problems
from nas_problems.cell.graph101 import SPACE, graph_of
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem
from optimizers.initializers.centroid import Centroids, Recipe, draw_sample, fit_centroids
from optimizers.initializers.centroid.clustering import Method
from optimizers.initializers.centroid.decoding import Decoding
from optimizers.initializers.centroid.encoding import Encoding, encode_codes, encode_fitness
from tests.nas_problems.tiny import constrained_problem, flaky_problem, table_problem


def fit(problem: Problem, n: int, recipe: Recipe | None = None, seed: int = 1) -> Centroids:
    return fit_centroids(problem, n, rng=np.random.default_rng(seed), recipe=recipe)


@pytest.mark.parametrize("encoding", ["short", "long"])
@pytest.mark.parametrize("decoding", ["nearest", "rounded"])
@pytest.mark.parametrize("method", ["k-means", "birch", "spectral"])
def test_centroids_are_valid_and_distinct(encoding: Encoding, decoding: Decoding, method: Method) -> None:
    problem = nas_problems.make("nb201-cifar10")
    centroids = fit(problem, 7, Recipe("300", encoding, "pca", 3, method, decoding))
    Z = centroids.codes(problem.space)
    assert len(np.unique(problem.space.canonical(Z), axis=0)) == len(centroids) == 7
    assert centroids.n_sampled == 300
    assert repr(centroids) == f"<Centroids: 7 of nb201-cifar10, from 300 candidates by {method}>"
    assert (np.diff(centroids.sizes) <= 0).all()
    sampled = {tuple(z) for z in centroids.sample.Z.tolist()}
    assert decoding == "rounded" or {tuple(z) for z in Z.tolist()} <= sampled


def test_a_centroid_is_the_member_nearest_by_all_features_not_by_the_few_components() -> None:
    problem = nas_problems.make("nb201-cifar10")
    centroids = fit(problem, 1, Recipe("300", method="k-means"))
    sample = centroids.sample
    features = np.concatenate([encode_codes(problem.space, sample.Z, "short"), encode_fitness(sample.fitness)], axis=1)
    by_all, by_two = (((X - X.mean(axis=0)) ** 2).sum(axis=1).argmin() for X in (features, centroids.points))
    assert np.array_equal(centroids.codes(problem.space)[0], sample.Z[by_all])
    assert by_all != by_two


def test_the_same_generator_gives_the_same_centroids() -> None:
    problem = nas_problems.make("nb201-cifar10").variant(noise="sampled")
    recipe = Recipe("200", method="k-means")
    first, again, other = (fit(problem, 6, recipe, seed) for seed in (1, 1, 2))
    assert first.configs == again.configs
    assert np.array_equal(first.points, again.points)
    assert first.configs != other.configs


def test_rounds_stop_when_the_quality_no_longer_improves() -> None:
    problem = nas_problems.make("nb201-cifar10")
    centroids = fit(problem, 6, Recipe("400 200 100 50 25", method="k-means"))
    sizes = [quality.n_sampled for quality in centroids.rounds]
    assert sizes == [400, 200, 100, 50, 25][: len(sizes)]
    improves = [b.improves_on(a) for a, b in zip(centroids.rounds, centroids.rounds[1:], strict=False)]
    assert all(improves[:-1])
    assert len(sizes) == 5 or not improves[-1]
    best = sizes[-2] if improves and not improves[-1] else sizes[-1]
    assert len(centroids.labels) == best


def test_a_sample_can_be_given_and_is_the_one_that_is_clustered() -> None:
    problem = table_problem()
    sample = draw_sample(problem, 30, np.random.default_rng(4))
    recipe = Recipe("36 20", method="k-means")
    centroids = fit_centroids(problem, 4, rng=np.random.default_rng(1), recipe=recipe, sample=sample)
    assert centroids.sample is sample
    assert centroids.rounds[0].n_sampled == 30


def test_failed_candidates_never_become_centroids() -> None:
    problem = flaky_problem()
    centroids = fit(problem, 33, Recipe("36", method="k-means"))
    assert not set(problem.space.index_of(centroids.codes(problem.space)).tolist()) & {7, 20, 35}
    assert (centroids.n_sampled, centroids.rounds[0].n_sampled) == (36, 33)


def test_fewer_centroids_come_with_a_warning_that_says_how_many() -> None:
    with pytest.warns(UserWarning, match=r"\d+ of 30 wanted centroids on nb201-cifar10"):
        centroids = fit(nas_problems.make("nb201-cifar10"), 30, Recipe("200"))
    assert 1 <= len(centroids) < 30


def test_fewer_candidates_than_centroids_are_refused() -> None:
    with pytest.raises(ValueError, match="wanted at least 19 distinct evaluated candidates, found 18"):
        fit(constrained_problem(), 19, Recipe("500"))
    with pytest.raises(ValueError, match="n: wanted an integer >= 1"):
        fit(table_problem(), 0)


def test_constant_fitness_is_refused() -> None:
    problem = table_problem()
    evaluator = problem.evaluator
    assert isinstance(evaluator, TableEvaluator)
    values = {**evaluator.values, "validation_accuracy": np.full((2, 36, 3), 50.0)}
    constant = dataclasses.replace(problem, evaluator=dataclasses.replace(evaluator, values=values))
    with pytest.raises(ValueError, match="wanted a fitness that varies"):
        fit(constant, 3, Recipe("36"))


def test_no_cluster_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="dbscan found no cluster in 36 candidates"):
        fit(table_problem(), 3, Recipe("36", method="dbscan"))


def test_one_centroid_can_be_fitted() -> None:
    centroids = fit(table_problem(), 1, Recipe("36 20", method="k-means"))
    assert len(centroids) == 1
    assert np.isnan(centroids.rounds[0].silhouette)


@pytest.mark.parametrize("encoding", ["short", "long"])
@pytest.mark.parametrize("decoding", ["nearest", "rounded"])
def test_graph_cells_have_valid_and_distinct_centroids(encoding: Encoding, decoding: Decoding) -> None:
    """NAS-Bench-101 cells, by the depth of their graphs."""
    problem = nas_problems.from_function(
        lambda config: float(np.linalg.matrix_rank(graph_of(config).adjacency)), SPACE, name="rank"
    )
    centroids = fit(problem, 5, Recipe("300", encoding, "svd", 2, "k-means", decoding))
    Z = centroids.codes(SPACE)
    assert SPACE.is_valid(Z).all() and len(np.unique(SPACE.canonical(Z), axis=0)) == len(centroids) == 5
