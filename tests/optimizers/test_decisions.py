"""Candidates as sequences of decisions, and the reward of values."""

import numpy as np
import pytest

from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from optimizers.decisions import N_INTERVALS, Decisions, RankReward
from optimizers.testing import spaces

LONG = SearchSpace(
    (Categorical("op", tuple("abc")), Ordinal("kernel", (1, 3)), Integer("units", 1, 999, log=True), Real("rate", 0, 1))
)


def test_short_variables_keep_their_values_and_long_ones_are_cut() -> None:
    """Listed values and short integers are alternatives themselves; everything else has ten intervals."""
    assert Decisions(LONG).counts == (3, 2, N_INTERVALS, N_INTERVALS)
    assert not Decisions(LONG).is_exact
    assert Decisions(SearchSpace((Integer("depth", 5, 14),))).is_exact


@pytest.mark.parametrize("name", sorted(spaces()))
def test_codes_lie_where_their_decisions_say(name: str) -> None:
    """Decisions drawn for a space come back from the codes that they lead to."""
    rng, decisions = np.random.default_rng(1), Decisions(spaces()[name])
    chosen = np.stack([rng.integers(count, size=200) for count in decisions.counts], axis=1)
    Z = decisions.to_codes(chosen, rng)
    again = decisions.of_codes(Z)
    same = again == chosen
    assert ((spaces()[name].lower <= Z) & (spaces()[name].upper >= Z)).all()
    if decisions.is_exact:
        assert same.all()
    else:  # a value of an integer range may belong to two intervals
        assert same.mean() > 0.8


def test_intervals_are_equally_likely_on_a_log_scale() -> None:
    """Half of the alternatives of a logarithmic range lie below the middle of its logarithm."""
    space = SearchSpace((Real("rate", 1e-4, 1.0, log=True),))
    Z = Decisions(space).to_codes(np.arange(N_INTERVALS)[:, None], np.random.default_rng(1))
    assert (Z[:, 0] < 1e-2).sum() == N_INTERVALS // 2


def test_a_standing_knows_no_unit_and_survives_penalties() -> None:
    """Rewards depend on the order of the values alone."""
    y = [3.0, 1.0, 1e9, 2.0, 1.0, -5.0]
    ours, scaled = RankReward(), RankReward()
    assert [ours.add(value) for value in y] == [scaled.add(1e-6 * value + 7) for value in y]
    assert ours.of(-5.0) == pytest.approx(1 - 1 / 12)
    assert ours.of(1e9) == pytest.approx(1 / 12)
