"""Intervals and tests: worked by hand, and equal to scipy's and scikit-posthocs' where these have them."""

import numpy as np
import pytest
import scikit_posthocs
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from experiments import statistics
from nas_problems.array import FloatArray

values = hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6))


@pytest.mark.parametrize("n", [6, 7, 10, 20, 51, 200])
def test_intervals_equal_scipy(n: int) -> None:
    sample = np.random.default_rng(n).normal(size=n)
    found = statistics.median_interval(sample)
    theirs = stats.quantile_test(sample, q=0, p=0.5).confidence_interval(0.95)
    assert (found.low, found.high) == (theirs.low, theirs.high)
    assert 0.95 <= found.coverage < 0.985


@pytest.mark.parametrize(("n", "coverage"), [(1, 0.0), (2, 0.5), (5, 0.9375)])
def test_few_values_give_their_range_and_what_it_covers(n: int, coverage: float) -> None:
    sample = np.arange(n, dtype=np.float64)
    found = statistics.median_interval(sample)
    assert (found.low, found.high, found.coverage) == (0, n - 1, coverage)


def test_the_coverage_is_true() -> None:
    rng = np.random.default_rng(1)
    found = [statistics.median_interval(rng.exponential(size=9)) for _ in range(2000)]
    covered = np.mean([interval.low <= np.log(2) <= interval.high for interval in found])
    assert covered == pytest.approx(found[0].coverage, abs=0.02)


@given(values)
def test_intervals_hold_the_median(sample: FloatArray) -> None:
    found = statistics.median_interval(sample)
    assert found.low <= np.median(sample) <= found.high


def test_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match="values: wanted at least one"):
        statistics.median_interval(np.empty(0))
    with pytest.raises(ValueError, match="final: wanted at least one solver"):
        statistics.same_as_best({})
    with pytest.raises(ValueError, match=r"values: wanted shape \(blocks >= 1, 2\), found \(3, 1\)"):
        statistics.compare_over_blocks(np.ones((3, 1)), ["a", "b"])


def test_holm_worked_by_hand() -> None:
    assert statistics.holm(np.array([0.01, 0.04, 0.03, np.nan])) == pytest.approx(
        [0.03, 0.06, 0.06, np.nan], nan_ok=True
    )
    assert statistics.holm(np.array([0.9, 0.8])).tolist() == [1, 1]
    assert statistics.holm(np.empty(0)).shape == (0,)


def test_the_best_and_what_is_not_told_apart() -> None:
    rng = np.random.default_rng(3)
    final = {name: rng.normal(mean, 1, 20) for name, mean in (("far", 9.0), ("best", 0.0), ("near", 0.1))}
    best, p = statistics.same_as_best(final)
    raw = {name: stats.mannwhitneyu(final["best"], final[name], method="exact").pvalue for name in ("far", "near")}
    assert best == "best"
    assert p == {"far": pytest.approx(2 * raw["far"]), "near": pytest.approx(raw["near"])}


def test_equal_and_single_runs() -> None:
    same = np.zeros(5)
    assert statistics.same_as_best({"a": same, "b": same}) == ("a", {"b": 1.0})
    assert np.isnan(statistics.same_as_best({"a": np.zeros(1), "b": np.ones(5)})[1]["b"])
    assert statistics.same_as_best({"a": same}) == ("a", {})


@pytest.mark.parametrize("seed", range(3))
def test_pairs_equal_scikit_posthocs(seed: int) -> None:
    V = np.random.default_rng(seed).normal(size=(12, 5)) + np.arange(5) / 3
    names = list("abcde")
    found = statistics.compare_over_blocks(V, names)
    theirs = scikit_posthocs.posthoc_wilcoxon(list(V.T), p_adjust="holm").to_numpy()
    order = [names.index(name) for name in found.solvers]
    wanted = theirs[np.ix_(order, order)]
    off = ~np.eye(5, dtype=bool)
    assert found.p[off] == pytest.approx(wanted[off])
    assert found.p_friedman == pytest.approx(stats.friedmanchisquare(*V.T).pvalue)
    assert found.mean_ranks == pytest.approx(stats.rankdata(V, axis=1).mean(axis=0)[order])


def test_cliques_are_the_largest_groups_of_neighbours() -> None:
    """Blocks in which a and b take turns at the top, c is third and d far behind."""
    level = np.linspace(1, 2, 12)
    turns = np.where(np.arange(12) % 2, 0.1, -0.1) * level
    V = np.column_stack([-turns, turns, level, 5 * level])
    found = statistics.compare_over_blocks(V, ["a", "b", "c", "d"])
    assert found.cliques == (("a", "b"),)
    assert found.p[0, 1] > 0.05 > found.p[1, 2]


def test_blocks_that_say_nothing() -> None:
    found = statistics.compare_over_blocks(np.ones((4, 3)), ["a", "b", "c"])
    assert found.cliques == (("a", "b", "c"),)
    assert np.isnan(found.p_friedman)
    assert found.mean_ranks.tolist() == [2, 2, 2]
    single = statistics.compare_over_blocks(np.array([[2.0, 1.0]]), ["a", "b"])
    assert single.solvers == ("b", "a")
    assert np.isnan(single.p).all()
