"""Cheap features of a space and of some tens of points: what is known of a problem when its run has just begun.

All but the spread of values look at ranks only, so that units and penalties do not matter. Distances are the space's
own (Hamming, or Gower where variables are ordered), so that no encoding is needed.
"""

import math

import numpy as np
from scipy.special import ndtri

from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace

FREE = ("log_d", "share_real", "share_ordered", "share_categorical", "share_binary", "log_choices", "log_size")
"""Names of what a space says without an evaluation."""

COSTLY = (
    "share_distinct",
    "share_best",
    "skewness",
    "tail_best",
    "tail_worst",
    "neighbour_fit",
    "distance_correlation",
    "fitness_distance",
    "additive_fit",
    "strongest",
    "interaction",
)
"""Names of what takes a design."""

NAMES = FREE + COSTLY
"""All, in the order of ``describe``."""

_MOST_CHOICES = 1000  # what a real variable counts as


def of_space(space: SearchSpace) -> FloatArray:
    """What a space says: how many variables of which kinds, and how many candidates; shape (len(FREE),).

    Returns:
        log2 of the number of variables; shares of real, other ordered, categorical (three choices or more) and binary
        ones; mean log2 of the number of choices; log2 of the number of candidates. A real variable counts as one of
        1000 choices.
    """
    n_choices = np.array([min(n or _MOST_CHOICES, _MOST_CHOICES) for n in space.n_choices], dtype=np.float64)
    real = np.array([n is None for n in space.n_choices])
    ordered = np.array([parameter.ordered for parameter in space.parameters])
    binary = n_choices == 2
    bits = np.log2(np.maximum(n_choices, 1))
    shares = (real, ordered & ~real & ~binary, ~ordered & ~binary, binary)
    return np.array([math.log2(space.n_parameters), *(each.mean() for each in shares), bits.mean(), bits.sum()])


def describe(space: SearchSpace, Z: Codes | None = None, y: FloatArray | None = None) -> FloatArray:
    """Features of a problem, shape (len(NAMES),); those of a design are NaN without one.

    Args:
        space: What is searched.
        Z: Codes of the design, shape (n, d), n >= 3.
        y: Their minimised finite values, (n,).

    Returns:
        After those of the space: share of distinct values; share of points that are equal to the best; skewness
        (difference of outer quartiles to the median over their distance); distance of the best and of the worst point
        from the median in interquartile ranges, as log2(1 + .); how well the nearest other point predicts a rank, the
        correlation of distances of points with differences of ranks, that of ranks with the distance to the best point;
        how well a model without interactions predicts ranks left out; share of the strongest variable in it; and how
        much better the nearest neighbours do than it. Correlations of a constant are 0.

    Source: jones1995 (fitness-distance correlation); kerschke2019 (features for selection).
    """
    known = of_space(space)
    if Z is None or y is None:
        return np.concatenate([known, np.full(len(COSTLY), np.nan)])
    return np.concatenate([known, _of_design(space, Z, y)])


def _of_design(space: SearchSpace, Z: Codes, y: FloatArray) -> FloatArray:
    from scipy.stats import rankdata  # half a second, which lists and reports need not wait for

    n = len(y)
    low, middle, high = np.quantile(y, [0.25, 0.5, 0.75])
    spread = high - low
    ranks = ndtri((rankdata(y) - 0.5) / n)
    D = space.distance(Z, Z)
    upper = np.triu_indices(n, 1)
    best = int(y.argmin())
    others = np.arange(n) != best
    off = D + np.where(np.eye(n, dtype=bool), np.inf, 0.0)
    near = np.exp(-off / max(float(np.median(D[upper])), 1e-9) * 4)
    neighbour = _correlation(near @ ranks / np.maximum(near.sum(axis=1), 1e-300), ranks)
    additive, strongest = _additive(space, Z, ranks)
    return np.array(
        [
            len(np.unique(y)) / n,
            float((y == y.min()).mean()),
            ((high - middle) - (middle - low)) / spread if spread > 0 else 0.0,
            math.log2(1 + (middle - y.min()) / spread) if spread > 0 else 0.0,
            math.log2(1 + (y.max() - middle) / spread) if spread > 0 else 0.0,
            neighbour,
            _correlation(D[upper], np.abs(ranks[:, None] - ranks[None, :])[upper]),
            _correlation(D[best][others], ranks[others]),
            additive,
            strongest,
            neighbour - additive,
        ]
    )


def _correlation(a: FloatArray, b: FloatArray) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale > 1e-12 else 0.0


def _additive(space: SearchSpace, Z: Codes, ranks: FloatArray) -> tuple[float, float]:
    """How far a ridge model without interactions predicts ranks left out, and the share of its strongest variable.

    An ordered variable has its place and the square of it, a categorical one a column per choice.
    """
    columns, owner = [], []
    places = space.to_box(Z) / 5
    for j, parameter in enumerate(space.parameters):
        if parameter.ordered:
            columns += [places[:, j], places[:, j] ** 2]
            owner += [j, j]
        else:
            values = np.unique(Z[:, j])
            columns += list((Z[:, j][None, :] == values[:, None]).astype(np.float64))
            owner += [j] * len(values)
    X = np.array(columns).T
    X = X - X.mean(axis=0)
    gram = X @ X.T
    n = len(ranks)
    ridge = max(float(np.trace(gram)) / n, 1e-9)
    hat = gram @ np.linalg.inv(gram + ridge * np.eye(n)) + 1.0 / n
    left_out = ranks - (ranks - hat @ ranks) / np.maximum(1 - hat.diagonal(), 1e-3)
    dual = np.linalg.solve(gram + ridge * np.eye(n), ranks)
    owners = np.array(owner)
    effects = np.array([(X[:, owners == j] @ (X[:, owners == j].T @ dual)).var() for j in range(space.n_parameters)])
    total = float(effects.sum())
    return _correlation(left_out, ranks), float(effects.max()) / total if total > 1e-12 else 1 / space.n_parameters
