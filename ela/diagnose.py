"""Does the evaluation metric fool the search? Naive models in a landscape, and what they do to it.

>>> import ela, nas_problems
>>> found = ela.diagnose(nas_problems.make("nb201-cifar10"), n=300, seed=1)
>>> found.n, found.naive_level is None
(300, True)
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ela.landscape.correlation import fitness_distance_correlation
from ela.landscape.graph import NeighbourGraph, threshold_graph
from ela.landscape.landscape import BINS, Landscape
from ela.landscape.locality import Locality, locality
from ela.landscape.mode import Mode, find_modes
from ela.landscape.neutrality import neutrality, neutrality_degree
from nas_problems.array import BoolArray, FloatArray, IntArray, check_count
from nas_problems.checked import checked
from nas_problems.problem import Problem

_MOST_NATS = 20.0  # the logarithm of more classes than any data set has

_LARGEST_NATS = 700.0  # whose exponential is a number

RADII = (40, 20, 10, 5)
"""C in ``Delta = maxdist / C``, in the order in which it is tried."""


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What a sample says about naive models.

    Args:
        problem: Label of the problem and variant.
        axis: What fitness is called on an axis.
        landscape: The sample.
        modes: Modes of its distribution of fitness.
        naive_level: Fitness of a model that has learnt nothing: as given, or ``ln k`` for the log loss of
            a uniform prediction for k classes where a suspicious mode lies within 5 % of it, or the level
            of the largest suspicious mode. None: there is no such mode.
        naive_source: Where ``naive_level`` comes from.
        distance_parts: C of ``Delta = maxdist / C``: 40 as in the paper, or the largest of 20, 10, 5 with
            which at least half of the sample has a neighbour (5 if none has).
        radius: Delta where it is not that of ``distance_parts``, as in a part of a sample.
        by_level: Whether neighbours are those whose distances to the best configuration differ by less than Delta.

    Source: traore2023malfunction, section 2.
    """

    problem: str
    axis: str
    landscape: Landscape
    modes: tuple[Mode, ...]
    naive_level: float | None
    naive_source: str
    distance_parts: int
    radius: float | None = None
    by_level: bool = False

    @property
    def n(self) -> int:
        """Number of distinct configurations in the sample."""
        return len(self.landscape)

    @property
    def tolerance(self) -> float:
        """``epsilon = maxfitness / 40``."""
        return self.landscape.neutral_tolerance

    @cached_property
    def graph(self) -> NeighbourGraph:
        """Neighbours: nearer than ``maxdist / distance_parts`` in Gower distance, or see ``by_level``."""
        away = self.landscape.gower_to_best
        distances = np.abs(away[:, None] - away[None, :]) if self.by_level else self.landscape.distances
        return threshold_graph(distances, self._radius)

    @property
    def _radius(self) -> float:
        if self.radius is not None:
            return self.radius
        return float(self.landscape.gower_to_best.max()) / self.distance_parts

    @cached_property
    def naive(self) -> BoolArray:
        """Whose fitness is within ``epsilon`` of the naive level, (n,)."""
        if self.naive_level is None:
            return np.zeros(self.n, dtype=np.bool_)
        return np.asarray(np.abs(self.landscape.y - self.naive_level) < self.tolerance)

    @property
    def naive_share(self) -> float:
        """Share of configurations at the naive level."""
        return float(self.naive.mean())

    @property
    def suspicious_share(self) -> float:
        """Share of configurations in any suspicious mode."""
        members = [mode.members for mode in self.modes if mode.is_suspicious]
        return float(np.any(members, axis=0).mean()) if members else 0.0

    @property
    def fdc(self) -> float:
        """Fitness-distance correlation of the sample."""
        return fitness_distance_correlation(self.landscape)

    @cached_property
    def locality(self) -> Locality:
        """Mean fitness of neighbours against fitness."""
        return locality(self.graph, self.landscape.y, n_bins=BINS, from_zero=self.by_level)

    @cached_property
    def neutrality_degree(self) -> IntArray:
        """Number of neutral neighbours of each configuration, (n,)."""
        return neutrality_degree(self.graph, self.landscape.y, tolerance=self.tolerance)

    @property
    def neutrality(self) -> float:
        """Share of neighbour pairs that are neutral."""
        return neutrality(self.graph, self.landscape.y, tolerance=self.tolerance)

    def without_naive(self) -> "Diagnosis":
        """The same sample without the configurations at the naive level, everything else alike.

        Neighbourhoods are as wide as before; what changes in locality and neutrality is the naive
        configurations' doing.
        """
        part = self.landscape.part(~self.naive)
        return Diagnosis(
            self.problem, self.axis, part, (), None, "left out", self.distance_parts, self._radius, self.by_level
        )

    def by_distance_to_best(self) -> "Diagnosis":
        """The same sample with the neighbourhood that the paper's figures have.

        Its text says nearer than ``maxdist / 40``; few configurations have such a neighbour. Taken as ``|d(x, x*) -
        d(y, x*)| < maxdist / 40`` there are about a hundred each, as many as its figures count. Bins of fitness begin
        at zero.
        """
        return replace(self, distance_parts=RADII[0], radius=None, by_level=True)


