"""How good a run is after each of its evaluations, as one number: what tests, ranks and running times are made of.

One objective: the noise-free value of the incumbent, minus the optimum's. Several: how much of the volume that the
exact Pareto front dominates the run has not yet found. The incumbent, or the set of those that no other one dominates,
is chosen by what the solver has seen: observed values at the highest fidelity reached so far. A failed evaluation is
never part of it.
"""

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.pareto import MOST_EXACT, EstimatedHypervolume, Reference, hypervolume, nondominated
from nas_problems.problem import Problem
from nas_problems.space import Codes

_ROUNDING = 1e-12  # shares of a front's hypervolume that mean nothing


def regret_so_far(
    problem: Problem,
    Z: Codes,
    y: FloatArray,
    *,
    fidelity: FloatArray | None = None,
    failed: BoolArray | None = None,
) -> FloatArray:
    """Regret of a run after each evaluation.

    Args:
        problem: What was searched.
        Z: Evaluated codes in their order, shape (n, d), n >= 1.
        y: Minimised finite values as observed, (n,), or (n, m) for m > 1 objectives.
        fidelity: Of each evaluation, (n,); None: the problem's own.
        failed: Whether an evaluation failed, (n,); None: none did.

    Returns:
        Shape (n,). One objective: the value of the incumbent minus ``problem.target``; until one succeeds, the
        penalty's, or the largest that follows, if that is larger. Several: 1 - hypervolume /
        ``problem.front_hypervolume``, see ``hypervolume_so_far``. Values are noise-free and at the problem's own
        fidelity, but as observed on live problems. It can rise where the incumbent is chosen by noisy values, or by
        those of a lower fidelity: until a row has the highest one, which then replaces it whatever its regret.

    Raises:
        ValueError: Values that are not finite, or arrays of another shape.

    >>> import nas_problems
    >>> problem = nas_problems.make("nb201-cifar10")
    >>> Z = problem.optimum.Z[[0, 0]]
    >>> regret_so_far(problem, Z, problem(Z)).tolist()
    [0.0, 0.0]
    """
    if len(problem.objectives) > 1:
        return regret_of(hypervolume_so_far(problem, Z, y, fidelity=fidelity, failed=failed), problem)
    if np.shape(y) != (len(Z),) or not np.isfinite(y).all():
        raise ValueError(f"y: wanted {len(Z)} finite values, found shape {np.shape(y)}")
    incumbent = incumbents(y, fidelity=fidelity, failed=failed)
    rows, place = np.unique(incumbent, return_inverse=True)
    regret = noise_free_values(problem, Z[rows], y[rows], _of_rows(fidelity, rows))[place] - problem.target
    if failed is not None and failed[0]:  # the penalty may be better than what succeeds later
        first = len(failed) if np.all(failed) else int(np.argmin(failed))
        regret[:first] = max(regret[0], regret[first:].max(initial=-np.inf))
    return regret


def regret_of(volume: FloatArray, problem: Problem) -> FloatArray:
    """Regret from hypervolumes (n,): the share of the best possible one that is missing; 0 where that one is 0."""
    if not problem.front_hypervolume:  # the reference point is one that the front does not reach
        return np.zeros(len(volume))
    missing = 1.0 - volume / problem.front_hypervolume
    return np.where(np.abs(missing) < _ROUNDING, 0.0, missing)


def incumbents(y: FloatArray, *, fidelity: FloatArray | None = None, failed: BoolArray | None = None) -> IntArray:
    """Row of the incumbent after each evaluation of one objective, (n,), n >= 1.

    The first of the smallest values at the highest fidelity at which one has succeeded so far; row 0 until then.

    >>> incumbents(np.array([5.0, 4.0, 6.0, 7.0, 1.0]), fidelity=np.array([1, 1, 3, 3, 1])).tolist()
    [0, 1, 2, 2, 2]
    """
    succeeded = np.ones(len(y), dtype=np.bool_) if failed is None else ~np.asarray(failed)
    best = np.zeros(len(y), dtype=np.int64)
    for start, end, counts in _segments(succeeded, fidelity):
        value = np.where(counts, y[start:end], np.inf)
        before = np.r_[np.inf, np.minimum.accumulate(value)[:-1]]
        best[start:end] = np.maximum.accumulate(np.where(value < before, np.arange(start, end), 0))
    return best


