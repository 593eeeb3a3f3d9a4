"""What runs are worth: evaluations to a target, expected running time, attainment, areas, bands.

Everything works on ``V (runs, budget)``: the value of each run after 1, 2, ... ``budget`` evaluations,
made by ``align``. Runs improve rarely, so ``steps`` has only the columns in which any run changes; then the
numbers of these evaluations are given, too. Smaller is better; infinite until a first evaluation has succeeded.
"""

import math
from collections.abc import Sequence

import numpy as np

from nas_problems.array import FloatArray, IntArray, check_numbers
from nas_problems.checked import checked, shaped


@checked
def align(
    evaluations: Sequence[FloatArray], values: Sequence[FloatArray], budget: int, *, at: IntArray | None = None
) -> FloatArray:
    """Runs of any length as one matrix: each value holds until the next one is logged, and after the end.

    Args:
        evaluations: Per run the logged evaluation numbers, increasing from 1, (rows,).
        values: Per run the values logged there, (rows,).
        budget: Number of columns, >= 1.
        at: Evaluations of the columns; None: 1 ... ``budget``.

    Returns:
        Shape (runs, budget), or (runs, len(at)).

    Raises:
        ValueError: ``budget < 1``, or a run that does not start at evaluation 1.

    >>> align([np.array([1.0, 3.0])], [np.array([9.0, 5.0])], budget=4)
    array([[9., 9., 5., 5.]])
    """
    if budget < 1:
        raise ValueError(f"budget: wanted >= 1, found {budget}")
    if len(evaluations) != len(values):
        raise ValueError(f"values: wanted those of {len(evaluations)} runs, found {len(values)}")
    columns = np.arange(1, budget + 1) if at is None else at
    names = ("evaluations", "values")
    V = np.empty((len(values), len(columns)))
    for row, pair in enumerate(zip(evaluations, values, strict=True)):
        logged, found = (
            check_numbers(part, name, n_axes=1, finite=False) for part, name in zip(pair, names, strict=True)
        )
        if len(logged) != len(found):
            raise ValueError(f"values[{row}]: wanted {len(logged)}, one per logged evaluation, found {len(found)}")
        if not len(logged) or logged[0] != 1:
            raise ValueError(f"evaluations[{row}]: wanted numbers from 1, found {logged[:1].tolist()}")
        V[row] = found[np.searchsorted(logged, columns, side="right") - 1]
    return V


@checked
def steps(evaluations: Sequence[FloatArray], values: Sequence[FloatArray], budget: int) -> tuple[IntArray, FloatArray]:
    """Runs of any length as the evaluations at which any of them has a row, and their values there.

    Args:
        evaluations: See ``align``.
        values: See ``align``.
        budget: Later rows are left out, >= 1.

    Returns:
        Evaluations (k,), increasing from 1, and values (runs, k), each of which holds until the next.

    Raises:
        ValueError: See ``align``.

    >>> at, V = steps([np.array([1.0, 3.0]), np.array([1.0])], [np.array([9.0, 5.0]), np.array([7.0])], budget=100)
    >>> at.tolist(), V.tolist()
    ([1, 3], [[9.0, 5.0], [7.0, 7.0]])
    """
    logged = [check_numbers(row, f"evaluations[{i}]", n_axes=1) for i, row in enumerate(evaluations)]
    rows = [row[row <= budget] for row in logged]
    at = np.unique(np.concatenate([np.ones(1), *rows])).astype(np.int64)
    return at, align(evaluations, values, budget, at=at)


@shaped(V=2)
def first_hits(V: FloatArray, target: float, at: IntArray | None = None) -> IntArray:
    """Evaluation at which each run is at ``target`` or below for the first time, (runs,); 0 = never.

    Args:
        V: Values, (runs, columns).
        target: What is to be reached; NaN is never.
        at: Evaluations of the columns; None: 1, 2, ...

    >>> first_hits(np.array([[3.0, 1.0, 2.0], [3.0, 3.0, 3.0]]), target=2.0)
    array([2, 0])
    """
    reached = np.less_equal(V, target)
    first = reached.argmax(axis=1)
    return np.where(reached.any(axis=1), first + 1 if at is None else at[first], 0).astype(np.int64)


@shaped(hits=1)
def expected_running_time(hits: IntArray, budget: int | IntArray) -> float:
    """Mean evaluations to hit a target once, with restarts (ERT).

    Args:
        hits: Evaluation index of the first hit per run, shape (runs,); 0 = not hit.
        budget: Evaluations of a run without hit; where solvers end by themselves, of each run, (runs,).

    Returns:
        ERT in evaluations; ``inf`` when no run hit.

    Raises:
        ValueError: Budgets of another number of runs.

    Source: hansen2021, section 4.

    >>> expected_running_time(np.array([10, 0]), budget=50)
    60.0
    """
    if np.ndim(budget) and np.shape(budget) != hits.shape:
        raise ValueError(f"budget: wanted one of each of {len(hits)} runs, found shape {np.shape(budget)}")
    n_hits = np.count_nonzero(hits)
    if not n_hits:
        return float("inf")
    return float(np.where(hits > 0, hits, budget).sum() / n_hits)


