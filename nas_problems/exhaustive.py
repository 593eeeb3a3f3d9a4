"""What is known of a problem when its whole table is looked at: every value, the optimum, the Pareto front."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.pareto import nondominated
from nas_problems.space import Codes, SearchSpace


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best value of a problem and every code that reaches it.

    Args:
        Z: All optimal codes, shape (k, d), k >= 1; where candidates are listed, one code of each.
        y: The minimised value there.

    >>> import nas_problems
    >>> best = nas_problems.make("nb201-cifar10").optimum
    >>> best.Z, round(best.y, 3)
    (array([[3, 3, 3, 1, 3, 2]]), 8.393)
    """

    Z: Codes
    y: float


@dataclass(frozen=True, slots=True)
class ParetoFront:
    """All candidates of a space that no other one dominates.

    Args:
        Z: Their codes, shape (k, d), k >= 1, by the first objective.
        Y: Their minimised values, shape (k, m); a row occurs as often as candidates reach it.

    >>> import nas_problems
    >>> front = nas_problems.make("nb201-cifar10[objective=validation_accuracy+n_parameters]").pareto_front
    >>> front.Z.shape, front.Y[0].round(2)
    ((13, 6), array([8.390000e+00, 1.073466e+06]))
    """

    Z: Codes
    Y: FloatArray


def best_of(rows: IntArray, y: FloatArray) -> IntArray:
    """The rows with the smallest value.

    Args:
        rows: Numbers of candidates, (n,), n >= 1.
        y: Their values, (n,).
    """
    best: IntArray = rows[y == y.min()]
    return best


def front_of(rows: IntArray, Y: FloatArray) -> IntArray:
    """The rows that no other one dominates, by the first objective, then the next ones.

    Args:
        rows: Numbers of candidates, (n,), n >= 1.
        Y: Their values, (n, m).
    """
    is_best = nondominated(Y)
    return rows[is_best][np.lexsort(Y[is_best].T[::-1])]


@dataclass(frozen=True, eq=False)
class WholeTable:
    """The values of all rows of a finite space, and what is found by looking at all of them.

    Args:
        space: The space; rows are in the order of its ``rows_of``.
        values: Noise-free minimised values, valid or not, (n_rows,), or (n_rows, m) for m > 1 objectives; read-only.
        failed: Which of them are penalties, (n_rows,); read-only.
        penalty: That of each objective, (m,).
    """

    space: SearchSpace
    values: FloatArray
    failed: BoolArray
    penalty: FloatArray

    def __post_init__(self) -> None:
        for array in (self.values, self.failed):
            array.flags.writeable = False

    @cached_property
    def column(self) -> FloatArray:
        """The values; where a code can have no row (-1), the penalty ends them."""
        if self.space.listing is None:
            return self.values
        return np.concatenate([self.values, self.penalty if self.values.ndim == 1 else self.penalty[None]])

    @cached_property
    def _sound_rows(self) -> IntArray:
        """Rows of all valid candidates whose evaluation does not fail: among them are optimum and front."""
        if self.space.listing is not None:
            rows = np.arange(len(self.space.listing))
        else:
            rows = np.concatenate([self.space.index_of(Z) for Z in self.space.enumerate()])
        return rows[~self.failed[rows]]

    def optimum(self) -> Optimum | None:
        """The best value of one objective; None where every evaluation fails, or nothing is valid."""
        if not len(self._sound_rows):
            return None
        rows = best_of(self._sound_rows, self.values[self._sound_rows])
        return Optimum(Z=self.space.from_rows(rows), y=float(self.values[rows[0]]))

    def front(self) -> ParetoFront | None:
        """The front of several objectives; None where every evaluation fails, or nothing is valid."""
        if not len(self._sound_rows):
            return None
        rows = front_of(self._sound_rows, self.values[self._sound_rows])
        return ParetoFront(Z=self.space.from_rows(rows), Y=self.values[rows])
