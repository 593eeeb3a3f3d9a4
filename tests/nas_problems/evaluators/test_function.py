"""Problems from a user's function."""

import math

import numpy as np
import pytest

from nas_problems import Integer, Metric, Problem, SearchSpace, from_function
from nas_problems.parameter import Config
from nas_problems.testing import check_problem

SPACE = SearchSpace((Integer("a", 1, 4), Integer("b", 1, 4)))


def area(config: Config) -> float:
    return float(config["a"]) * float(config["b"])


def brittle(config: Config) -> float:
    if config["a"] == 2:
        raise MemoryError("too large")
    return math.nan if config["a"] == 3 else area(config)


def seeded(config: Config, seed: int) -> float:
    return area(config) + seed


@pytest.mark.parametrize(
    "problem",
    [
        from_function(area, SPACE, name="area"),
        from_function(brittle, SPACE, name="brittle"),
        from_function(seeded, SPACE, name="seeded", seeds=(1, 3)),
    ],
    ids=lambda problem: problem.name,
)
def test_a_function_is_a_problem(problem: Problem) -> None:
    check_problem(problem)


def test_values_are_those_of_the_function() -> None:
    problem = from_function(area, SPACE, name="area")
    Z = next(SPACE.enumerate())
    assert problem(Z).tolist() == [area(config) for config in SPACE.decode(Z)]


def test_a_call_that_raises_costs_only_itself() -> None:
    problem = from_function(brittle, SPACE, name="brittle")
    evaluations = problem.evaluate(np.array([[0, 0], [1, 0], [2, 0], [3, 0]]))
    assert evaluations.failed.tolist() == [False, True, True, False]
    assert evaluations.reason == {1: "MemoryError: too large", 2: "wanted a finite value, found nan"}
    assert problem.minimised(evaluations).tolist() == [1.0, 1e9, 1e9, 4.0]
    assert (evaluations.cost_seconds > 0).all()


def test_seeds_are_averaged_fixed_or_drawn() -> None:
    problem = from_function(seeded, SPACE, name="seeded", seeds=(1, 3))
    assert problem([[0, 0]]).tolist() == [3.0]
    assert problem.variant(noise="seed-7")([[0, 0]]).tolist() == [8.0]
    drawn = problem.variant(noise="sampled")(np.zeros((3, 2), dtype=int), rng=np.random.default_rng(1))
    assert len(set(drawn.tolist())) == 3


def test_accuracies_are_turned_into_errors() -> None:
    accuracy = Metric("validation_accuracy", "%", maximize=True)
    problem = from_function(area, SPACE, name="accuracy", metric=accuracy)
    assert problem([[3, 3]]).tolist() == [84.0]
    assert problem.objectives[0].label == "validation error (%)"


def test_without_seeds_there_is_no_noise() -> None:
    with pytest.raises(ValueError, match=r"noise: area knows \['mean'\], found 'sampled'"):
        from_function(area, SPACE, name="area").variant(noise="sampled")


def test_a_maximized_fraction_needs_a_bound_from_which_regret_is_measured() -> None:
    space = SearchSpace((Integer("k", 1, 4),))
    auc = Metric("auc", maximize=True, penalty=0.0)
    with pytest.raises(ValueError, match=r"lower_bound: wanted minus the largest auc that is possible, such as -1\.0"):
        from_function(lambda config: config["k"] / 8, space, name="auc", metric=auc)
    problem = from_function(lambda config: config["k"] / 8, space, name="auc", metric=auc, lower_bound=-1.0)
    assert problem.target == -1.0 and problem([[3]]).tolist() == [-0.5]
