"""Information content of a tour through the points: smoothness, ruggedness, neutrality.

Source: munoz2015, equations 2-9.
"""

from collections.abc import Collection

import numpy as np

from ela.feature.design import Design, Outcome
from ela.feature.registry import FeatureSet, feature_sets
from nas_problems.array import FloatArray, IntArray

EPSILON: FloatArray = np.concatenate([[0.0], 10.0 ** np.linspace(-5, 15, num=1000)])
"""Thresholds on the slope; flacco's grid."""

_SETTLING = 0.05
_SENSITIVITY = 0.5


def tour(distances: FloatArray, start: int) -> IntArray:
    """A greedy walk from ``start``, always to the nearest point not yet visited; shape (n,)."""
    n = len(distances)
    visited = np.zeros(n)
    path = np.empty(n, dtype=np.int64)
    path[0] = current = start
    visited[start] = np.inf
    for step in range(1, n):
        current = int((distances[current] + visited).argmin())
        path[step] = current
        visited[current] = np.inf
    return path


def entropy(signs: IntArray, levels: IntArray) -> FloatArray:
    """Entropy H of two consecutive symbols that differ, per threshold, base 6; shape (1001,).

    Args:
        signs: Sign of each slope, shape (m,).
        levels: First index in ``EPSILON`` at which the slope's symbol is 0, shape (m,).

    Source: munoz2015, equation 2.
    """
    n_pairs, n_levels = len(signs) - 1, len(EPSILON)
    left, right = signs[:-1] + 1, signs[1:] + 1
    first = np.minimum(levels[:-1], levels[1:])
    last = np.maximum(levels[:-1], levels[1:])
    # a pair starts as (left, right), loses its flatter slope at `first` and its steeper one at `last`
    half = np.where(levels[:-1] <= levels[1:], 3 + right, 3 * left + 1)
    whole = 3 * left + right
    change = np.zeros((n_levels + 1) * 9)
    for position, codes, weight in ((0, whole, 1), (first, whole, -1), (first, half, 1), (last, half, -1)):
        change += weight * np.bincount(position * 9 + codes, minlength=len(change))
    counts = np.cumsum(change.reshape(-1, 9), axis=0)[:n_levels, [1, 2, 3, 5, 6, 7]]
    p = counts / n_pairs
    return np.asarray(-(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1) / np.log(6), dtype=np.float64)


def partial_information(signs: IntArray, levels: IntArray) -> FloatArray:
    """Share M of sign changes among the slopes that are not 0, per threshold, shape (1001,).

    Source: munoz2015, equation 3.
    """
    n_levels, m = len(EPSILON), len(signs)
    result = np.zeros(n_levels)
    edges = np.unique(np.concatenate([[0], levels[levels < n_levels]]))
    stops = np.append(edges[1:], n_levels)
    for start, stop in zip(edges.tolist(), stops.tolist(), strict=True):
        alive = signs[levels > start]
        result[start:stop] = np.count_nonzero(alive[1:] != alive[:-1]) / (m - 1)
    return result


def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
    """The wanted features of this set; ``rng`` draws the tour's first point, None takes the smallest one.

    Equal points are merged first.
    """
    distinct = design.distinct
    if distinct.n < 4:
        return {name: "fewer than 4 distinct points" for name in _FEATURES if name in wanted}
    if distinct.constant:
        return {name: "y is constant over distinct points" for name in _FEATURES if name in wanted}
    start = distinct.start if rng is None else int(rng.integers(distinct.n))
    path = tour(distinct.distances, start)
    slopes = np.diff(distinct.y[path]) / distinct.distances[path[:-1], path[1:]]
    signs = np.sign(slopes).astype(np.int64)
    levels = np.searchsorted(EPSILON, np.abs(slopes), side="right").astype(np.int64)
    levels[signs == 0] = 0
    H, M = entropy(signs, levels), partial_information(signs, levels)
    settled, sensitive = EPSILON[H < _SETTLING], EPSILON[M[0] * _SENSITIVITY < M]
    outcomes: dict[str, Outcome] = {
        "ic.h_max": float(H.max()),
        "ic.eps_s": _log10(settled[:1], "the entropy settles at no positive threshold"),
        "ic.eps_max": float(np.median(EPSILON[H.max() == H])),
        "ic.eps_ratio": _log10(sensitive[-1:], "the partial information halves at no positive threshold"),
        "ic.m0": float(M[0]),
    }
    return {name: value for name, value in outcomes.items() if name in wanted}


def _log10(epsilon: FloatArray, reason: str) -> Outcome:
    return float(np.log10(epsilon[0])) if epsilon.size and epsilon[0] > 0 else reason


_FEATURES = ("ic.h_max", "ic.eps_s", "ic.eps_max", "ic.eps_ratio", "ic.m0")

feature_sets.register("information-content", summary="information content of a tour", family="walks")(
    FeatureSet(
        _FEATURES,
        compute,
        pflacco="calculate_information_content",
        varies={
            "values scaled": frozenset(_FEATURES) - {"ic.m0"},  # the thresholds are fixed
            "variables reordered": frozenset(_FEATURES),  # another point is the smallest: another tour
        },
    )
)
