"""Algorithm 4: sample, evaluate, encode, reduce, cluster, assess; decode the centroids."""

import warnings
from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray, IntArray, check_count
from nas_problems.checked import checked
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.initializers.centroid.clustering import (
    Quality,
    assess,
    find_clusters,
    reduce_features,
)
from optimizers.initializers.centroid.decoding import clusters_by_size, nearest_members, rounded_means
from optimizers.initializers.centroid.encoding import encode_codes, encode_fitness
from optimizers.initializers.centroid.fitted import Centroids, identity, shortfall
from optimizers.initializers.centroid.recipe import Recipe
from optimizers.initializers.centroid.sample import Sample, draw_sample, parse_sizes


@dataclass(frozen=True, eq=False)
class Clustered:
    """The clusters of the first candidates of a sample.

    Args:
        Z: Clustered codes, shape (m, d).
        features: What they were encoded to, with their fitness, (m, columns).
        points: Their reduced features, (m, k).
        labels: Their clusters, (m,).
        quality: The assessment.
    """

    Z: Codes
    features: FloatArray
    points: FloatArray
    labels: IntArray
    quality: Quality


def cluster_sample(
    space: SearchSpace, sample: Sample, size: int, n: int, recipe: Recipe, rng: np.random.Generator
) -> Clustered:
    """One round of Algorithm 4 on the first ``size`` candidates of a sample.

    Args:
        space: The space of the sample.
        sample: Evaluated candidates.
        size: How many of them; those that failed are left out of these.
        n: Wanted clusters.
        recipe: How.
        rng: Source of randomness.

    Raises:
        ValueError: Fewer candidates than clusters, constant fitness, or too many components.
    """
    rows = np.flatnonzero(~sample.failed[:size])
    Z, fitness = sample.Z[rows], sample.fitness[rows]
    if len(Z) < max(n, 2):
        raise ValueError(f"centroid: wanted at least {max(n, 2)} distinct evaluated candidates, found {len(Z)}")
    if not np.ptp(fitness, axis=0).any():
        raise ValueError(f"centroid: wanted a fitness that varies, found one constant value over {len(Z)} candidates")
    features = np.concatenate([encode_codes(space, Z, recipe.encoding), encode_fitness(fitness)], axis=1)
    points = reduce_features(features, recipe.reducer, recipe.k, rng)
    labels, converged = find_clusters(points, recipe.method, n, rng)
    return Clustered(Z, features, points, labels, assess(points, labels, rng, converged=converged))


@checked
def fit_centroids(
    problem: Problem,
    n: int,
    *,
    rng: np.random.Generator,
    recipe: Recipe | None = None,
    sample: Sample | None = None,
) -> Centroids:
    """Sample a problem, cluster the sample and decode the centroids.

    The sizes are tried in order until the quality no longer improves, at least two of three metrics
    deciding. Differs: smaller samples are the first part of the largest, so that no candidate is evaluated
    twice; and the fitness is what the problem minimises, as its test metric is not for solvers.

    Args:
        problem: What is sampled.
        n: Wanted centroids, the size of the population.
        rng: Source of randomness.
        recipe: How; None: as the paper found best, with smaller samples.
        sample: Candidates that have been evaluated already; None: draws them.

    Returns:
        The centroids; a warning says how many where they are fewer than ``n``.

    Raises:
        ValueError: Fewer distinct candidates than centroids, constant fitness, no finite encoding, several
            objectives, or no cluster at all.

    Source: traore2023, Algorithm 4.
    """
    centroids = fit_quietly(problem, n, rng=rng, recipe=recipe or Recipe(), sample=sample)
    if len(centroids) < n:
        warnings.warn(shortfall(len(centroids), n, problem.label), UserWarning, stacklevel=2)
    return centroids


def fit_quietly(
    problem: Problem, n: int, *, rng: np.random.Generator, recipe: Recipe, sample: Sample | None
) -> Centroids:
    """``fit_centroids`` without the warning, for callers that warn themselves."""
    if sample is None:
        sample = draw_sample(problem, parse_sizes(recipe.sizes)[0], rng)
    best, rounds = best_round(problem.space, sample, n, recipe, rng)
    return decode_centroids(problem, sample, best, rounds, n, recipe)


def decode_centroids(
    problem: Problem, sample: Sample, best: Clustered, rounds: tuple[Quality, ...], n: int, recipe: Recipe
) -> Centroids:
    """The second half of ``fit_centroids``: architectures for the ``n`` largest clusters, or fewer.

    Raises:
        ValueError: No cluster.
    """
    clusters = clusters_by_size(best.labels, n)
    if not len(clusters):
        raise ValueError(f"centroid: {recipe.method} found no cluster in {len(best.Z)} candidates")
    if recipe.decoding == "nearest":
        decoded = nearest_members(problem.space, best.Z, best.features, best.labels, clusters)
    else:
        decoded = rounded_means(problem.space, best.Z, best.labels, clusters, recipe.encoding)
    return Centroids(
        configs=tuple(problem.space.decode(np.stack(list(decoded.values())))),
        problem=identity(problem),
        sample=sample,
        points=best.points,
        labels=best.labels,
        sizes=np.bincount(best.labels[best.labels >= 0])[list(decoded)],
        rounds=rounds,
        recipe=recipe,
    )


def best_round(
    space: SearchSpace, sample: Sample, n: int, recipe: Recipe, rng: np.random.Generator
) -> tuple[Clustered, tuple[Quality, ...]]:
    """The first half of ``fit_centroids``: rounds of decreasing size until one does not improve on the last.

    Returns:
        The best round, and the qualities of all.

    Raises:
        ValueError: See ``cluster_sample``.
    """
    n = check_count(n, "n", minimum=1)
    best: Clustered | None = None
    rounds: list[Quality] = []
    for size in dict.fromkeys(min(size, len(sample)) for size in parse_sizes(recipe.sizes)):
        if best is not None and np.count_nonzero(~sample.failed[:size]) < max(n, 2):
            break
        clustered = cluster_sample(space, sample, size, n, recipe, rng)
        rounds.append(clustered.quality)
        if best is not None and not clustered.quality.improves_on(best.quality):
            break
        best = clustered
    assert best is not None
    return best, tuple(rounds)