@checked
def diagnose(problem: Problem, n: int = 1000, *, naive_level: float | None = None, seed: int) -> Diagnosis:
    """Look for naive models in a uniform sample of a problem.

    Args:
        problem: One objective.
        n: Configurations to evaluate; 20 ... 20,000.
        naive_level: Minimised fitness of a model that always predicts the majority class, or the same
            probability for all classes, where it is known.
        seed: Seed of the sample.

    Raises:
        ValueError: ``n`` out of range, or several objectives.
    """
    if not 20 <= n <= 20_000:
        raise ValueError(f"n: wanted 20 ... 20000 configurations, found {n}")
    rng = np.random.default_rng(check_count(seed, "seed"))
    return diagnose_sample(Landscape.sample(problem, n, rng=rng), problem=problem, naive_level=naive_level)


@checked
def diagnose_sample(landscape: Landscape, *, problem: Problem, naive_level: float | None = None) -> Diagnosis:
    """The same for configurations that were evaluated already.

    Args:
        landscape: A sample of ``problem``.
        problem: Gives names and tells a log loss from other metrics.
        naive_level: See ``diagnose``.
    """
    modes = find_modes(landscape.y, landscape.distances)
    suspects = [mode.level for mode in modes if mode.is_suspicious]
    source = "given"
    if naive_level is None and suspects:
        naive_level, source = suspects[0], "largest suspicious mode"
        name = problem.objective_metrics[0]
        if "logloss" in name or "cross_entropy" in name:
            level = min(suspects, key=_gap_to_uniform)
            if _gap_to_uniform(level) < 0.05:
                classes = uniform_classes(level)
                naive_level, source = math.log(classes), f"uniform prediction for {classes} classes"
    elif naive_level is None:
        source = "no suspicious mode"
    return Diagnosis(
        problem.label,
        problem.objectives[0].label,
        landscape,
        modes,
        naive_level,
        source,
        _distance_parts(landscape),
    )


@checked
def uniform_classes(log_loss: float) -> int:
    """Number of classes whose uniform prediction has about this log loss: k with ``ln k`` nearest, k >= 2.

    >>> uniform_classes(2.30)
    10
    """
    k = max(2, math.floor(math.exp(min(log_loss, _LARGEST_NATS))))
    return k if log_loss - math.log(k) < math.log(k + 1) - log_loss else k + 1


def _gap_to_uniform(log_loss: float) -> float:
    """Relative distance to the nearest ``ln k``; ``inf`` for a level that only a penalty can have."""
    if log_loss > _MOST_NATS:
        return math.inf
    level = math.log(uniform_classes(log_loss))
    return abs(log_loss - level) / level


def _distance_parts(landscape: Landscape) -> int:
    radius = float(landscape.gower_to_best.max())
    nearest = _nearest(landscape.distances)
    for parts in RADII:
        if (nearest < radius / parts).mean() >= 0.5:
            return parts
    return RADII[-1]


def _nearest(distance: FloatArray) -> FloatArray:
    """Distance of each point to the nearest other one."""
    others = distance + np.diag(np.full(len(distance), np.inf))
    return np.asarray(others.min(axis=1))
