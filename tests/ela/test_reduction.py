"""Range reduction finds the part of a space where the good candidates are, and leaves the rest alone."""

import numpy as np
import pytest

from ela.reduction import describe_range, reduce_space
from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.space import Codes

SPACE = SearchSpace(
    (
        Categorical("op", ("bad", "good", "fine")),
        Ordinal("batch", (8, 16, 32, 64)),
        Integer("width", 10, 109),
        Real("rate", 1e-4, 1.0, log=True),
        Real("idle", 0.0, 1.0),
    )
)


def design() -> tuple[Codes, FloatArray]:
    Z = SPACE.sample(1000, np.random.default_rng(0))
    y = 2.0 * (Z[:, 0] == 0) + (Z[:, 1] != 2) + np.abs(Z[:, 2] - 50) / 25 + np.abs(np.log10(Z[:, 3]) + 1) / 2
    return Z, y


def test_good_ranges_are_found() -> None:
    Z, y = design()
    found = reduce_space(SPACE, Z, y)
    op, batch, width, rate, idle = found.ranges
    assert isinstance(op.proposed, Categorical) and op.proposed.choices == ("good", "fine")
    assert isinstance(batch.proposed, Ordinal) and batch.proposed.values == (16, 32)
    assert isinstance(width.proposed, Integer) and 40 < width.proposed.low < 60 < width.proposed.high < 80
    assert isinstance(rate.proposed, Real) and 0.001 < rate.proposed.low < 0.1 < rate.proposed.high <= 1
    assert not idle.reduced and idle.p_value > 0.05
    assert width.quantiles[2] == pytest.approx(60, abs=8)
    assert 0 < found.volume < 0.1
    assert len(found.rows) == 50 and y[found.rows[0]] == y.min()


def test_the_smaller_space_is_better_and_lies_in_the_larger_one() -> None:
    Z, y = design()
    smaller = reduce_space(SPACE, Z, y).space
    inside = SPACE.encode(smaller.decode(smaller.sample(300, np.random.default_rng(1))))
    assert inside.shape == (300, 5)


def test_values_that_say_nothing_reduce_nothing() -> None:
    Z, _ = design()
    found = reduce_space(SPACE, Z, np.random.default_rng(3).random(1000))
    assert found.space == SPACE and found.volume == 1


def test_every_parameter_is_reduced_on_demand() -> None:
    Z, y = design()
    found = reduce_space(SPACE, Z, y, level=None, coverage=0.8)
    idle = found.ranges[-1].proposed
    assert isinstance(idle, Real) and 0 < idle.low < idle.high < 1


def test_bad_arguments() -> None:
    Z, y = design()
    with pytest.raises(ValueError, match="wanted 0 < top < 1"):
        reduce_space(SPACE, Z, y, top=0)
    with pytest.raises(ValueError, match="at least 2 best"):
        reduce_space(SPACE, Z[:20], y[:20], top=0.05)
    with pytest.raises(ValueError, match=r"y: wanted shape \(1000,\)"):
        reduce_space(SPACE, Z, y[:5])


def test_ranges_as_text() -> None:
    assert describe_range(Real("r", 0.001, 0.5)) == "[0.001, 0.5]"
    assert describe_range(Ordinal("b", (8, 16))) == "{8, 16}"
    assert describe_range(Categorical("o", ("a", "b"))) == "{a, b}"
