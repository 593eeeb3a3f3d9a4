"""What is known of a problem when its whole table is looked at: every value, the optimum, the Pareto front."""

from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.pareto import nondominated
from nas_problems.space import Codes


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best value of a problem and every code that reaches it.

    Args:
        Z: All optimal codes, shape (k, d), k >= 1; where candidates are listed, one code of each.
        y: The minimised value there.
    """

    Z: Codes
    y: float


@dataclass(frozen=True, slots=True)
class ParetoFront:
    """All candidates of a space that no other one dominates.

    Args:
        Z: Their codes, shape (k, d), k >= 1, by the first objective.
        Y: Their minimised values, shape (k, m); a row occurs as often as candidates reach it.
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
