"""Races next to the single best solver."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.landscape.races import chosen_unseen, races, races_frame
from tests.experiments.landscape.test_judgement import planted


def test_a_race_is_compared_where_it_ran() -> None:
    """By hand: 0.1 better than the single best solver on half of the problems, and not run on the others."""
    whole = planted()
    loss = whole.loss.copy()
    loss[0, 3] = np.where(np.arange(40) < 20, loss[0, 2] - 0.1, np.nan)
    portfolio = replace(whole, solvers=(*whole.solvers[:3], "umda+aging-evolution", whole.solvers[4]), loss=loss)
    assert races(portfolio) == ["umda+aging-evolution"]
    frame = races_frame(portfolio, 100).set_index("solver")
    assert list(frame.index) == ["the race", "umda", "aging-evolution"]
    assert frame["problems"].tolist() == [20, 20, 20]
    assert frame["less aging-evolution"].tolist() == pytest.approx([-0.1, 0.1, 0])
    assert frame["better on"].tolist() == [20, 0, 0]
    assert races_frame(whole, 100).empty


def test_a_race_is_chosen_where_it_is_surely_ahead() -> None:
    """One that is 0.1 better everywhere is taken for all problems, one that is worse for none."""
    whole = planted()
    for lead, taken in ((0.1, 40), (-0.1, 0)):
        loss = whole.loss[:, :4].copy()
        loss[0, 3] = loss[0, 2] - lead
        few = replace(whole, solvers=(*whole.solvers[:3], "umda+aging-evolution"), loss=loss, error=0 * loss)
        few = replace(few, runs=whole.runs[:, :4], evaluations=whole.evaluations[:4])
        difference, n_races = chosen_unseen(few.at(100))
        assert n_races == taken
        assert difference == pytest.approx(np.full(40, -0.1 if taken else 0.0))
