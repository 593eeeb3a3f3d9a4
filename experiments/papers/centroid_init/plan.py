"""What the page on centroid starts computes, in full and in brief."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from experiments.papers.centroid_init.work import POPULATION, Clustering, Fit, Key, Search, Unit
from nas_problems.parameter import Value
from optimizers.initializers.centroid import Centroids, Recipe
from optimizers.initializers.centroid.clustering import Method, Reducer
from optimizers.initializers.centroid.encoding import Encoding

Fitted = Mapping[str, list[dict[str, Centroids]]]
"""Problem -> its fits, each decoding -> centroids."""

STARTS = ("uniform", "latin-hypercube", "centroid", "centroid rounded")
SOLVERS = ("GA", "EA", "AE")
NOISES = ("mean", "sampled")
METHODS: tuple[Method, ...] = ("k-means", "spectral", "dbscan", "birch", "bayesian-mixture")
TRANSFER = "transfer"
CHARGED = "charged"
CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is computed."""

    problems: tuple[str, ...]
    runs: int
    budget: int
    transfer_runs: int
    transfer_budget: int
    charged_runs: int
    charged_sample: int
    fits: int
    fit_sizes: str
    instances: int
    components: tuple[int, ...]
    counts: tuple[int, ...]
    samples: tuple[int, ...]
    method_sample: int


FULL = Sizes(
    problems=("nb201-cifar10", "nb201-cifar100", "nb201-imagenet16-120"),
    runs=100,
    budget=1995,  # 105 generations of 19
    transfer_runs=30,
    transfer_budget=100,
    charged_runs=30,
    charged_sample=500,
    fits=5,
    fit_sizes="10000 5000 2500 1000 500 100",
    instances=10,
    components=(2, 3, 4, 5, 6, 7),
    counts=(5, 10, 15, 20, 25, 30, 40),
    samples=(100, 500, 1000, 2500, 5000, 10000),
    method_sample=2500,
)
QUICK = Sizes(
    problems=("nb201-cifar10", "nb201-cifar100"),
    runs=3,
    budget=57,
    transfer_runs=2,
    transfer_budget=57,
    charged_runs=2,
    charged_sample=30,
    fits=1,
    fit_sizes="200",
    instances=2,
    components=(2, 3),
    counts=(5, 10),
    samples=(60, 200),
    method_sample=300,
)


def fits(sizes: Sizes, seed: int) -> dict[Any, Unit]:
    """The fits that searches start from, and those on relabelled instances, by key."""
    units: dict[Any, Unit] = {
        ("fit", name, i): Fit(name, Recipe(sizes.fit_sizes, rest="uniform"), 1000 * seed + i)
        for name in sizes.problems
        for i in range(sizes.fits)
    }
    largest = sizes.fit_sizes.split()[0]
    for name in sizes.problems:
        for instance in range(1, sizes.instances + 2):
            recipe = Recipe(largest, method="k-means")
            units["instance", name, instance] = Fit(name, recipe, 1000 * seed + 500, instance)
    return units


def clusterings(problem: str, sizes: Sizes, seed: int) -> dict[Any, Unit]:
    """What figures 3 to 7 show of a problem, by key."""
    largest = sizes.samples[-1]
    units: dict[Any, Unit] = {}
    for encoding in get_args(Encoding):
        for reducer in get_args(Reducer):
            for k in sizes.components:
                units["components", problem, encoding, reducer, k] = Clustering(
                    problem, largest, 10, encoding, reducer, k, "k-means", seed
                )
        for n in sizes.counts:
            for size in sizes.samples if encoding == "short" else (largest,):
                units["count", problem, encoding, size, n] = Clustering(
                    problem, size, n, encoding, "svd", 2, "k-means", seed
                )
        for method in METHODS:
            units["method", problem, encoding, method] = Clustering(
                problem, sizes.method_sample, POPULATION, encoding, "svd", 2, method, seed
            )
    return units


def searches(sizes: Sizes, seed: int, fitted: Fitted) -> list[Search]:
    """All searches; no two runs share a seed.

    Args:
        sizes: How much.
        seed: Of the page.
        fitted: Problem -> its fits, each decoding -> centroids.
    """
    numbers = itertools.count(1_000_000 * seed)

    def seeds(n: int) -> tuple[int, ...]:
        return tuple(itertools.islice(numbers, n))

    found: list[Search] = []
    for start in STARTS:
        decoding = "rounded" if start.endswith("rounded") else "nearest"
        for name in sizes.problems:
            centroids = tuple(fit[decoding] for fit in fitted[name]) if start.startswith("centroid") else ()
            initializer = "uniform" if centroids else start
            for noise in NOISES:
                found += [
                    Search(name, noise, solver, start, sizes.budget, seeds(sizes.runs), centroids, initializer)
                    for solver in SOLVERS
                ]
        centroids = tuple(fit[decoding] for fit in fitted[sizes.problems[0]]) if start.startswith("centroid") else ()
        for name in sizes.problems[1:]:
            found += [
                Transfer(
                    name, "mean", s, start, sizes.transfer_budget, seeds(sizes.transfer_runs), centroids, initializer
                )
                for s in SOLVERS
            ]
    options: dict[str, Value] = {"sizes": str(sizes.charged_sample), "charged": True, "rest": "uniform"}
    for name in sizes.problems:
        for noise in NOISES:
            found.append(Search(name, noise, "RS", "uniform", sizes.budget, seeds(sizes.runs)))
        found.append(
            Search(name, "mean", "EA", CHARGED, sizes.budget, seeds(sizes.charged_runs), (), "centroid", options)
        )
        parts = {"EA": sizes.budget - sizes.charged_sample, "RS": sizes.charged_sample}
        found += [Search(name, "mean", s, CONTROL, budget, seeds(sizes.charged_runs)) for s, budget in parts.items()]
    return found


@dataclass(frozen=True)
class Transfer(Search):
    """A short search from the start of another problem."""

    @property
    def key(self) -> Key:
        """As of any search, with a mark."""
        return (f"{TRANSFER} {self.problem}", *super().key[1:])
