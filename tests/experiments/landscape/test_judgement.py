"""Judging ways to choose a solver: nothing that was held out is known."""

import numpy as np
import pytest

from experiments.landscape.judgement import (
    FEATURES,
    KINDS,
    PLACEBO,
    RANDOM,
    SCHEDULE,
    SINGLE,
    VIRTUAL,
    judge,
    validated,
)
from optimizers.selector import NAMES
from optimizers.selector.portfolio import Portfolio, unknown_runs

SOLVERS = ("random-search", "umda", "aging-evolution", "random-search:30:umda", "random-search:30:cma-es")


def planted(n: int = 40) -> Portfolio:
    """Problems of two sources; a feature of the design says which of two schedules is good."""
    rng = np.random.default_rng(1)
    features = np.zeros((n, 2, len(NAMES)))
    column = NAMES.index("skewness")
    features[:, :, column] = rng.normal(size=n)[:, None]
    sign = np.sign(features[:, 0, column])
    loss = np.stack([np.zeros(n), np.full(n, -0.2), np.full(n, -0.3), -0.5 - 0.5 * sign, -0.5 + 0.5 * sign])[None]
    names = tuple(f"{('nb201', 'macro', 'fcnet', 'mlp')[i % 4]}-{i}" for i in range(n))
    return Portfolio(
        names,
        SOLVERS,
        np.array([100]),
        loss,
        np.zeros_like(loss),
        np.ones(loss.shape, dtype=np.int64),
        features,
        30,
        *unknown_runs(*loss.shape),
    )


@pytest.mark.parametrize("held_out", ["problem", "family", "source"])
def test_a_signal_pays(held_out: str) -> None:
    """Features close most of the gap, permuted ones do not."""
    found = judge(planted(), budget=100, held_out=held_out)
    assert len(found.problems) == 40
    assert found.loss[RANDOM].max() == 0
    assert (found.loss[VIRTUAL] <= found.loss[FEATURES] + 1e-12).all()
    assert found.difference(FEATURES, SCHEDULE)[2] < 0
    assert found.gap_closed(FEATURES) > 0.6
    assert all(found.difference(FEATURES, other)[2] < 0 for other in (KINDS, PLACEBO))
    assert found.gap_closed(SINGLE) == 0 and found.gap_closed(VIRTUAL) == 1


def test_what_is_held_out_is_not_seen() -> None:
    """A family on which another solver is best does not make it the single best."""
    portfolio = planted()
    mine = [p for p, name in enumerate(portfolio.problems) if name.startswith("mlp")]
    portfolio.loss[0, 1, mine] = -2.0
    found = judge(portfolio, budget=100, held_out="family")
    chosen = dict(zip(found.problems, found.chosen[SINGLE], strict=True))
    assert {chosen[portfolio.problems[p]] for p in mine} == {"aging-evolution"}


def test_a_model_knows_its_accuracy() -> None:
    """The loss on families held out, that of the single best solver, and the interval of their difference."""
    ours, single, difference, low, high = validated(planted(), look=True).validation[0].tolist()
    assert ours < single == pytest.approx(-0.3)
    assert low <= difference <= high < 0


@pytest.mark.parametrize("looks", [True, False])
def test_what_is_validated_is_bounded_on_both_sides(looks: bool) -> None:
    """A loss beyond the bound was cut for a choice with a look, and not for the single best solver next to it."""
    portfolio = planted()
    portfolio.loss[0, 2] = -3.0
    ours, single, difference, _, _ = validated(portfolio, look=looks).validation[0].tolist()
    assert single == pytest.approx(-2.0)
    assert ours >= -2.0
    assert difference == pytest.approx(ours - single)


def test_no_problems_to_judge() -> None:
    """The message names the sources."""
    with pytest.raises(ValueError, match="wanted problems of NAS, HPO, found none"):
        judge(planted().rows([]), budget=100, held_out="problem")
