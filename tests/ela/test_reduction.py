"""Range reduction finds the part of a space where the good candidates are, and leaves the rest alone."""

import numpy as np
import pandas as pd
import pytest

import nas_problems
from ela.reduction import describe_range, reduce_space
from nas_problems import Categorical, Condition, Integer, Ordinal, Real, SearchSpace, conditional_space
from nas_problems.array import FloatArray
from nas_problems.space import Codes, conditions_in, used_configs

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


def test_a_listed_space_is_reduced_to_one_that_can_be_sampled() -> None:
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"rate": 10 ** rng.uniform(-4, 0, 300), "kind": rng.choice(["a", "b"], 300)})
    rows["loss"] = np.abs(np.log10(rows["rate"]) + 2) + (rows["kind"] == "b")
    problem = nas_problems.from_frame(rows, metric="loss")
    Z = np.concatenate(list(problem.space.enumerate()))
    smaller = reduce_space(problem.space, Z, problem(Z)).space
    assert smaller.listing is None and smaller.parameters != problem.space.parameters
    configs = smaller.decode(smaller.sample(50, rng))
    assert all(0.001 < float(config["rate"]) < 0.1 and config["kind"] == "a" for config in configs)


PARAMETERS = (Categorical("kernel", ("linear", "rbf", "poly")), Real("gamma", 0.0, 1.0), Real("C", 0.0, 1.0))


def test_conditions_are_kept_by_value() -> None:
    """C is reduced alone: gamma still depends on the kernel. Of a kernel that is left alone, nothing depends."""
    space = conditional_space(PARAMETERS, [Condition("gamma", "kernel", ("rbf", "poly"))])
    Z = space.canonical(space.sample(2000, np.random.default_rng(1)))
    found = reduce_space(space, Z, np.abs(Z[:, 2] - 0.7)).space
    assert found.parameters[:2] == space.parameters[:2] and found.parameters[2] != space.parameters[2]
    assert conditions_in(found) == [Condition("gamma", "kernel", ("rbf", "poly"))]
    only = reduce_space(space, Z, Z[:, 2] + 2.0 * (Z[:, 0] != 2)).space
    assert only.parameters[0] == Categorical("kernel", ("poly",)) and not conditions_in(only)
    without = reduce_space(space, Z, Z[:, 2] + 2.0 * (Z[:, 0] != 0)).space
    assert without.parameters[0] == Categorical("kernel", ("linear",))
    assert used_configs(without, without.sample(3, np.random.default_rng(1)))[0].keys() == {"kernel", "C"}


def test_inactive_values_say_nothing() -> None:
    """gamma matters where it is active, and half of the best candidates have none."""
    space = conditional_space(PARAMETERS, [Condition("gamma", "kernel", ("rbf", "poly"))])
    Z = space.canonical(space.sample(3000, np.random.default_rng(1)))
    y = np.where(Z[:, 0] == 0, Z[:, 2], np.abs(Z[:, 1] - 0.6))
    (gamma,) = [entry for entry in reduce_space(space, Z, y).ranges if entry.name == "gamma"]
    assert isinstance(gamma.proposed, Real) and 0.5 < gamma.proposed.low < gamma.proposed.high < 0.7


def test_ties_do_not_depend_on_the_order_of_rows() -> None:
    space = SearchSpace((Integer("n", 0, 99),))
    Z = np.arange(100)[:, None]
    y = (Z[:, 0] >= 50).astype(float)
    backwards = reduce_space(space, Z[::-1], y[::-1]).ranges[0].proposed
    assert reduce_space(space, Z, y).ranges[0].proposed == backwards == Integer("n", 2, 47)
    with pytest.raises(
        ValueError, match="top: wanted at least 2 best and 2 other rows, found 100 of 100, ties included"
    ):
        reduce_space(space, Z, np.zeros(100))
    with pytest.raises(ValueError, match="y: wanted numbers, found NaN in row 3"):
        reduce_space(space, Z, np.where(Z[:, 0] == 3, np.nan, y))


def test_the_volume_of_a_log_integer_is_on_the_log_scale() -> None:
    space = SearchSpace((Integer("n", 1, 1024, log=True),))
    Z = np.repeat(np.arange(1024), 4)[:, None]
    found = reduce_space(space, Z, np.abs(np.log(Z[:, 0] + 1.0) - np.log(32)), top=0.02)
    (n,) = found.ranges
    assert isinstance(n.proposed, Integer)
    assert found.volume == pytest.approx(
        np.log((n.proposed.high + 0.5) / (n.proposed.low - 0.5)) / np.log(1024.5 / 0.5)
    )
