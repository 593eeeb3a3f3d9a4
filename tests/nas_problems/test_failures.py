"""A failed candidate is never the best one, whatever its penalty; bounds belong to metrics and are never invented."""

import math

import numpy as np
import pytest

import optimizers
from ela.landscape import Landscape
from nas_problems import Fidelities, Integer, Metric, Problem, SearchSpace, from_function
from nas_problems.array import FloatArray
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.testing import check_problem

NAN = float("nan")
LOSS = Metric("loss", penalty=100.0)
SIZE = Metric("size", penalty=1.0)

worse = pytest.mark.filterwarnings("ignore:.*worse than the penalty:UserWarning")


def table(values: list[float], metric: Metric = LOSS, **others: FloatArray) -> Problem:
    space = SearchSpace((Integer("width", 1, len(values)),))
    columns = {metric.name: np.array(values), **others}
    known = {metric.name: metric, "size": SIZE}
    evaluator = TableEvaluator(
        space,
        {name: column[None, :, None] for name, column in columns.items()},
        {name: known[name] for name in columns},
        Fidelities("epochs", (1,)),
    )
    return Problem("gaps", 960, space, evaluator, (metric,), "none")


@worse
@pytest.mark.parametrize(
    ("values", "best", "row"),
    [
        ([200, 300, NAN, 400], 200, 0),  # the penalty is 100
        ([NAN, 500], 500, 1),
        ([101, NAN, 102], 101, 0),
        ([NAN, 99], 99, 1),
        ([math.inf, 300, 250], 250, 2),
        ([150, 150, NAN], 150, 0),
    ],
)
def test_the_optimum_is_no_failed_candidate(values: list[float], best: float, row: int) -> None:
    problem = table(values)
    optimum = problem.optimum
    assert optimum is not None
    assert (optimum.y, optimum.Z[0].tolist(), problem.target) == (best, [row], best)
    assert problem.tabulate_failed().tolist() == (~np.isfinite(values)).tolist()


def test_where_everything_failed_there_is_no_optimum() -> None:
    problem = table([NAN, NAN])
    assert problem.optimum is None
    assert problem.variant(objective="loss").target == 0.0


@worse
def test_the_front_has_no_failed_candidate() -> None:
    """Penalties (100, 1) dominate every honest pair."""
    problem = table([200, 300, NAN, 400], size=np.array([5.0, 4.0, NAN, 3.0])).variant(objective=["loss", "size"])
    front = problem.pareto_front
    assert front is not None
    assert front.Y.tolist() == [[200, 5], [300, 4], [400, 3]]


@worse
def test_a_landscape_has_no_failed_optimum() -> None:
    landscape = Landscape.enumerate(table([200, 300, NAN, 400]))
    assert landscape.y.tolist() == [200, 300, np.nextafter(400, 500), 400]
    assert landscape.local_search.optima.tolist() == [0, 3]


@worse
@pytest.mark.parametrize("solver", ["random-search", "local-search", "one-plus-one-ea"])
def test_an_incumbent_is_no_failed_evaluation(solver: str) -> None:
    """Values about 500; every third candidate fails with the penalty 100."""

    def loss(config: dict[str, int]) -> float:
        if config["width"] % 3 == 0:
            raise MemoryError("too wide")
        return 500.0 + config["width"]

    problem = from_function(loss, SearchSpace((Integer("width", 1, 30),)), name=f"wide-{solver}", metric=LOSS)
    log = optimizers.run(solver, problem, budget=20, seed=1)
    assert log.failed.any()
    assert not log.failed[log.best]
    assert log.y[log.best] == log.y[~log.failed].min()


def test_a_value_worse_than_the_penalty_is_said_when_it_is_first_seen() -> None:
    problem = from_function(lambda config: 500.0, SearchSpace((Integer("width", 1, 3),)), name="said", metric=LOSS)
    with pytest.warns(
        UserWarning, match=r"said: a candidate has the minimised loss 500, worse than the penalty 100"
    ) as seen:
        problem([[0]])
        problem([[1]])
    assert len(seen) == 1  # once per problem


@pytest.mark.parametrize(
    ("metric", "bound"),
    [
        (Metric("loss"), None),
        (Metric("error", "%"), None),  # it could be a difference
        (Metric("accuracy", "%", maximize=True), 0.0),
        (Metric("train_seconds", "s"), 0.0),
        (Metric("latency", "ms"), 0.0),
        (Metric("memory", "MB"), 0.0),
        (Metric("auc", maximize=True, penalty=0.0), None),
        (Metric("auc", maximize=True, penalty=0.0, lower_bound=-1.0), -1.0),
        (Metric("speed", "s", maximize=True), None),
    ],
)
def test_bounds_of_metrics(metric: Metric, bound: float | None) -> None:
    assert metric.lower_bound == bound


@pytest.mark.parametrize("bound", [math.inf, math.nan, 100.5])
def test_bounds_that_cannot_be(bound: float) -> None:
    with pytest.raises(ValueError, match=r"m: wanted a (finite lower_bound|penalty >= the lower_bound)"):
        Metric("m", lower_bound=bound)


def test_another_objective_has_its_own_bound() -> None:
    """A loss of -10 - n has none; the first metric's would make every regret negative."""
    metrics = (Metric("error", lower_bound=0.0), Metric("log_likelihood_loss", penalty=0.0))
    space = SearchSpace((Integer("n", 1, 9),))
    problem = from_function(
        lambda config: {"error": 1.0 / config["n"], "log_likelihood_loss": -10.0 - config["n"]},
        space,
        name="two",
        metric=metrics,
    )
    assert (problem.lower_bound, problem.variant(objective="log_likelihood_loss").lower_bound) == (0.0, None)
    assert problem.variant(objective="log_likelihood_loss").target == 0.0
    assert problem.variant(objective=["error", "log_likelihood_loss"]).lower_bound == 0.0  # regret is a share
    check_problem(problem.variant(objective="log_likelihood_loss"), spawn=False)


def test_the_suite_knows_wrong_bounds() -> None:
    metric = Metric("loss", penalty=1e3, lower_bound=5.0)
    problem = from_function(
        lambda config: float(config["n"]), SearchSpace((Integer("n", 1, 9),)), name="b", metric=metric
    )
    with pytest.raises(AssertionError, match=r"b: .*no candidate is below the lower bound of loss"):
        check_problem(problem, spawn=False)
