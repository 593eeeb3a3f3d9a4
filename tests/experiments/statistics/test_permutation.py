"""Exact tests against brute force: every division, every sign, every order, on data full of ties."""

import math
from collections.abc import Sequence
from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments import statistics
from experiments.statistics import compare_over_blocks, rank_sum, rank_within
from experiments.statistics.comparison import LEVEL, smallest_rank_sum, smallest_signed_rank
from experiments.statistics.permutation import friedman_p, rank_sum_p, signed_rank_p
from nas_problems.array import FloatArray

tied = st.lists(st.integers(0, 3).map(float), min_size=1, max_size=5)
differences = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=9)


def every_division(a: Sequence[float], b: Sequence[float]) -> float:
    """The rank-sum test by writing out every division of the pooled values."""
    ranks = stats.rankdata([*a, *b])
    found = ranks[: len(a)].sum()
    sums = np.array([ranks[list(rows)].sum() for rows in combinations(range(len(ranks)), len(a))])
    tails = ((sums <= found + 1e-9).mean(), (sums >= found - 1e-9).mean())
    return min(1.0, 2 * float(min(tails)))


def every_sign(d: Sequence[float]) -> float:
    """The signed-rank test by writing out every sign of the differences that are not zero."""
    unequal = [value for value in d if value]
    ranks = stats.rankdata(np.abs(unequal))
    found = ranks[np.array(unequal) > 0].sum() if unequal else 0.0
    sums = np.array([ranks[np.array(signs, dtype=bool)].sum() for signs in product([0, 1], repeat=len(unequal))])
    tails = ((sums <= found + 1e-9).mean(), (sums >= found - 1e-9).mean())
    return min(1.0, 2 * float(min(tails)))


def every_order(ranks: FloatArray) -> float:
    """Friedman's test by writing out every order within every block."""
    found = (ranks.sum(axis=0) ** 2).sum()
    n_as_far = n = 0
    for orders in product(*(list(permutations(row)) for row in ranks)):
        n += 1
        n_as_far += (np.array(orders).sum(axis=0) ** 2).sum() >= found - 1e-9
    return float(n_as_far / n)


@given(tied, tied)
def test_rank_sums_equal_brute_force(a: list[float], b: list[float]) -> None:
    assert rank_sum_p(np.array(a), np.array(b)) == pytest.approx(every_division(a, b), rel=1e-12)


@given(differences)
def test_signed_ranks_equal_brute_force(d: list[float]) -> None:
    assert signed_rank_p(np.array(d)) == pytest.approx(every_sign(d), rel=1e-12)


@given(st.integers(2, 4), st.integers(3, 4), st.randoms(use_true_random=False))
def test_friedman_equals_brute_force(n_blocks: int, n_solvers: int, random: "np.random.Generator") -> None:
    n_blocks = min(n_blocks, 2 if n_solvers == 4 else 4)
    values = np.array([[random.randint(0, 2) for _ in range(n_solvers)] for _ in range(n_blocks)], dtype=np.float64)  # type: ignore[attr-defined]  # Python's Random
    ranks = statistics.rank_within(values)
    assert friedman_p(ranks) == pytest.approx(every_order(ranks), rel=1e-9)


