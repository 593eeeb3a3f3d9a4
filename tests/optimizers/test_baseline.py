"""Relative improvement over an average, by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

import optimizers
from optimizers.baseline import average, relative_improvement


def test_hand_worked_average() -> None:
    log = optimizers.run(optimizers.make("random-sampling", n_samples=4), "nb201-cifar10", budget=4, seed=1)
    log = replace(log, y=np.array([1.0, 2.0, 100.0, 6.0]), failed=np.array([False, False, True, False]))
    found = average(log)
    assert (found.n, found.n_failed, found.mean) == (3, 1, 3.0)
    assert found.standard_deviation == pytest.approx(math.sqrt((4 + 1 + 9) / 2))
    one = replace(log, failed=np.array([True, True, True, False]))
    assert math.isnan(average(one).standard_deviation)
    with pytest.raises(
        ValueError, match=r"random-sampling.n_samples-4 on nb201.*: wanted an evaluation that did not fail"
    ):
        average(replace(log, failed=np.ones(4, dtype=np.bool_)))


def test_relative_improvement() -> None:
    assert relative_improvement(90.0, 80.0) == pytest.approx(12.5)
    assert relative_improvement(76.0, 80.0) == pytest.approx(-5.0)
    with pytest.raises(ValueError, match=r"average_accuracy: wanted a number > 0, found 0\.0"):
        relative_improvement(1.0, 0.0)
