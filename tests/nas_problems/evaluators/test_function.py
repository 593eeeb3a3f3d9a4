"""Problems from a user's function."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from nas_problems import Categorical, Fidelities, Integer, Metric, Problem, SearchSpace, from_function
from nas_problems.parameter import Config
from nas_problems.testing import check_problem
from tests.nas_problems.evaluators import trainable

SPACE = SearchSpace((Integer("a", 1, 4), Integer("b", 1, 4)))


def area(config: Config) -> float:
    return float(config["a"]) * float(config["b"])


def brittle(config: Config) -> float:
    if config["a"] == 2:
        raise MemoryError("too large")
    return math.nan if config["a"] == 3 else area(config)


LARGE = Metric("value", penalty=1e12)  # sampled seeds are large numbers


def seeded(config: Config, seed: int) -> float:
    return area(config) + seed


@pytest.mark.parametrize(
    "problem",
    [
        from_function(area, SPACE, name="area"),
        from_function(brittle, SPACE, name="brittle"),
        from_function(seeded, SPACE, name="seeded", metric=LARGE, seeds=(1, 3)),
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
    problem = from_function(seeded, SPACE, name="seeded", metric=LARGE, seeds=(1, 3))
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


def test_bounds_belong_to_the_metric_and_none_is_invented() -> None:
    space = SearchSpace((Integer("k", 1, 4),))
    auc = Metric("auc", maximize=True, penalty=0.0)
    unknown = from_function(lambda config: config["k"] / 8, space, name="auc", metric=auc)
    assert (unknown.lower_bound, unknown.target) == (None, 0.0)
    problem = from_function(lambda config: config["k"] / 8, space, name="auc", metric=auc, lower_bound=-1.0)
    assert problem.target == problem.lower_bound == -1.0
    assert problem([[3]]).tolist() == [-0.5]
    assert problem.variant(objective="train_seconds").lower_bound == 0.0  # of a time, not of the first metric


# ---- functions that misbehave


def greedy(config: Config, seed: int) -> float:
    """Takes apart what it was given."""
    options = dict.fromkeys(config)
    values = [float(config.pop(name)) for name in options]  # type: ignore[attr-defined]  # it is given a dict
    return sum(values) + seed


def exits(config: Config) -> float:
    raise SystemExit(3)


def explains(config: Config) -> float:
    raise ValueError("first line\nsecond line")


def test_every_call_has_a_configuration_of_its_own() -> None:
    problem = from_function(greedy, SPACE, name="greedy", seeds=(0, 1, 2))
    assert problem([[1, 2]]).tolist() == [6.0]


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (exits, "SystemExit: 3"),
        (explains, "ValueError: first line"),
        (lambda config: {"loss": 1.0}, "ValueError: wanted a number from the function, found a dict"),
        (lambda config: None, "ValueError: wanted a number from the function, found a NoneType"),
    ],
    ids=["exits", "explains", "a mapping", "nothing"],
)
def test_what_ends_a_function_ends_no_search(function: Callable[[Config], float], reason: str) -> None:
    assert from_function(function, SPACE, name="ends").evaluate([[0, 0]]).reason == {0: reason}


# ---- several metrics, fidelities


def costs(config: Config) -> dict[str, float]:
    return {"error": area(config), "size": 10.0 - float(config["a"]), "train_seconds": 60.0 * float(config["b"])}


def test_a_function_may_return_several_metrics() -> None:
    metrics = (Metric("error", penalty=1e3), Metric("size", penalty=1e3), Metric("train_seconds", "s", penalty=1e6))
    problem = from_function(costs, SPACE, name="costs", metric=metrics)
    check_problem(problem)
    assert problem([[1, 2]]).tolist() == [6.0]
    assert problem.variant(objective=("size", "error"))([[1, 2], [3, 0]]).tolist() == [[8.0, 6.0], [6.0, 4.0]]
    assert problem.evaluate([[1, 2]]).cost_seconds.tolist() == [180.0]  # as it says, not as it took


def told_seconds(config: Config, seed: int) -> dict[str, float]:
    return {"error": 1.0, "train_seconds": 10.0 * (seed + 1)}


def test_seconds_are_a_mean_over_seeds_like_every_metric_and_costs_a_sum() -> None:
    metrics = (Metric("error", penalty=1e3), Metric("train_seconds", "s", penalty=1e6))
    found = from_function(told_seconds, SPACE, name="told", metric=metrics, seeds=(0, 1, 2))
    mean, second = (
        problem.evaluate([[1, 2]], metrics=["train_seconds"]) for problem in (found, found.variant(noise="seed-1"))
    )
    assert mean.metrics["train_seconds"].tolist() == [20.0] and mean.cost_seconds.tolist() == [60.0]
    assert second.metrics["train_seconds"].tolist() == [20.0] and second.cost_seconds.tolist() == [20.0]


def test_a_metric_that_is_not_returned_fails_with_the_names() -> None:
    problem = from_function(area, SPACE, name="area", metric=(Metric("error"), Metric("size")))
    (reason,) = problem.evaluate([[1, 2]]).reason.values()
    assert reason == "ValueError: wanted a mapping with ['error', 'size'], found 6.0"


def test_no_metric_is_refused() -> None:
    with pytest.raises(ValueError, match="metric: wanted at least one, found none"):
        from_function(area, SPACE, name="area", metric=())


def trained(config: Config, seed: int, *, epochs: int) -> float:
    return sum(area(config) / (1 + epoch) for epoch in range(epochs)) + seed


def test_a_fidelity_is_given_under_its_name_and_as_it_was_written() -> None:
    problem = from_function(
        trained, SPACE, name="trained", metric=LARGE, seeds=(0, 2), fidelities=Fidelities("epochs", (1, 2))
    )
    check_problem(problem)
    assert problem([[1, 1]]).tolist() == [7.0]
    assert problem.variant(fidelity=1.0)([[1, 1]]).tolist() == [5.0]
    assert problem.variant(fidelity=1).label == "trained.epochs-1"


# ---- a process of its own


def test_with_a_time_limit_nothing_stops_the_search() -> None:
    space = SearchSpace((Categorical("does", ("return", "raise", "hang in C", "die", "print", "exit")),))
    problem = from_function(trainable.behave, space, name="wild", limit_seconds=2.0)
    found = problem.evaluate([[0], [1], [2], [3], [4], [5]])
    assert found.reason == {
        1: "RuntimeError: as told",
        2: "exceeded the time limit of 2 s",
        3: "the process was killed by SIGABRT",
        5: "SystemExit: 3",
    }
    assert problem.minimised(found).tolist() == [1.0, 1e9, 1e9, 1e9, 1.0, 1e9]
    assert found.cost_seconds[2] == 2.0 and (found.cost_seconds > 0).all()


def test_a_time_limit_wants_a_function_that_can_be_imported() -> None:
    with pytest.raises(ValueError, match=r"function: wanted a top-level function .*, found .*<lambda>"):
        from_function(lambda config: 1.0, SPACE, name="local", limit_seconds=1.0)
    from_function(partial(area), SPACE, name="partial", limit_seconds=1.0)


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan])
def test_a_time_limit_is_positive(limit: float) -> None:
    with pytest.raises(ValueError, match=f"limit_seconds: wanted a positive number, found {limit}"):
        from_function(area, SPACE, name="area", limit_seconds=limit)
