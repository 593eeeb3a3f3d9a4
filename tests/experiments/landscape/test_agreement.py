"""Whether groups of problems rank solvers alike."""

import numpy as np
import pytest

from experiments.landscape.agreement import agreement
from optimizers.selector.portfolio import Portfolio
from optimizers.selector.recorded import of_ratios


def searches(ratios: dict[str, tuple[float, ...]]) -> Portfolio:
    """Of random search and other solvers on some problems."""
    ratio = np.array([[1.0, *values] for values in ratios.values()]).T[None]
    solvers = ("random-search", "a", "b")[: ratio.shape[1]]
    return of_ratios(tuple(ratios), solvers, np.array([300]), np.full(ratio.shape[1:], 5), ratio, np.zeros_like(ratio))


def test_equal_rankings_agree_and_reversed_ones_disagree() -> None:
    """A correlation of 1 and -1, whatever problems are drawn."""
    rng = np.random.default_rng(1)
    first = searches({"p": (0.5, 2.0), "q": (0.6, 1.5)})
    same, reversed_ = searches({"x": (0.9, 1.1)}), searches({"x": (1.5, 0.7), "y": (1.4, 0.6)})
    found = agreement(first, same, budget=300, rng=rng, repetitions=20)
    assert (found.rank_correlation, found.low, found.high, found.n_solvers) == pytest.approx((1, 1, 1, 3))
    assert agreement(first, reversed_, budget=300, rng=rng, repetitions=20).high == pytest.approx(-1)


def test_two_solvers_have_no_ranking_to_compare() -> None:
    """Three are needed in both groups."""
    first = searches({"p": (0.5, 2.0)})
    with pytest.raises(ValueError, match="wanted at least three solvers in common"):
        agreement(first, searches({"x": (0.5,)}), budget=30, rng=np.random.default_rng(1))
