"""Archives of non-dominated candidates, and the scale of objectives, for solvers of several objectives."""

import numpy as np
from moocore import is_nondominated

from nas_problems.array import BoolArray, FloatArray
from nas_problems.space import Codes, SearchSpace


def as_columns(y: FloatArray) -> FloatArray:
    """Values (k,) or (k, m) as (k, m)."""
    return y[:, None] if y.ndim == 1 else y


def spread(Y: FloatArray) -> FloatArray:
    """The interquartile range of each objective (or its range, or 1, where that is 0), shape (m,).

    >>> spread(np.array([[0.0, 5.0], [4.0, 5.0], [8.0, 5.0]]))
    array([4., 1.])
    """
    quartiles = np.quantile(Y, 0.75, axis=0) - np.quantile(Y, 0.25, axis=0)
    width = np.where(quartiles > 0, quartiles, Y.max(axis=0) - Y.min(axis=0))
    return np.where(width > 0, width, 1.0)


class Archive:
    """The candidates that no other one dominates, one for each vector of values: the first that was added.

    Args:
        space: The space of the candidates.
        n_objectives: Values of a candidate.
    """

    def __init__(self, space: SearchSpace, n_objectives: int) -> None:
        self.Z: Codes = np.empty((0, space.n_parameters), dtype=space.dtype)
        self.Y: FloatArray = np.empty((0, n_objectives))
        self.marked: BoolArray = np.empty(0, dtype=np.bool_)  # by the owner; False when added

    def __len__(self) -> int:
        return len(self.Z)

    def add(self, Z: Codes, Y: FloatArray) -> None:
        """Add candidates (k, d) with values (k, m), and drop what is dominated then."""
        values = np.concatenate([self.Y, Y])
        if values.shape[1] == 1:
            kept = np.zeros(len(values), dtype=np.bool_)
            kept[values[:, 0].argmin()] = True
        else:
            kept = is_nondominated(values)
        self.Z = np.concatenate([self.Z, Z])[kept]
        self.Y = values[kept]
        self.marked = np.concatenate([self.marked, np.zeros(len(Z), dtype=np.bool_)])[kept]
