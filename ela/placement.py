"""Where a problem lies among the BBOB functions: scaled features, distances, nearest functions, clusters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ela.bbob import N_FUNCTIONS
from ela.bbob_features import Reference
from ela.feature.bootstrap import FeatureTable
from ela.feature.compute import Features
from nas_problems.array import FloatArray, IntArray, brief
from nas_problems.checked import checked

Scaling = Literal["zscore", "minmax"]
"""Features to mean 0 and standard deviation 1, or to [0, 1], over the reference's rows."""


@dataclass(frozen=True)
class Spread:
    """A mean and a standard deviation.

    Args:
        mean: Mean.
        sd: Population standard deviation.
    """

    mean: float
    sd: float

    @classmethod
    def of(cls, values: FloatArray) -> "Spread":
        """Of some values; NaN of none."""
        return cls(float(np.mean(values)), float(np.std(values))) if values.size else cls(float("nan"), float("nan"))

    def __str__(self) -> str:
        return f"{self.mean:.2f} +- {self.sd:.2f}"


@dataclass(frozen=True)
class Placement:
    """A problem among the BBOB functions, in the space of scaled features.

    Args:
        names: Features used.
        dropped: Feature -> why it was left out.
        point: The problem's scaled features (medians over its parts), shape (features,).
        functions: Scaled features of f1 ... f24 (medians over instances), shape (24, features).
        distances: Distance from the problem to each function's median, shape (24,).
        shares: Of the k reference rows nearest to each part of the problem, the share of each function,
            shape (parts, 24); rows sum to 1.
        neighbours: Distances from the problem to its k nearest reference rows.
        inside: Over these rows: mean distance to their own k nearest rows.
        between: Over all functions' rows: mean distance to the k nearest rows of other functions.
        beyond: Share of the reference's rows that lie as far from all other functions as the problem
            does from its neighbours, or farther.
        k: Number of neighbours.
        label: What it was compared with, for captions.
    """

    names: tuple[str, ...]
    dropped: dict[str, str]
    point: FloatArray
    functions: FloatArray
    distances: FloatArray
    shares: FloatArray
    neighbours: Spread
    inside: Spread
    between: Spread
    beyond: float
    k: int
    label: str

    @property
    def share(self) -> FloatArray:
        """Mean share of each function among the nearest rows, shape (24,)."""
        return np.asarray(self.shares.mean(axis=0), dtype=np.float64)

    @property
    def nearest(self) -> IntArray:
        """Function numbers, nearest first: by share among the nearest rows, then by distance; shape (24,)."""
        return np.lexsort((self.distances, -self.share)) + 1

    def interval(self, function: int) -> tuple[float, float]:
        """2.5 % and 97.5 % quantile of a function's share over the parts."""
        low, high = np.quantile(self.shares[:, function - 1], [0.025, 0.975])
        return float(low), float(high)


@checked
def place(
    features: FeatureTable | Features, reference: Reference, *, k: int | None = None, scaling: Scaling = "zscore"
) -> Placement:
    """Place a problem among the BBOB functions.

    Only the reference's rows decide the scale, so that placing one problem does not move another.

    Args:
        features: Features of the problem: of parts of its design (then the nearest functions come with an
            uncertainty), or of the whole design.
        reference: Features of the BBOB functions on designs of the same kind, size and scale of values; where
            ``features`` are features of parts, as large as a part.
        k: Neighbours to look at; None: as many as the reference has instances of a function.
        scaling: How features become comparable.

    Raises:
        ValueError: A reference made under other conditions; no feature is defined for the problem and all rows;
            ``k`` not below the number of rows; or an unknown scaling.

    Source: vanstein2020, section 5.
    """
    if scaling not in get_args(Scaling):
        raise ValueError(f"scaling: wanted one of {get_args(Scaling)}, found {brief(scaling)}")
    k = len(reference.values) // N_FUNCTIONS if k is None else k
    if not 1 <= k < len(reference.values):
        raise ValueError(f"k: wanted 1 ... {len(reference.values) - 1}, found {k}")
    table = FeatureTable((features,)) if isinstance(features, Features) else features
    _check_conditions(table, reference)
    names, dropped = _usable(table, reference)
    if not names:
        raise ValueError(f"features: wanted at least one that is defined everywhere, found {dropped}")
    rows = reference.select(names).values
    centre, scale = (
        (rows.mean(axis=0), rows.std(axis=0, ddof=1))
        if scaling == "zscore"
        else (rows.min(axis=0), np.ptp(rows, axis=0))
    )
    scaled = (rows - centre) / scale
    parts = (np.array([row.vector(names) for row in table]) - centre) / scale
    point = np.median(parts, axis=0)
    to_rows = distances(point[None, :], scaled)[0]
    nearest_rows = np.argsort(to_rows, kind="stable")[:k]
    between_rows = distances(scaled, scaled)
    np.fill_diagonal(between_rows, np.inf)
    inside = np.sort(between_rows[nearest_rows], axis=1)[:, :k].mean(axis=1)
    others = np.where(reference.functions[:, None] == reference.functions[None, :], np.inf, between_rows)
    outside = np.sort(others, axis=1)[:, :k].mean(axis=1)
    medians = function_medians(reference.functions, scaled)
    neighbours = to_rows[nearest_rows]
    return Placement(
        names=names,
        dropped=dropped,
        point=point,
        functions=medians,
        distances=distances(point[None, :], medians)[0],
        shares=_shares(parts, scaled, reference.functions, k),
        neighbours=Spread.of(neighbours),
        inside=Spread.of(inside),
        between=Spread.of(outside[np.isfinite(outside)]),
        beyond=float(np.mean(outside >= neighbours.mean())),
        k=k,
        label=reference.label,
    )


