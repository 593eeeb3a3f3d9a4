"""A design of experiments with its values, and the costly things that several feature sets share.

Distances and model matrices are computed once per design, and once for all bootstrap samples of a
design: ``subset`` takes rows of what its parent has.

Ties are the rule in designs on NAS and HPO tables, and each has one answer here. Distances that differ only in
their last bits are equal; of equally near points the lexicographically smallest counts, whatever the order of rows;
equal values are equally good. An engine that breaks such a tie in another way does not compute the features that
depend on it: our own code does, and ``Features.engines`` says so.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray, check_numbers

Outcome = float | str
"""A feature's value, or the reason why it is undefined."""


@dataclass(frozen=True, eq=False)
class Design:
    """Checked points and values; make it with ``check_design``.

    Args:
        X: Points, shape (n, d), finite, inside the bounds.
        y: Minimised values, shape (n,), finite.
        lower: Lower bounds, shape (d,).
        upper: Upper bounds, shape (d,).
        parent: The design that this one is a sample of.
        rows: Its rows in the parent, shape (n,).
    """

    X: FloatArray
    y: FloatArray
    lower: FloatArray
    upper: FloatArray
    parent: "Design | None" = None
    rows: IntArray | None = None

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.y)

    @property
    def d(self) -> int:
        """Number of variables."""
        return int(self.X.shape[1])

    def subset(self, rows: IntArray) -> "Design":
        """The design of some rows, which shares this design's distances and model matrix."""
        return Design(self.X[rows], self.y[rows], self.lower, self.upper, parent=self, rows=rows)

    def with_values(self, y: FloatArray) -> "Design":
        """The same points with other values, sharing this design's distances and model matrix."""
        return Design(self.X, y, self.lower, self.upper, parent=self, rows=np.arange(self.n))

    @cached_property
    def constant(self) -> bool:
        """Whether all values are equal."""
        return self.n > 0 and bool(self.y.min() == self.y.max())

    @cached_property
    def varies(self) -> BoolArray:
        """Which variables have more than one value, (d,); a standard deviation of equal numbers need not be 0."""
        return np.asarray(self.X.min(axis=0) < self.X.max(axis=0))

    @cached_property
    def distances(self) -> FloatArray:
        """Euclidean distances between all points, rounded to 2^-40 of the diameter of the bounds; shape (n, n)."""
        if self.parent is not None and self.rows is not None:
            parent = self.parent.distances
            return parent if self._all_rows else parent[self.rows[:, None], self.rows[None, :]]
        from scipy.spatial.distance import cdist

        diameter = float(np.sqrt(((self.upper - self.lower) ** 2).sum()))
        unit = 2.0 ** (math.ceil(math.log2(diameter)) - 40) if 0 < diameter < math.inf else 1.0
        # so that equal distances are equal numbers, which summation in another order would break
        return np.asarray(np.rint(cdist(self.X, self.X) / unit) * unit, dtype=np.float64)

    @cached_property
    def has_tied_distances(self) -> bool:
        """Whether two points are equally near to a third one."""
        return bool((np.diff(np.sort(self.distances, axis=1), axis=1) == 0).any())

    @cached_property
    def has_tied_best(self) -> bool:
        """Whether several points have the best value."""
        return self.n > 1 and bool(np.count_nonzero(self.y == self.y.min()) > 1)

    @property
    def _all_rows(self) -> bool:
        assert self.parent is not None and self.rows is not None
        return self.n == self.parent.n and np.array_equal(self.rows, np.arange(self.n))

    @cached_property
    def start(self) -> int:
        """Row of the lexicographically smallest point: where a tour starts when nothing is drawn."""
        order: IntArray = np.lexsort(self.X.T[::-1])
        return int(order[0])

    @cached_property
    def ordered(self) -> "Design":
        """The design in lexicographic order of its points, and of values where points are equal.

        Among equally near points, which a lattice has many of, the first is then the same one however rows were
        ordered.
        """
        return self.subset(np.lexsort((self.y, *self.X.T[::-1])))

    @cached_property
    def distinct(self) -> "Design":
        """The ordered design with equal points merged into one that has their mean value."""
        if not (self.ordered.X[1:] == self.ordered.X[:-1]).all(axis=1).any():
            return self.ordered
        points, inverse, counts = np.unique(self.X, axis=0, return_inverse=True, return_counts=True)
        values = np.bincount(inverse.ravel(), weights=self.y) / counts
        return Design(points, values, self.lower, self.upper)

    @cached_property
    def terms(self) -> FloatArray:
        """Centred and scaled columns of the models: linear, squared, and pairwise products.

        Shape (n, 2 d + d (d - 1) / 2). The points are first moved to the middle of the bounds and
        scaled to [-1, 1], which leaves the span of each model (with its intercept) as it is.
        """
        if self.parent is not None and self.rows is not None:
            return self.parent.terms if self._all_rows else self.parent.terms[self.rows]
        half = (self.upper - self.lower) / 2
        U = (self.X - (self.lower + half)) / np.where(half > 0, half, 1.0)
        left, right = np.triu_indices(self.d, k=1)
        return np.concatenate([U, U * U, U[:, left] * U[:, right]], axis=1)


def check_design(X: object, y: object, lower: object, upper: object) -> Design | str:
    """A design, or what is wrong with the numbers in it.

    Args:
        X: Points, shape (n, d).
        y: Values, shape (n,).
        lower: A number, or one per variable.
        upper: A number, or one per variable.

    Returns:
        The design; or a reason (numbers that are not finite, or no points) that makes all features undefined.

    Raises:
        ValueError: Arguments that cannot be meant: wrong shapes, bounds that are not finite or do not increase, or
            points outside them.
    """
    points, values = check_numbers(X, "X", finite=False), check_numbers(y, "y", finite=False)
    if points.ndim != 2 or points.shape[1] < 1:
        raise ValueError(f"X: wanted shape (n, d) with d >= 1, found {points.shape}")
    n, d = points.shape
    if values.shape != (n,):
        raise ValueError(f"y: wanted shape ({n},), found {values.shape}")
    bounds = []
    for name, bound in (("lower", lower), ("upper", upper)):
        array = check_numbers(bound, name)
        if array.shape not in ((), (d,)):
            raise ValueError(f"{name}: wanted a number or shape ({d},), found {array.shape}")
        bounds.append(np.broadcast_to(array, (d,)).copy())
    if not (bounds[0] < bounds[1]).all():
        raise ValueError(f"lower, upper: wanted lower < upper, found {bounds[0]} and {bounds[1]}")
    if n == 0:
        return "no points"
    bad = ~(np.isfinite(points).all(axis=1) & np.isfinite(values))
    if bad.any():
        return f"{int(bad.sum())} of {n} rows hold numbers that are not finite"
    outside = (points < bounds[0]) | (points > bounds[1])
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise ValueError(
            f"X[{row}, {column}]: wanted a number in [{bounds[0][column]:g}, {bounds[1][column]:g}], "
            f"found {points[row, column]:g}"
        )
    return Design(points, values, bounds[0], bounds[1])
