"""Densities of codes by products of kernels, as in HpBandSter: Gaussian on ranges, Aitchison-Aitken on choices."""

import math

import numpy as np

from nas_problems.array import BoolArray, FloatArray
from nas_problems.parameter import Categorical
from nas_problems.space import Codes, SearchSpace

MIN_BANDWIDTH = 1e-3
"""No bandwidth is smaller, so that a variable of which all values are equal can still change."""


def is_choice(space: SearchSpace) -> BoolArray:
    """Which variables have no order, (d,); an ordinal one counts as a range, as HpBandSter wants it to be written."""
    return np.array([isinstance(p, Categorical) or p.n_choices == 1 for p in space.parameters])


def to_mixed(space: SearchSpace, Z: Codes) -> FloatArray:
    """Codes (n, d) with choices as they are and ranges in [0, 1]."""
    columns = [
        Z[:, j].astype(np.float64) if choice else parameter.to_unit(Z[:, j])
        for j, (parameter, choice) in enumerate(zip(space.parameters, is_choice(space), strict=True))
    ]
    return np.column_stack(columns)


def from_mixed(space: SearchSpace, X: FloatArray) -> Codes:
    """The inverse of ``to_mixed``: the codes, (n, d), of the intervals that ranges lie in."""
    columns = [
        X[:, j] if choice else parameter.from_unit(X[:, j])
        for j, (parameter, choice) in enumerate(zip(space.parameters, is_choice(space), strict=True))
    ]
    return np.column_stack(columns).astype(space.dtype)


class KernelDensity:
    """A product kernel density with bandwidths by the normal reference rule, 1.06 sd n^(-1 / (4 + d)).

    The rule is applied to the numbers of choices, too, and the number of choices is that of those in the data, as in
    statsmodels' ``KDEMultivariate``: a bandwidth above 1 gives such a kernel negative values, and a choice that is
    not in data of one choice an infinite one.

    Args:
        X: The data, see ``to_mixed``, shape (n, d), n >= 1.
        choice: Which variables have no order, (d,).

    Source: falkner2018.
    """

    def __init__(self, X: FloatArray, choice: BoolArray) -> None:
        n, d = X.shape
        self.X, self._choice = X, choice
        self.bandwidth: FloatArray = np.maximum(1.06 * X.std(axis=0) * n ** (-1.0 / (4 + d)), MIN_BANDWIDTH)
        others = np.array([len(np.unique(column)) - 1 for column in X.T[choice]], dtype=np.float64)
        with np.errstate(divide="ignore"):
            self._other = self.bandwidth[choice] / others
        scale = self.bandwidth[~choice]
        self._factor = 1.0 / (math.sqrt(2 * math.pi) ** len(scale) * float(np.prod(scale)) * n)

    def __call__(self, X: FloatArray) -> FloatArray:
        """Densities of rows (k, d), (k,)."""
        choice, h = self._choice, self.bandwidth
        gaps = (X[:, None, ~choice] - self.X[None][:, :, ~choice]) / h[~choice]
        kernel = np.exp(-0.5 * (gaps**2).sum(axis=2))
        same = X[:, None, choice] == self.X[None][:, :, choice]
        with np.errstate(invalid="ignore", over="ignore"):
            kernel = kernel * np.where(same, 1 - h[choice], self._other).prod(axis=2)
            return np.asarray(kernel.sum(axis=1) * self._factor)
