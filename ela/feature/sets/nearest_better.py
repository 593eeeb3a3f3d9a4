"""Nearest-better clustering: each point's nearest neighbour next to its nearest better neighbour.

Source: kerschke2015, section 3.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ela.correlation import pearson
from ela.feature.design import Design, Outcome
from ela.feature.registry import FeatureSet, feature_sets
from nas_problems.array import FloatArray, IntArray

_NEIGHBOURHOOD = 0.05


@dataclass(frozen=True)
class NearestBetter:
    """Who is nearest, and who is nearest and better.

    Args:
        near: Distance to the nearest other point, shape (n,).
        near_better: Distance to the nearest point with a smaller value; see ``nearest_better`` for the
            best points, which have none. Shape (n,).
        better: Row of that point, -1 where there is none, shape (n,).
    """

    near: FloatArray
    near_better: FloatArray
    better: IntArray

    @property
    def indegree(self) -> FloatArray:
        """To how many points each point is the nearest better one, shape (n,)."""
        return np.bincount(self.better[self.better >= 0], minlength=len(self.better)).astype(np.float64)


def nearest_better(design: Design) -> NearestBetter:
    """Find the nearest and the nearest better neighbours; of equally near ones the first row counts.

    A best point has no better one. As in flacco it gets the nearest of the equally good points that are
    not among its ceil(0.05 n) nearest points (itself included, and all that are as near as the last of them);
    where there is none, ``near``. That this is
    R flacco's rule is decided by the published features of designs with 364, 112 and 300 equally good
    points (vanstein2020): ours are within 0.8 of their standard deviations; with the nearest of all equally
    good points, as orivex takes it, they are 5 to 39 of them away.
    """
    n, y = design.n, design.y
    distances = design.distances.copy()
    np.fill_diagonal(distances, np.inf)
    near = distances.min(axis=1)
    masked = np.where(y[None, :] < y[:, None], distances, np.inf)
    better = masked.argmin(axis=1)
    near_better = masked[np.arange(n), better]
    n_near = math.ceil(_NEIGHBOURHOOD * n) - 1
    for row in np.flatnonzero(y == y.min()):
        equal = np.where(y == y[row], distances[row], np.inf)
        if n_near > 0:
            equal[distances[row] <= np.partition(distances[row], n_near - 1)[n_near - 1]] = np.inf
        nearest = int(equal.argmin())
        has_equal = np.isfinite(equal[nearest])
        better[row] = nearest if has_equal else -1
        near_better[row] = equal[nearest] if has_equal else near[row]
    return NearestBetter(near, near_better, better)


def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
    """The wanted features of this set."""
    design = design.ordered  # who is nearest of several does not depend on the order of rows
    graph = nearest_better(design)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = graph.near / graph.near_better
    ratio = ratio[np.isfinite(ratio)]
    outcomes = {
        "nbc.nn_nb.sd_ratio": _ratio(_sd(graph.near), _sd(graph.near_better), "nearest-better distances are all equal"),
        "nbc.nn_nb.mean_ratio": _ratio(
            float(graph.near.mean()), float(graph.near_better.mean()), "nearest-better distances are all zero"
        ),
        "nbc.nn_nb.cor": _correlation(graph.near, graph.near_better, "distances"),
        "nbc.dist_ratio.coeff_var": _ratio(_sd(ratio), float(ratio.mean()), "distance ratios are all zero")
        if ratio.size > 1
        else "fewer than 2 points have a nearest-better distance above zero",
        "nbc.nb_fitness.cor": _correlation(graph.indegree, design.y, "indegrees"),
    }
    return {name: value for name, value in outcomes.items() if name in wanted}


def _sd(values: FloatArray) -> float:
    return float(np.std(values, ddof=1))


def _ratio(numerator: float, denominator: float, reason: str) -> Outcome:
    return numerator / denominator if denominator > 0 else reason


def _correlation(a: FloatArray, b: FloatArray, what: str) -> Outcome:
    correlation = pearson(a, b)
    return f"{what} are all equal" if math.isnan(correlation) else correlation


_FEATURES = (
    "nbc.nn_nb.sd_ratio",
    "nbc.nn_nb.mean_ratio",
    "nbc.nn_nb.cor",
    "nbc.dist_ratio.coeff_var",
    "nbc.nb_fitness.cor",
)

feature_sets.register("nearest-better", summary="nearest and nearest better neighbours", family="distances")(
    FeatureSet(
        _FEATURES,
        compute,
        pflacco="calculate_nbc",
        minimum=dict.fromkeys(_FEATURES, lambda d: 3),
        varies={"variables reordered": frozenset({"nbc.nb_fitness.cor"})},  # of equally near points the smallest counts
    )
)
