"""What runs are worth: evaluations to a target, expected running time, attainment, areas, bands.

Everything works on ``V (runs, budget)``: the value of each run after 1, 2, ... ``budget`` evaluations,
made by ``align``. Smaller is better.
"""

from collections.abc import Sequence

import numpy as np

from nas_problems.array import FloatArray, IntArray


def align(evaluations: Sequence[FloatArray], values: Sequence[FloatArray], budget: int) -> FloatArray:
    """Runs of any length as one matrix: each value holds until the next one is logged, and after the end.

    Args:
        evaluations: Per run the logged evaluation numbers, increasing from 1, (rows,).
        values: Per run the values logged there, (rows,).
        budget: Number of columns, >= 1.

    Returns:
        Shape (runs, budget).

    Raises:
        ValueError: ``budget < 1``, or a run that does not start at evaluation 1.

    >>> align([np.array([1.0, 3.0])], [np.array([9.0, 5.0])], budget=4)
    array([[9., 9., 5., 5.]])
    """
    if budget < 1:
        raise ValueError(f"budget: wanted >= 1, found {budget}")
    V = np.empty((len(values), budget))
    steps = np.arange(1, budget + 1)
    for row, (at, found) in enumerate(zip(evaluations, values, strict=True)):
        if not len(at) or at[0] != 1:
            raise ValueError(f"evaluations[{row}]: wanted numbers from 1, found {at[:1].tolist()}")
        V[row] = found[np.searchsorted(at, steps, side="right") - 1]
    return V


def first_hits(V: FloatArray, target: float) -> IntArray:
    """Evaluation at which each run is at ``target`` or below for the first time, (runs,); 0 = never.

    >>> first_hits(np.array([[3.0, 1.0, 2.0], [3.0, 3.0, 3.0]]), target=2.0)
    array([2, 0])
    """
    reached = np.less_equal(V, target)
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, 0).astype(np.int64)


def expected_running_time(hits: IntArray, budget: int) -> float:
    """Mean evaluations to hit a target once, with restarts (ERT).

    Args:
        hits: Evaluation index of the first hit per run, shape (runs,); 0 = not hit.
        budget: Evaluations of a run without hit.

    Returns:
        ERT in evaluations; ``inf`` when no run hit.

    Source: hansen2021, section 4.

    >>> expected_running_time(np.array([10, 0]), budget=50)
    60.0
    """
    n_hits = np.count_nonzero(hits)
    if not n_hits:
        return float("inf")
    return float(np.where(hits > 0, hits, budget).sum() / n_hits)


def median_hit(hits: IntArray) -> float:
    """Median evaluations to the target; ``inf`` where fewer than half of the runs hit it."""
    return float(np.median(np.where(hits > 0, hits, np.inf))) if len(hits) else float("inf")


def attainment(V: FloatArray, *, best: float, worst: float, log: bool = True) -> FloatArray:
    """Fraction of all targets between ``worst`` and ``best`` that are reached, same shape as ``V``.

    The mean over runs is the empirical cumulative distribution (ECDF) of running times over all targets.

    Args:
        V: Values; the best so far counts.
        best: The hardest target; > 0 where ``log``.
        worst: The easiest target, > ``best``.
        log: Whether targets are spread evenly over the logarithm.

    Returns:
        Numbers in [0, 1].

    Raises:
        ValueError: Targets in the wrong order, or not positive where ``log``.

    Source: lopezibanez2024, section III.

    >>> attainment(np.array([[100.0, 10.0, 10.0, 1.0]]), best=1.0, worst=100.0)
    array([[0. , 0.5, 0.5, 1. ]])
    """
    if not best < worst or (log and best <= 0):
        raise ValueError(f"targets: wanted {'0 < ' if log else ''}best < worst, found {best} and {worst}")
    so_far = np.clip(np.minimum.accumulate(V, axis=1), best, worst)
    if log:
        return np.asarray((np.log(worst) - np.log(so_far)) / (np.log(worst) - np.log(best)))
    return np.asarray((worst - so_far) / (worst - best))


def area_over_curve(V: FloatArray, *, best: float, worst: float, log: bool = True) -> FloatArray:
    """Area over the convergence curve (AOCC) of each run, in [0, 1], larger is better; (runs,).

    As in iohinspector, what is reached at an evaluation counts until the next one, and the first value
    also before the first evaluation.

    Args:
        V: Values, (runs, budget).
        best: See ``attainment``.
        worst: See ``attainment``.
        log: See ``attainment``.

    Raises:
        ValueError: See ``attainment``.

    Source: lopezibanez2024, section III.
    """
    reached = attainment(V, best=best, worst=worst, log=log)
    return np.asarray(np.concatenate([reached[:, :1], reached[:, :-1]], axis=1).mean(axis=1))


def quantile_bands(V: FloatArray, quantiles: Sequence[float] = (0.25, 0.5, 0.75)) -> FloatArray:
    """Quantiles over runs at each evaluation, shape (quantiles, budget)."""
    return np.asarray(np.quantile(V, quantiles, axis=0))


def target_range(V: FloatArray) -> tuple[float, float]:
    """Hardest and easiest target for ``attainment``, from what all runs on one problem reached.

    The hardest is the smallest positive value of any run, the easiest the median first value, so that
    a first evaluation that failed, with its large penalty, does not stretch the range.

    Args:
        V: Values of all runs on a problem, not negative, (runs, budget).

    Returns:
        ``(best, worst)`` with 0 < best < worst.
    """
    positive = V[V > 0]
    best = float(positive.min()) if positive.size else 1.0
    worst = float(np.median(V[:, 0]))
    return best, worst if worst > best else 10.0 * best