def function_medians(functions: IntArray, values: FloatArray) -> FloatArray:
    """Median over the rows of each function, shape (24, features)."""
    return np.array([np.median(values[functions == f], axis=0) for f in range(1, N_FUNCTIONS + 1)])


@checked
def cluster(points: FloatArray, *, method: Literal["complete", "ward"] = "complete") -> FloatArray:
    """Hierarchical clustering by Euclidean distance: scipy's linkage matrix, shape (n - 1, 4).

    Args:
        points: Scaled features, shape (n, features), n >= 2.
        method: ``complete``: distance of the two farthest members; ``ward``: growth of the squared error.
    """
    from scipy.cluster.hierarchy import linkage

    return np.asarray(linkage(points, method=method), dtype=np.float64)


@checked
def is_class(linkage_matrix: FloatArray, members: Sequence[int]) -> bool:
    """Whether some cluster of a clustering holds exactly these points.

    >>> is_class(cluster(np.array([[0.0], [0.1], [5.0], [5.2]])), [2, 3])
    True
    """
    n = len(linkage_matrix) + 1
    clusters: list[frozenset[int]] = [frozenset((i,)) for i in range(n)]
    for left, right, *_ in linkage_matrix:
        clusters.append(clusters[int(left)] | clusters[int(right)])
    return frozenset(members) in clusters


def _check_conditions(table: FeatureTable, reference: Reference) -> None:
    for row in table:
        if reference.conditions is not None and row.conditions != reference.conditions:
            raise ValueError(
                f"reference: wanted {row.conditions}, as the features have, found {reference.conditions}; "
                "features depend on all three"
            )


def _usable(table: FeatureTable, reference: Reference) -> tuple[tuple[str, ...], dict[str, str]]:
    names, dropped = [], {}
    for name in table.names:
        reasons = [row.undefined[name] for row in table if name in row.undefined]
        if name not in reference.names:
            dropped[name] = "the reference does not have it"
        elif reasons:
            dropped[name] = reasons[0]
        else:
            column = reference.values[:, reference.names.index(name)]
            if not np.isfinite(column).all():
                dropped[name] = "undefined for some BBOB function"
            elif np.ptp(column) == 0:
                dropped[name] = "the same for all BBOB functions"
            else:
                names.append(name)
    return tuple(names), dropped


def _shares(parts: FloatArray, rows: FloatArray, functions: IntArray, k: int) -> FloatArray:
    nearest = np.argsort(distances(parts, rows), axis=1, kind="stable")[:, :k]
    counts = [np.bincount(functions[row] - 1, minlength=N_FUNCTIONS) for row in nearest]
    return np.array(counts, dtype=np.float64) / k


def distances(A: FloatArray, B: FloatArray) -> FloatArray:
    """Euclidean distances between the rows of two arrays, shape (rows of A, rows of B)."""
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(A, B), dtype=np.float64)
