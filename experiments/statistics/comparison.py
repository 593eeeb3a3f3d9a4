"""Which differences between solvers are more than chance: intervals, rank tests, corrected for their number."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from ela.holm import holm
from experiments.statistics.permutation import ROUNDING, friedman_p, rank_sum_p, rank_within, signed_rank_p
from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.checked import checked, shaped

LEVEL = 0.05
"""Family-wise error of all tests, and 1 minus the level of intervals."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval for a median.

    Args:
        low: Its lower end.
        high: Its upper end.
        coverage: Probability that it covers the median.

    >>> interval = median_interval(np.arange(20.0))
    >>> interval.low, interval.high
    (5.0, 14.0)
    """

    low: float
    high: float
    coverage: float


@shaped(values=1)
def median_interval(values: FloatArray) -> Interval:
    """Interval for the median between two order statistics, free of assumptions on the distribution.

    The narrowest symmetric pair that covers at least 95 %; fewer than six values have no such pair, and
    their smallest and largest are given, with what they cover.

    Args:
        values: Independent values, at least one, (n,).

    Raises:
        ValueError: No values.

    Source: hollander2014, section 3.6.

    >>> median_interval(np.array([3.0, 1.0, 2.0]))
    Interval(low=1.0, high=3.0, coverage=0.75)
    """
    n = len(values)
    if not n:
        raise ValueError("values: wanted at least one, found none")
    ordered = np.sort(values)
    k, coverage = _left_out(n)
    return Interval(float(ordered[k]), float(ordered[n - 1 - k]), coverage)


@lru_cache(maxsize=1024)
def _left_out(n: int) -> tuple[int, float]:
    """How many of ``n`` values the interval leaves out on either side, and what it covers."""
    total, k, ways = 2**n, 0, 1  # ways: of k values on one side of the median, n - k on the other
    outside = 2
    while k + 1 < n // 2 and (outside + 2 * (following := ways * (n - k) // (k + 1))) / total <= LEVEL:
        k, ways, outside = k + 1, following, outside + 2 * following
    return k, max(0.0, 1 - outside / total)


@checked
def same_as_best(final: Mapping[str, FloatArray]) -> tuple[str, Mapping[str, float]]:
    """The solver with the smallest median, and how likely the others differ from it by chance only.

    Args:
        final: Solver -> final values of independent runs, at least one each, (runs,).

    Returns:
        The best solver (of equal medians the one with the smaller mean), and for every other solver the
        p-value of the two-sided rank-sum test against it, Holm-corrected; NaN where one has a single run.

    Raises:
        ValueError: No solvers.

    Source: mann1947.
    """
    if not final:
        raise ValueError("final: wanted at least one solver, found none")
    best = min(final, key=lambda name: (float(np.median(final[name])), float(np.mean(final[name]))))
    others = [name for name in final if name != best]
    p = np.array([rank_sum(final[best], final[name]) for name in others])
    return best, dict(zip(others, holm(p).tolist(), strict=True))


@checked
def smallest_rank_sum(n_runs: Sequence[int]) -> float:
    """Smallest Holm-corrected p-value that ``same_as_best`` can give, whatever values the runs end with.

    Args:
        n_runs: Runs of each solver on the problem, >= 1.

    Returns:
        That of a best solver whose runs all end ahead of another's; NaN where no two solvers can be tested.

    >>> round(smallest_rank_sum([4, 4]), 4), round(smallest_rank_sum([4, 4, 4, 4]), 4)
    (0.0286, 0.0857)
    """
    tested = sorted(n for n in n_runs if n > 1)
    if len(tested) < 2:
        return float("nan")
    largest, second = tested[-1], tested[-2]
    return min(1.0, 2 / math.comb(largest + second, second) * (len(tested) - 1))


@shaped(a=1, b=1)
def rank_sum(a: FloatArray, b: FloatArray) -> float:
    """p-value of the two-sided Wilcoxon rank-sum (Mann-Whitney) test; exact, ties included, for few runs.

    Args:
        a: Results of one solver's runs, (runs,).
        b: Of another's.

    Returns:
        1.0 where all values are equal; NaN where one side has a single run, or a value is NaN. Never below
        2 / C(n + m, n).

    Source: mann1947.
    """
    can_be_tested = min(len(a), len(b)) > 1 and not (np.isnan(a).any() or np.isnan(b).any())
    return rank_sum_p(a, b) if can_be_tested else float("nan")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Solvers compared over problems.

    Args:
        solvers: Sorted by mean rank, best first.
        ranks: Rank on every block, (blocks, solvers).
        p_friedman: p-value of Friedman's test that all are alike; NaN for fewer than 3 solvers or 2 blocks.
        p: Holm-corrected p-values of Wilcoxon's signed-rank test on pairs, (solvers, solvers); NaN on the
            diagonal and where there is a single block.
        n_unequal: Blocks on which two solvers differ, which are those that their test counts, (solvers, solvers).
        cliques: Groups of neighbours in this order of which no pair is told apart, largest possible.

    >>> values = np.array([[1.0, 2.0, 3.0]] * 10) + 0.01 * np.arange(10)[:, None]
    >>> compared = compare_over_blocks(values, ["a", "b", "c"])
    >>> compared.solvers, compared.mean_ranks, compared.p_friedman < 0.05
    (('a', 'b', 'c'), array([1., 2., 3.]), True)
    """

    solvers: tuple[str, ...]
    ranks: FloatArray
    p_friedman: float
    p: FloatArray
    n_unequal: IntArray
    cliques: tuple[tuple[str, ...], ...]

    @property
    def smallest_p(self) -> float:
        """Smallest corrected p-value that any pair could have with so many unequal blocks; NaN: none is tested."""
        n_pairs = np.count_nonzero(~np.isnan(self.p)) // 2
        return min(1.0, smallest_signed_rank(int(self.n_unequal.max())) * n_pairs) if n_pairs else float("nan")

    @property
    def mean_ranks(self) -> FloatArray:
        """Mean over blocks, (solvers,)."""
        return np.asarray(self.ranks.mean(axis=0))