def hypervolume_so_far(
    problem: Problem,
    Z: Codes,
    y: FloatArray,
    *,
    fidelity: FloatArray | None = None,
    failed: BoolArray | None = None,
) -> FloatArray:
    """Hypervolume of what a run has found after each evaluation, on the scale of ``problem.reference``.

    Exact up to six objectives, see ``nas_problems.pareto.EstimatedHypervolume``.

    Args:
        problem: What was searched, with several objectives.
        Z: Evaluated codes in their order, shape (n, d), n >= 1.
        y: Minimised finite values as observed, (n, m).
        fidelity: Of each evaluation, (n,); None: the problem's own.
        failed: Whether an evaluation failed, (n,); None: none did.

    Returns:
        Shape (n,); 0 until one succeeds.

    Raises:
        ValueError: Values that are not finite, or arrays of another shape.
    """
    m = len(problem.objectives)
    if np.shape(y) != (len(Z), m) or not np.isfinite(y).all():
        raise ValueError(f"y: wanted finite values of shape {(len(Z), m)}, found shape {np.shape(y)}")
    succeeded = np.ones(len(y), dtype=np.bool_) if failed is None else ~np.asarray(failed)
    volume = np.zeros(len(y))
    for start, end, counts in _segments(succeeded, fidelity):
        rows = start + np.flatnonzero(counts)
        values = noise_free_values(problem, Z[rows], y[rows], _of_rows(fidelity, rows))
        steps = _volumes(y[rows], values, problem.reference)
        volume[start:end] = steps[np.cumsum(counts) - 1]
    return volume


def _volumes(Y: FloatArray, values: FloatArray, reference: Reference) -> FloatArray:
    """Hypervolume after each row, (n,), of the values of those rows that no observed one dominates."""
    m = Y.shape[1]
    point = np.full(m, reference.point)
    scaled = reference.normalised(values)
    as_observed = np.array_equal(Y, values)
    estimated = EstimatedHypervolume(m, reference.point) if m > MOST_EXACT else None
    volume, reached = np.empty(len(Y)), 0.0
    front, front_values = Y[:0], scaled[:0]
    for i, (row, value) in enumerate(zip(Y, scaled, strict=True)):
        if not (front <= row).all(axis=1).any():
            stays = ~(row <= front).all(axis=1)
            if estimated is not None:
                estimated.add(value)
                for left in front_values[~stays]:
                    estimated.remove(left)
            elif as_observed:
                reached += _added(front_values, value, point)
            front = np.concatenate([front[stays], row[None]])
            front_values = np.concatenate([front_values[stays], value[None]])
            if estimated is not None:
                reached = estimated.value
            elif not as_observed:
                reached = hypervolume(front_values, point)
        volume[i] = reached
    return volume


def _added(front: FloatArray, value: FloatArray, point: FloatArray) -> float:
    """Hypervolume that a value (m,) adds to a front (k, m): its own, but for what the front takes of it."""
    if (value >= point).any():
        return 0.0
    taken = np.maximum(front, value)
    taken = taken[(taken < point).all(axis=1)]
    return float(np.prod(point - value)) - hypervolume(taken[nondominated(taken)], point)


def _segments(succeeded: BoolArray, fidelity: FloatArray | None) -> list[tuple[int, int, BoolArray]]:
    """Stretches of rows over which one fidelity is the highest reached: first row, end, and which rows count."""
    n = len(succeeded)
    if not succeeded.any():
        return []
    if fidelity is None:
        start = int(succeeded.argmax())
        return [(start, n, succeeded[start:])]
    reached = np.maximum.accumulate(np.where(succeeded, fidelity, 0.0))
    starts = np.flatnonzero(np.diff(reached, prepend=0.0) > 0).tolist()
    return [
        (start, end, succeeded[start:end] & (fidelity[start:end] == reached[start]))
        for start, end in zip(starts, [*starts[1:], n], strict=True)
    ]


def noise_free_values(problem: Problem, Z: Codes, y: FloatArray, fidelity: FloatArray | None = None) -> FloatArray:
    """What candidates are worth: noise-free, at the problem's own fidelity; as observed where that has a cost.

    Args:
        problem: What was searched.
        Z: Codes, shape (n, d).
        y: Minimised values as observed, (n,) or (n, m).
        fidelity: At which they were observed, (n,); None: the problem's own.

    Returns:
        Of the shape of ``y``.
    """
    is_own = fidelity is None or bool((fidelity == problem.fidelity).all())
    if problem.is_live or (is_own and not problem.noise.is_random):
        return y
    return problem.noise_free(Z)


def _of_rows(values: FloatArray | None, rows: IntArray) -> FloatArray | None:
    return None if values is None else values[rows]
