"""Choices in hindsight, and how much of the virtual best's lead is luck."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.landscape.oracle import deviation, hindsight_frame, luck
from tests.experiments.landscape.test_judgement import planted


def test_who_knows_more_gains_more() -> None:
    """By hand: two schedules, each good where the other one is not; their better one is the virtual best."""
    frame = hindsight_frame(planted().at(100)).set_index("in hindsight")
    assert frame.loc["best single solver", "solvers"] == "aging-evolution"
    assert frame.loc["best single solver", "log2 loss"] == pytest.approx(-0.3)
    assert frame.loc["better of the best two", "solvers"] == "random-search:30:umda or random-search:30:cma-es"
    assert frame.loc["better of the best two", "log2 loss"] == pytest.approx(-1)
    assert frame.loc["virtual best", "gap closed"] == pytest.approx(1)
    gaps = frame["gap closed"].drop("virtual best, less its luck")
    assert gaps.is_monotonic_increasing or gaps["best of each family"] <= gaps["better of the best two"]
    assert frame.loc["best of each family", "solvers"].count(":") >= 4


def test_luck_is_what_noise_takes_off_the_minimum() -> None:
    """None without noise; of equal solvers most of what theory says, as a part of the spread looks real."""
    part = planted(400).at(100)
    assert luck(part).max() == luck(part).min() == 0
    rng = np.random.default_rng(1)
    noise = rng.normal(scale=0.1, size=part.loss.shape) * (np.arange(5) > 0)[:, None]
    equal = replace(part, loss=noise, error=np.full_like(noise, 0.1))
    assert -0.116 < luck(equal).mean() < -0.06  # 0.116: the mean minimum of 0 and four such values
    better = replace(part, loss=part.loss + noise, error=np.full_like(noise, 0.1))
    assert luck(better).mean() > -0.06  # noise does not change which one is best


def test_noise_that_all_solvers_have_in_common_is_no_luck() -> None:
    """Three quarters of the variance in common halve the standard deviations that count."""
    part = replace(planted().at(100), error=np.full((1, 5, 40), 0.1))
    half = replace(part, shared=np.full((1, 40), 0.75))
    assert deviation(half)[1:] == pytest.approx(deviation(part)[1:] / 2)
    assert deviation(half)[0].max() == 0