@pytest.mark.parametrize("n", [2, 400, 520, 5_000])
@pytest.mark.filterwarnings("error")
def test_runs_that_all_end_alike_are_not_told_apart_however_many_they_are(n: int) -> None:
    same = np.full(n, 0.25)
    assert statistics.same_as_best({"a": same, "b": same, "c": same[: n // 2 + 1]})[1] == {"b": 1.0, "c": 1.0}
    assert signed_rank_p(same - same) == 1.0
    assert friedman_p(np.full((n, 3), 2.0)) == 1.0


def test_no_number_of_tied_blocks_divides_by_zero() -> None:
    assert friedman_p(np.full((100_000, 3), 2.0)) == 1.0


@pytest.mark.parametrize("n", [400, 520, 900])
@pytest.mark.filterwarnings("error")
def test_many_runs_of_which_few_are_not_tied(n: int) -> None:
    """The larger values fall into either group: a hypergeometric distribution, symmetric for groups of one size."""
    same, n_above = np.zeros(n), 6
    above = np.where(np.arange(n) < n_above, 1.0, 0.0)
    p = 2 * stats.hypergeom.cdf(0, 2 * n, n_above, n)
    assert rank_sum_p(same, above) == pytest.approx(p, rel=1e-9)
    assert rank_sum_p(above, same) == pytest.approx(p, rel=1e-9)
    differences = np.where(np.arange(n) < n_above, 1.0, 0.0)
    assert signed_rank_p(differences) == 2.0 ** (1 - n_above)


def test_the_largest_number_of_values_that_is_counted_fits_in_a_float() -> None:
    assert rank_sum_p(np.zeros(500), np.append(np.zeros(499), 1.0)) == 1.0
    assert rank_sum_p(np.zeros(500), np.append(np.zeros(500), 1.0)) == 1.0


@pytest.mark.parametrize(
    ("a", "b", "p"),
    [
        ([0, 0, 0], [1, 1, 1], 0.1),  # the smallest that two samples of three can have
        ([0, 0], [1, 1], 1 / 3),
        ([0, 0], [1, 1, 1], 0.2),
        ([0, 0, 1], [1, 1, 1], 0.4),
        ([0, 0, 0, 0], [1, 1, 1, 1], 2 / 70),
        ([0, 0, 0, 1], [0, 1, 1, 1], 34 / 70),
        ([5, 5, 5], [5, 5, 5], 1.0),
        ([0] * 5, [1] * 4 + [0], 12 / 252),
        ([0] * 20, [0] * 19 + [1], 1.0),
        ([0] * 60, [0] * 59 + [1], 1.0),  # the usual approximation has 0.32
    ],
)
def test_small_and_tied_rank_sums(a: list[float], b: list[float], p: float) -> None:
    assert statistics.rank_sum(np.array(a, dtype=float), np.array(b, dtype=float)) == pytest.approx(p)
    assert statistics.rank_sum(np.array(b, dtype=float), np.array(a, dtype=float)) == pytest.approx(p)


@pytest.mark.parametrize(
    ("d", "p"),
    [
        ([1] * 5, 0.0625),
        ([1] * 6, 0.03125),
        ([1] * 6 + [0] * 20, 0.03125),  # equal pairs say nothing, however many
        ([0] * 30, 1.0),
        ([2, 2, 2, -1], 0.25),
        ([3, 3, -1, -1], 0.5),
    ],
)
def test_small_and_tied_signed_ranks(d: list[float], p: float) -> None:
    assert signed_rank_p(np.array(d, dtype=float)) == pytest.approx(p)


def test_one_solver_alone_at_the_top_of_three_blocks_of_ten_ties() -> None:
    """Chi-square would have 0.0014, below the smallest p-value that there is: one in a hundred."""
    ranks = statistics.rank_within(np.tile(np.r_[0.0, np.ones(9)], (3, 1)))
    assert friedman_p(ranks) == pytest.approx(0.01)


@pytest.mark.parametrize("n", [4, 8, 20, 40])
def test_without_ties_scipys_exact_distribution(n: int) -> None:
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=n), rng.normal(size=n + 3) + 0.3
    wanted = stats.mannwhitneyu(a, b, method="exact").pvalue
    assert rank_sum_p(a, b) == pytest.approx(wanted, rel=1e-9)
    d = rng.normal(size=n) + 0.2
    assert signed_rank_p(d) == pytest.approx(stats.wilcoxon(d, method="exact").pvalue, rel=1e-9)


def test_with_ties_scipys_permutation_test() -> None:
    a, b = np.array([1.0, 2, 2, 3, 3]), np.array([2.0, 3, 3, 4, 4, 4])
    wanted = stats.permutation_test(
        (stats.rankdata(np.r_[a, b])[:5], stats.rankdata(np.r_[a, b])[5:]),
        lambda x, y: x.sum(),
        vectorized=False,
        n_resamples=np.inf,
    ).pvalue
    assert rank_sum_p(a, b) == pytest.approx(wanted)


def test_many_values_are_approximated_and_stay_close() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 50, 400).astype(float), rng.integers(3, 53, 300).astype(float)
    assert rank_sum_p(a, b) == pytest.approx(stats.mannwhitneyu(a, b).pvalue)
    assert 2 / math.comb(800, 400) <= rank_sum_p(np.zeros(400), np.ones(400)) < 1e-100
    ranks = statistics.rank_within(rng.normal(size=(18, 20)))
    assert friedman_p(ranks) == pytest.approx(stats.friedmanchisquare(*ranks.T).pvalue)


@given(st.lists(tied, min_size=2, max_size=4))
def test_no_corrected_p_is_below_what_the_page_says_can_be_reached(finals: list[list[float]]) -> None:
    named = {f"s{i}": np.array(values) for i, values in enumerate(finals)}
    _, p = statistics.same_as_best(named)
    found = [value for value in p.values() if not np.isnan(value)]
    if found:
        assert min(found) >= smallest_rank_sum([len(values) for values in finals]) - 1e-12


@given(st.integers(2, 9), st.integers(2, 4), st.integers(0, 10**6))
def test_no_corrected_p_over_blocks_is_below_what_the_page_says(n_blocks: int, n_solvers: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 3, (n_blocks, n_solvers)) / 10
    found = statistics.compare_over_blocks(values, [f"s{i}" for i in range(n_solvers)])
    assert np.nanmin(found.p) >= found.smallest_p - 1e-12
    if found.smallest_p >= LEVEL:
        assert not (found.p < LEVEL).any()


def test_the_smallest_is_reached() -> None:
    apart = {name: np.full(5, float(i)) for i, name in enumerate("abc")}
    assert min(statistics.same_as_best(apart)[1].values()) == pytest.approx(smallest_rank_sum([5, 5, 5]))
    found = statistics.compare_over_blocks(np.tile([0.0, 1.0, 2.0], (9, 1)), list("abc"))
    assert np.nanmin(found.p) == found.smallest_p == 3 * smallest_signed_rank(9)


def test_equal_blocks_do_not_count() -> None:
    values = np.ones((12, 2))
    values[:5, 1] = 2.0
    found = statistics.compare_over_blocks(values, ["a", "b"])
    assert found.n_unequal[0, 1] == 5
    assert found.p[0, 1] == found.smallest_p == 0.0625


def test_ties_that_only_the_last_bit_breaks() -> None:
    """0.3 - 0.2 and 0.2 - 0.1 are one size; 0.1 + 0.2 and 0.3 are one value."""
    a = np.array([0.3, 0.2, 0.1 + 0.2, 1e-9, 1e9])
    b = np.array([0.2, 0.1, 0.3, 2e-9, 1e9])
    found = statistics.compare_over_blocks(np.column_stack([a, b]), ["a", "b"])
    assert found.n_unequal[0, 1] == 3
    assert found.p[0, 1] == every_sign([1, 1, -0.1]) == 0.5


def test_runs_without_any_value_are_the_worst_of_all() -> None:
    a, b = np.array([1.0, 2, np.inf]), np.array([np.inf, np.inf, np.inf])
    assert statistics.rank_sum(a, b) == pytest.approx(every_division([1, 2, 9], [9, 9, 9]))
    found = statistics.compare_over_blocks(np.array([[1.0, np.inf], [np.inf, np.inf]]), ["a", "b"])
    assert found.n_unequal[0, 1] == 1


@pytest.mark.parametrize("scale", [1.0, -1.0, 1e-300, 1e300])
def test_what_only_rounding_tells_apart_is_tied(scale: float) -> None:
    """In every test and rank by one rule: sums in another order differ in the last bit."""
    a, b = np.full(4, scale * (0.1 + 0.2)), np.full(4, scale * 0.3)
    assert rank_sum(a, b) == 1.0
    assert rank_within(np.stack([a, b], axis=1)).tolist() == [[1.5, 1.5]] * 4
    found = compare_over_blocks(np.stack([a, b], axis=1), ("a", "b"))
    assert found.mean_ranks.tolist() == [1.5, 1.5] and found.p[0, 1] == 1.0
    assert rank_sum(a, np.full(4, scale * 0.30000001)) == pytest.approx(2 / 70)


def test_infinite_values_are_tied_with_each_other_and_nothing_else() -> None:
    inf = math.inf
    assert rank_within(np.array([inf, 1.0, -inf, inf, 1e308])).tolist() == [4.5, 2, 1, 4.5, 3]
    assert rank_sum(np.array([inf, inf, inf]), np.array([1e308, 1.0, -inf])) == pytest.approx(0.1)
    assert rank_sum(np.array([inf, -inf]), np.array([inf, -inf])) == 1.0


def test_what_is_not_a_number_is_not_tested() -> None:
    values = np.array([[1.0, 2.0], [1.0, np.nan]])
    assert math.isnan(rank_sum(values[:, 1], values[:, 0]))
    with pytest.raises(ValueError, match=r"values: wanted numbers, found NaN of b in block 1"):
        compare_over_blocks(values, ("a", "b"))
