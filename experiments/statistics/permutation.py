"""Exact permutation distributions of rank statistics, with ties counted as they are.

Values of tables are full of ties, and where a sample is small or tied the usual approximations give p-values
that no permutation can reach. So the distribution is counted wherever that is feasible, decided by the number
of permutations alone; beyond that an approximation is used, never below the smallest p-value there is.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.checked import checked

ROUNDING = 8 * np.finfo(np.float64).eps
"""Values that differ by no more, relative to their size, are equal: last bits depend on the order of sums."""

_MOST_STEPS = 20_000_000
"""Additions that a distribution may take to count, some hundredths of a second."""

_MOST_COUNTED = 1_000
"""Values of which every number of ways to draw some is a float."""

_MOST_ARRANGEMENTS = 5_040
"""Different orders of the ranks of one block that are written out; all orders of seven solvers."""


def rank_sum_p(a: FloatArray, b: FloatArray) -> float:
    """p-value of the two-sided rank-sum test, from all divisions of the pooled values into two groups.

    Args:
        a: Values, (n,), n >= 1.
        b: Values, (m,), m >= 1.

    Returns:
        Twice the smaller tail, at most 1, hence at least ``2 / C(n + m, n)``; 1 where all are tied. Values that only
        rounding tells apart are tied, see ``ROUNDING``.

    Source: hollander2014, section 4.1 (exact distribution with ties).

    >>> rank_sum_p(np.zeros(3), np.ones(3))
    0.1
    """
    doubled = _doubled_ranks(np.concatenate([a, b]))
    if (doubled == doubled[0]).all():
        return 1.0
    first = doubled[: len(a)] if len(a) <= len(b) else doubled[len(a) :]  # the smaller group
    base = doubled.min()
    step = math.gcd(*(doubled - base).tolist()) or 1
    scores = np.sort((doubled - base) // step)
    n = len(first)
    if _n_steps(scores, n) > _MOST_STEPS:
        smallest = 2 / math.comb(len(doubled), n) if len(doubled) <= _MOST_COUNTED else 0.0
        return min(1.0, max(_normal_rank_sum(doubled, len(a)), smallest))
    levels, sizes = np.unique(scores, return_counts=True)
    chances = _sums(tuple(levels.tolist()), tuple(sizes.tolist()), n)
    observed = int(((first - base) // step).sum())
    return min(1.0, 2 * float(min(chances[: observed + 1].sum(), chances[observed:].sum())))


def _normal_rank_sum(doubled: IntArray, n: int) -> float:
    """The normal approximation, corrected for ties and continuity, of the first ``n`` values against the others."""
    total = len(doubled)
    m = total - n
    _, sizes = np.unique(doubled, return_counts=True)
    ties = float((sizes.astype(np.float64) ** 3 - sizes).sum()) / (total * (total - 1))
    deviation = math.sqrt(n * m / 12 * (total + 1 - ties))
    distance = abs(doubled[:n].sum() / 2 - n * (total + 1) / 2)
    return math.erfc((distance - 0.5) / deviation / math.sqrt(2))


def _doubled_ranks(values: FloatArray) -> IntArray:
    """Twice the ranks from 1, ties averaged: integers, (n,); what only rounding tells apart is tied."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    with np.errstate(invalid="ignore"):  # inf - inf, and NaN, which come last and are tied
        gap = np.diff(ordered)
        is_near = np.isfinite(gap) & (gap <= ROUNDING * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1])))
        is_new = ~is_near & (ordered[1:] != ordered[:-1]) & ~np.isnan(ordered[:-1])
    level = np.append(0, np.cumsum(is_new))
    sizes = np.bincount(level)
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = (2 * np.cumsum(sizes) - sizes + 1)[level]
    return ranks


@checked
def rank_within(values: FloatArray) -> FloatArray:
    """Ranks of the last axis from 1 (smallest), ties averaged; same shape."""
    if not values.ndim:
        raise ValueError("values: wanted at least one axis, found a number")
    if not values.size:
        return np.empty(values.shape)
    rows = [_doubled_ranks(row) / 2 for row in values.reshape(-1, values.shape[-1])]
    return np.array(rows, dtype=np.float64).reshape(values.shape)


def _n_steps(scores: IntArray, n: int) -> int:
    """Additions that ``_sums`` takes: one per value, group size and sum."""
    return len(scores) * (n + 1) * (int(scores[-n:].sum()) + 1)


@lru_cache(maxsize=256)
def _sums(levels: tuple[int, ...], sizes: tuple[int, ...], n: int) -> FloatArray:
    """Probability of every sum 0, 1, ... of ``n`` values drawn without replacement.

    Args:
        levels: Different values, integers >= 0, increasing.
        sizes: How often each occurs.
        n: Number of draws.
    """
    scores = np.repeat(levels, sizes)
    n_scores = len(scores)
    largest = int(scores[n_scores - n :].sum())
    ways = np.zeros((n + 1, largest + 1))  # of drawing k of the values so far with a sum of s
    ways[0, 0] = 1.0
    n_open = n - np.arange(n + 1)[:, None]  # draws that are left to the values after them
    for i, score in enumerate(scores.tolist()):
        drawn = ways
        if n_scores > _MOST_COUNTED:  # probabilities then, which no number of ways overflows
            drawn = ways * (n_open / (n_scores - i))
            ways = ways - drawn
        if score <= largest:
            ways[1:, score:] += drawn[:-1, : largest + 1 - score].copy()
    return np.asarray(ways[n] / ways[n].sum())