@shaped(values=2)
def compare_over_blocks(values: FloatArray, solvers: Sequence[str]) -> Comparison:
    """Ranks, Friedman's test, and Wilcoxon's test on all pairs with Holm's correction.

    Blocks on which a pair is equal say nothing of it and do not count. Both tests are exact, ties included,
    for few blocks.

    Args:
        values: One value per problem (block) and solver, smaller is better, (blocks, solvers).
        solvers: Their names.

    Raises:
        ValueError: No block or no solver, names that do not fit, or a value that is NaN.

    Source: benavoli2016, section 4; demsar2006.
    """
    if values.ndim != 2 or not values.size or values.shape[1] != len(solvers):
        raise ValueError(f"values: wanted shape (blocks >= 1, {len(solvers)}), found {values.shape}")
    if np.isnan(values).any():
        block, solver = np.argwhere(np.isnan(values))[0]
        raise ValueError(f"values: wanted numbers, found NaN of {solvers[solver]} in block {block}")
    ranks = rank_within(values)
    order = np.argsort(ranks.mean(axis=0), kind="stable")
    V, ranks = values[:, order], ranks[:, order]
    pairs = list(combinations(range(len(order)), 2))
    differences = [_differences(V[:, i], V[:, j]) for i, j in pairs]
    corrected = holm(np.array([signed_rank_p(d) if len(d) > 1 else np.nan for d in differences]))
    p = np.full((len(order), len(order)), np.nan)
    n_unequal = np.zeros(p.shape, dtype=np.int64)
    for (i, j), d, corrected_p in zip(pairs, differences, corrected, strict=True):
        p[i, j] = p[j, i] = corrected_p
        n_unequal[i, j] = n_unequal[j, i] = np.count_nonzero(d)
    names = tuple(solvers[i] for i in order)
    groups = _cliques(p < LEVEL)
    return Comparison(names, ranks, _friedman(ranks), p, n_unequal, tuple(names[i : j + 1] for i, j in groups))


@checked
def smallest_signed_rank(n_unequal: int) -> float:
    """Smallest p-value of Wilcoxon's test on pairs: all unequal pairs have one sign.

    >>> smallest_signed_rank(5), smallest_signed_rank(6)
    (0.0625, 0.03125)
    """
    return min(1.0, 2.0 ** (1 - n_unequal))


def _differences(a: FloatArray, b: FloatArray) -> FloatArray:
    """``a - b``, without ties that only the last bits of the subtraction break: of a pair, or among differences."""
    with np.errstate(invalid="ignore"):  # inf - inf, of equal ones
        d = np.where(a == b, 0.0, a - b)
    noise = np.where(np.isfinite(d), ROUNDING * np.maximum(np.abs(a), np.abs(b)), 0.0)
    d = np.where(np.abs(d) <= noise, 0.0, d)
    order = np.argsort(np.abs(d))
    sizes, noise = np.abs(d)[order], np.where(d == 0, 0.0, noise)[order]
    with np.errstate(invalid="ignore"):
        starts = np.diff(sizes, prepend=-1.0) > np.maximum(noise, np.append(0.0, noise[:-1]))
    level = np.empty(len(d))
    level[order] = sizes[np.maximum.accumulate(np.where(starts, np.arange(len(d)), 0))]
    return np.asarray(np.sign(d) * level)


def _friedman(ranks: FloatArray) -> float:
    if ranks.shape[0] < 2 or ranks.shape[1] < 3 or (ranks[:, :1] == ranks).all():
        return float("nan")
    return friedman_p(ranks)


def _cliques(differ: BoolArray) -> list[tuple[int, int]]:
    """First and last of every largest run of neighbours in which no pair differs, of at least two."""
    n = len(differ)
    ends: list[tuple[int, int]] = []
    for i in range(n):
        j = i
        while j + 1 < n and not differ[i : j + 1, j + 1].any():
            j += 1
        if j > i and (not ends or j > ends[-1][1]):
            ends.append((i, j))
    return ends