@shaped(hits=1)
def median_hit(hits: IntArray) -> float:
    """Median evaluations to the target; ``inf`` where no more than half of the runs hit it."""
    return float(np.median(np.where(hits > 0, hits, np.inf))) if len(hits) else float("inf")


@shaped(V=2)
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
    if not best < worst or (log and best <= 0) or not (math.isfinite(best) and math.isfinite(worst)):
        raise ValueError(f"targets: wanted {'0 < ' if log else ''}best < worst, found {best} and {worst}")
    so_far = np.clip(np.minimum.accumulate(V, axis=1), best, worst)
    if log:
        return np.asarray((np.log(worst) - np.log(so_far)) / (np.log(worst) - np.log(best)))
    return np.asarray((worst - so_far) / (worst - best))


@shaped(V=2)
def area_over_curve(
    V: FloatArray, *, best: float, worst: float, log: bool = True, at: IntArray | None = None, budget: int | None = None
) -> FloatArray:
    """Area over the convergence curve (AOCC) of each run, in [0, 1], larger is better; (runs,).

    As in iohinspector, what is reached at an evaluation counts until the next one, and the first value
    also before the first evaluation.

    Args:
        V: Values, (runs, columns).
        best: See ``attainment``.
        worst: See ``attainment``.
        log: See ``attainment``.
        at: Evaluations of the columns, see ``steps``; None: 1, 2, ...
        budget: Evaluations of the whole; None: as many as columns.

    Raises:
        ValueError: See ``attainment``.

    Source: lopezibanez2024, section III.
    """
    reached = attainment(V, best=best, worst=worst, log=log)
    starts = np.arange(1, V.shape[1] + 1) if at is None else at
    end = V.shape[1] if budget is None else budget
    lasts = np.diff(starts, append=end)  # evaluations for which each value counts
    lasts[0] += 1
    return np.asarray(reached @ lasts / end)


@checked
def quantile_bands(V: FloatArray, quantiles: Sequence[float] = (0.25, 0.5, 0.75)) -> FloatArray:
    """Quantiles over runs at each evaluation, shape (quantiles, ...); infinite where they lie beyond a finite value.

    Args:
        V: Values, finite or ``inf``, (runs, ...).
        quantiles: Numbers in [0, 1].

    Raises:
        ValueError: No run, or a number outside [0, 1].

    >>> quantile_bands(np.array([[1.0], [3.0], [np.inf]])).ravel().tolist()
    [2.0, 3.0, inf]
    """
    shares = check_numbers(quantiles, "quantiles", n_axes=1)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"quantiles: wanted numbers in [0, 1], found {shares.tolist()}")
    if not V.ndim or not len(V):
        raise ValueError(f"V: wanted at least one run, found shape {V.shape}")
    if np.isfinite(V).all():
        return np.asarray(np.quantile(V, shares, axis=0))
    ordered = np.sort(V, axis=0)
    place = shares * (len(V) - 1)
    low, high = ordered[np.floor(place).astype(int)], ordered[np.ceil(place).astype(int)]
    share = (place % 1).reshape(-1, *[1] * (V.ndim - 1))
    with np.errstate(invalid="ignore"):  # inf - inf, where both are equal
        return np.asarray(np.where(low == high, low, low + (high - low) * share), dtype=np.float64)


@shaped(V=2)
def target_range(V: FloatArray, *, log: bool = True) -> tuple[float, float]:
    """Hardest and easiest target for ``attainment``, from what all runs on one problem reached.

    The hardest is the smallest value of any run (where ``log`` the smallest positive one), the easiest the median
    first value, so that runs with an unlucky start do not stretch the range. Evaluations that failed have no part.

    Args:
        V: Values of all runs on a problem, (runs, budget); not negative where ``log``.
        log: Whether targets are spread over the logarithm.

    Returns:
        ``(best, worst)`` with best < worst, and 0 < best where ``log``.

    >>> target_range(np.array([[-2.0, -12.0], [-6.0, -6.0]]), log=False)
    (-12.0, -4.0)
    """
    reached = V[np.isfinite(V) & (V > 0 if log else True)]
    best = float(reached.min()) if reached.size else 1.0
    first = V[:, 0][np.isfinite(V[:, 0])]
    worst = float(np.median(first if first.size else reached)) if reached.size else best
    return best, worst if worst > best else 10.0 * best if log else best + max(1.0, abs(best))
