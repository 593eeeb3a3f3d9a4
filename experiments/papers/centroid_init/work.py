"""Units of work of the page on centroid starts: fits, clusterings and searches; each is called in a worker."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import nas_problems
import optimizers
from nas_problems.array import FloatArray, IntArray
from nas_problems.parameter import Value
from nas_problems.problem import Problem
from nas_problems.space import Codes
from optimizers.initializers.centroid import Centroids, Quality, Recipe, draw_sample
from optimizers.initializers.centroid.clustering import Method, Reducer
from optimizers.initializers.centroid.encoding import Encoding
from optimizers.initializers.centroid.fit import best_round, cluster_sample, decode_centroids

POPULATION = 19
"""Individuals, the number of clusters that the paper settled on."""

Key = tuple[str, str, str, str]
"""Problem, noise, solver, start."""

Unit = Any
"""A picklable call without arguments: one of the classes below."""


def work(unit: Unit) -> Any:
    """Carry out a unit."""
    return unit()


def accuracy(problem: Problem, Z: Codes) -> FloatArray:
    """Noise-free validation accuracy in percent, (n,)."""
    return np.asarray(100.0 - problem.noise_free(Z))


@dataclass(frozen=True)
class Fit:
    """One sample of a problem, clustered once and decoded in both ways.

    Args:
        problem: Registered name.
        instance: Of the problem.
        recipe: How; its decoding is not looked at.
        seed: Of sampling and clustering.
    """

    problem: str
    recipe: Recipe
    seed: int
    instance: int = 1

    def __call__(self) -> dict[str, Centroids]:
        """Decoding -> centroids."""
        problem, rng = nas_problems.make(self.problem).variant(instance=self.instance), np.random.default_rng(self.seed)
        sample = draw_sample(problem, max(map(int, self.recipe.sizes.split())), rng)
        best, rounds = best_round(problem.space, sample, POPULATION, self.recipe, rng)
        recipes = {
            "nearest": replace(self.recipe, decoding="nearest"),
            "rounded": replace(self.recipe, decoding="rounded"),
        }
        return {
            name: decode_centroids(problem, sample, best, rounds, POPULATION, recipe)
            for name, recipe in recipes.items()
        }


@dataclass(frozen=True)
class Clustering:
    """One clustering of a sample, assessed.

    Args:
        problem: Registered name.
        size: Candidates of the sample.
        n: Wanted clusters.
        encoding: Of the features.
        reducer: Of the features.
        k: Components.
        method: Of clustering.
        seed: Of sampling and clustering.
    """

    problem: str
    size: int
    n: int
    encoding: Encoding
    reducer: Reducer
    k: int
    method: Method
    seed: int

    def __call__(self) -> tuple[Quality, FloatArray, IntArray]:
        """The quality, the reduced features (m, k) and the clusters (m,)."""
        problem, rng = nas_problems.make(self.problem), np.random.default_rng(self.seed)
        sample = draw_sample(problem, self.size, rng)
        recipe = Recipe(str(self.size), self.encoding, self.reducer, self.k, self.method)
        found = cluster_sample(problem.space, sample, self.size, self.n, recipe, rng)
        return found.quality, found.points, found.labels


@dataclass(frozen=True)
class Searched:
    """What is kept of the runs of one solver from one start.

    Args:
        initial: Mean noise-free accuracy of each run's first population, (runs,).
        incumbents: Best candidate of each run by its observed value, (runs, d).
        population: Observed accuracy of the population after each generation, mean over runs of its mean,
            minimum and maximum, (3, generations).
        spread: Standard deviation over runs of the population's mean, (generations,).
    """

    initial: FloatArray
    incumbents: Codes
    population: FloatArray
    spread: FloatArray


@dataclass(frozen=True)
class Search:
    """Runs of one solver from one start on one problem.

    Args:
        problem: Registered name.
        noise: Its noise mode.
        solver: Key of ``SOLVERS``.
        start: Name on the page.
        budget: Evaluations per run.
        seeds: One per run.
        centroids: Fits that the runs take in turn; none: ``initializer`` is used.
        initializer: Registered name.
        options: Of the initializer.
    """

    problem: str
    noise: str
    solver: str
    start: str
    budget: int
    seeds: tuple[int, ...]
    centroids: tuple[Centroids, ...] = ()
    initializer: str = "uniform"
    options: Mapping[str, Value] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Problem, noise, solver, start."""
        return self.problem, self.noise, self.solver, self.start

    def __call__(self) -> Searched:
        """Run all seeds."""
        problem = nas_problems.make(self.problem).variant(noise=self.noise)
        name, options = SOLVERS[self.solver]
        solver = optimizers.make(name, **options)
        initial, incumbents, means, curves = [], [], [], []
        for i, seed in enumerate(self.seeds):
            start = (
                self.centroids[i % len(self.centroids)]
                if self.centroids
                else optimizers.make_initializer(self.initializer, problem, **self.options)
            )
            log = optimizers.run(solver, problem, budget=self.budget, seed=seed, initializer=start)
            searched = slice(log.n_sampled if self.options.get("charged") else 0, None)
            initial.append(accuracy(problem, log.Z[searched][:POPULATION]).mean())
            incumbents.append(log.Z[log.best])
            population = 100.0 - populations(log.y[searched], survivors=self.solver == "EA")
            means.append(population.mean(axis=1))
            curves.append([population.mean(axis=1), population.min(axis=1), population.max(axis=1)])
        return Searched(np.array(initial), np.stack(incumbents), np.mean(curves, axis=0), np.std(means, axis=0))


SOLVERS: Mapping[str, tuple[str, Mapping[str, Value]]] = {
    "GA": (
        "deap-ga",
        {
            "population_size": POPULATION,
            "tournament_size": 2,
            "mutation_probability": 0.2,
            "variable_probability": 0.05,
            "mutation": "round-robin",
            "evaluate_copies": True,
        },
    ),
    "EA": (
        "deap-mu-plus-lambda",
        {
            "population_size": POPULATION,
            "n_offspring": POPULATION,
            "variable_probability": 0.1,
            "mutation": "round-robin",
            "evaluate_copies": True,
        },
    ),
    "AE": ("aging-evolution", {"population_size": POPULATION, "tournament_size": 10}),
    "RS": ("random-search", {}),
}
"""Name on the page -> solver and options; the paper's values (section 5.5.1)."""


def populations(y: FloatArray, *, survivors: bool, size: int = POPULATION) -> FloatArray:
    """Values of the population after each generation, (generations, size).

    Args:
        y: Values in the order of evaluation; what is left after the last whole generation is not shown.
        survivors: Whether the best of parents and children survive; else the latest are the population,
            as in a generational algorithm, and in aging evolution, which removes the oldest.
        size: Individuals of the population.

    >>> populations(np.array([*range(19), *range(5, 24)], float), survivors=True)[1].max().item()
    11.0
    """
    rows = y[: len(y) // size * size].reshape(-1, size)
    if not survivors:
        return rows
    kept = [rows[0]]
    for children in rows[1:]:
        kept.append(np.sort(np.concatenate([kept[-1], children]))[:size])
    return np.stack(kept)