def signed_rank_p(differences: FloatArray) -> float:
    """p-value of the two-sided signed-rank test, from all signs that the differences could have.

    Args:
        differences: Of pairs, (n,); zeros are left out, as equal pairs say nothing.

    Returns:
        At least ``2 / 2**m`` for m differences that are not zero; 1 where there are none.

    Source: hollander2014, section 3.1 (exact distribution with ties); demsar2006, section 3.1.3.

    >>> signed_rank_p(np.array([1.0, 1, 1, 1, 1, 1, 0]))
    0.03125
    """
    unequal = differences[differences != 0]
    if not len(unequal):
        return 1.0
    doubled = _doubled_ranks(np.abs(unequal))
    total = int(doubled.sum())
    if len(doubled) * total > _MOST_STEPS:
        from scipy import stats  # half a second, which reports of small studies do not need

        p = float(stats.wilcoxon(unequal, method="asymptotic").pvalue)
        return min(1.0, max(p, 2.0 ** (1 - len(doubled))))
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    for rank in doubled.tolist():
        chances[rank:] = (chances[rank:] + chances[:-rank]) / 2
        chances[:rank] /= 2
    positive = int(doubled[unequal > 0].sum())
    return min(1.0, 2 * float(chances[: min(positive, total - positive) + 1].sum()))


def friedman_p(ranks: FloatArray) -> float:
    """p-value of Friedman's test, from all orders that the ranks within each block could have.

    Args:
        ranks: Ranks within each block, ties averaged, (blocks, solvers).

    Returns:
        Probability of rank sums at least as far apart; where it cannot be counted, the chi-square
        approximation, corrected for ties.

    Source: hollander2014, section 7.1 (exact distribution with ties).

    >>> round(friedman_p(np.array([[1.0, 2, 3], [1, 2, 3]])), 4)
    0.1667
    """
    doubled = np.sort(np.rint(2 * ranks).astype(np.int64), axis=1)
    observed = _spread(np.rint(2 * ranks).astype(np.int64).sum(axis=0))
    arrangements = sorted(_n_arrangements(row) for row in doubled)
    if arrangements[-1] == 1:  # every block is tied
        return 1.0
    if arrangements[-1] > _MOST_ARRANGEMENTS or (sums := _rank_sums(doubled)) is None:
        p = _friedman_chi_square(ranks)
        return max(p, 1 / math.prod(arrangements[:-1])) if len(arrangements) < 100 else p
    states, chances = sums
    return min(1.0, float(chances[_spread(states) >= observed].sum()))


def _friedman_chi_square(ranks: FloatArray) -> float:
    """p-value of Friedman's test by the chi-square distribution, corrected for ties.

    Source: hollander2014, section 7.1.
    """
    from scipy.special import chdtrc  # scipy.stats takes half a second to import

    n_blocks, k = ranks.shape
    ties = sum(size**3 - size for row in ranks for size in np.unique(row, return_counts=True)[1].tolist())
    spread = float(((ranks.sum(axis=0) - n_blocks * (k + 1) / 2) ** 2).sum())
    statistic = 12 * spread / (n_blocks * k * (k + 1) - ties / (k - 1))
    return float(chdtrc(k - 1, statistic))


def _spread(sums: IntArray) -> IntArray:
    """What Friedman's statistic grows with: the sum of squared rank sums."""
    return np.asarray((sums**2).sum(axis=-1))


def _n_arrangements(row: IntArray) -> int:
    """In how many different orders the ranks of a block can be."""
    _, sizes = np.unique(row, return_counts=True)
    return math.factorial(len(row)) // math.prod(map(math.factorial, sizes.tolist()))


def _rank_sums(doubled: IntArray) -> tuple[IntArray, FloatArray] | None:
    """Rank sums that can occur, sorted, (states, solvers), and their probabilities; None: too many to count."""
    states, chances = doubled[:1], np.ones(1)
    n_steps = 0
    for row in doubled[1:]:
        orders = np.array(_arrangements(tuple(row.tolist())))
        n_steps += len(states) * orders.size
        if n_steps > _MOST_STEPS // 20:  # each is sorted, too
            return None
        sums = np.sort((states[:, None, :] + orders[None]).reshape(-1, orders.shape[1]), axis=1)
        states, which = np.unique(sums, axis=0, return_inverse=True)
        weights = np.repeat(chances / len(orders), len(orders))
        chances = np.bincount(which.ravel(), weights=weights).astype(np.float64)
    return states, chances


@lru_cache(maxsize=64)
def _arrangements(row: Sequence[int]) -> list[tuple[int, ...]]:
    """All different orders of a block's ranks."""
    if not row:
        return [()]
    arrangements = []
    for value in sorted(set(row)):
        i = row.index(value)
        arrangements += [(value, *rest) for rest in _arrangements((*row[:i], *row[i + 1 :]))]
    return arrangements
