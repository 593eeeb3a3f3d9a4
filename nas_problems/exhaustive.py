"""What is known of a problem when its whole table is looked at: every value, the optimum, the Pareto front."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nas_problems.array import BoolArray, FloatArray
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.space import Codes

if TYPE_CHECKING:
    from nas_problems.problem import Problem


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


def every_value(problem: "Problem") -> FloatArray:
    """Noise-free minimised values of all rows of a finite space, valid or not, in the order of ``space.rows_of``.

    Returns:
        Read-only; (n_rows,), or (n_rows, m) for m > 1 objectives.
    """
    still, space = problem.noise_free, problem.space
    if space.listing is not None and isinstance(still.evaluator, TableEvaluator) and still.fidelity is not None:
        values = still.minimised(still.evaluator.every(still.objective_metrics, still.fidelity, still.noise))
    else:
        batches = (space if space.listing else dataclasses.replace(space, validity=None)).enumerate()
        values = np.concatenate([still.minimised(still.evaluate(Z, metrics=still.objective_metrics)) for Z in batches])
    values.flags.writeable = False
    return values


def best_of(problem: "Problem", values: FloatArray) -> Optimum | None:
    """The optimum among ``every_value`` (size,) of a problem; None where nothing is valid."""
    valid = _valid(problem)
    if not len(valid):
        return None
    best = values[valid].min()
    return Optimum(Z=problem.space.from_rows(valid[values[valid] == best]), y=float(best))


def front_of(problem: "Problem", values: FloatArray) -> ParetoFront | None:
    """The Pareto front among ``every_value`` (size, m) of a problem; None where nothing is valid."""
    valid = _valid(problem)
    if not len(valid):
        return None
    best = valid[nondominated(values[valid])]
    order = best[np.lexsort(values[best].T[::-1])]
    return ParetoFront(Z=problem.space.from_rows(order), Y=values[order])


def _valid(problem: "Problem") -> Codes:
    """Rows of all valid candidates."""
    space = problem.space
    if space.listing is not None:
        return np.arange(len(space.listing))
    return np.concatenate([space.index_of(Z) for Z in space.enumerate()])


def nondominated(Y: FloatArray) -> BoolArray:
    """Which rows no other row dominates: is as good in every objective, and better in one.

    Args:
        Y: Minimised values, shape (n, m).

    Returns:
        Shape (n,). Of equal rows all or none.

    >>> nondominated(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0], [1.0, 3.0]])).tolist()
    [True, True, False, True]
    """
    left = np.lexsort(Y.T[::-1])  # nothing dominates the first row of what is left
    found = np.zeros(len(Y), dtype=np.bool_)
    while len(left):
        best = Y[left[0]]
        equal = (Y[left] == best).all(axis=1)
        found[left[equal]] = True
        left = left[~(Y[left] >= best).all(axis=1)]
    return found
