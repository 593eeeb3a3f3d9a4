"""Codes that are no candidates as evaluations with an accuracy of 0."""

from dataclasses import replace

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, Metric, Problem, SearchSpace
from nas_problems.array import BoolArray, FloatArray
from nas_problems.datasets.nas_bench_101 import ACCURACIES
from nas_problems.evaluation import Fidelities
from nas_problems.evaluators.invalid import with_invalid
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.pareto import Reference
from nas_problems.space import Codes
from nas_problems.testing import check_problem


def _ascending(Z: Codes) -> BoolArray:
    return np.asarray(Z[:, 0] <= Z[:, 1])


def problem() -> Problem:
    """Four of nine codes are refused; accuracies are ten times the row."""
    space = SearchSpace(tuple(Categorical(name, (0, 1, 2)) for name in "ab"), validity=_ascending)
    accuracy: FloatArray = np.linspace(0.0, 80.0, 9)[None, :, None]
    values = {"accuracy": accuracy, "size": np.ones((1, 9, 1))}
    metrics = {
        "accuracy": Metric("accuracy", "%", maximize=True, penalty=100.0),
        "size": Metric("size", penalty=50.0),
    }
    evaluator = TableEvaluator(space, values, metrics, Fidelities("epochs", (1,)))
    return Problem("tiny", 30_001, space, evaluator, (metrics["accuracy"],), source="own")


def test_all_codes_are_candidates() -> None:
    """Valid ones as before; others have accuracy 0 and the other metric's penalty, and nothing fails."""
    refused, zero = problem(), with_invalid(problem(), "zero")
    Z = np.array([[a, b] for a in range(3) for b in range(3)])
    found = zero.evaluate(Z, metrics=["accuracy", "size"])
    valid = refused.space.is_valid(Z)
    assert valid.sum() == 6 and not found.failed.any()
    assert found.metrics["accuracy"].tolist() == np.where(valid, 10.0 * np.arange(9), 0.0).tolist()
    assert found.metrics["size"].tolist() == np.where(valid, 1.0, 50.0).tolist()
    assert np.array_equal(zero(Z[valid]), refused(Z[valid])) and (zero(Z[~valid]) == 100).all()
    assert zero.space.is_valid(Z).all() and zero.name == "tiny.invalid-zero" and zero.function_id != 30_001
    assert with_invalid(refused, "refused") is refused
    check_problem(zero)


def test_the_scale_of_several_objectives_is_that_of_candidates() -> None:
    """There is no exact front of all codes, and a penalty of 1e9 would leave sizes of 3 and 7 no difference."""
    values = {"accuracy": np.linspace(0.0, 80.0, 9)[None, :, None], "size": np.linspace(3.0, 7.0, 9)[None, :, None]}
    metrics = {
        "accuracy": Metric("accuracy", "%", maximize=True, penalty=100.0),
        "size": Metric("size", penalty=1e9),
    }
    refused = problem()
    table = TableEvaluator(refused.base_space, values, metrics, Fidelities("epochs", (1,)))
    both = replace(refused, evaluator=table, objectives=(metrics["accuracy"], metrics["size"]))
    assert with_invalid(both, "zero").reference == Reference((0.0, 3.0), (100.0, 7.0))


def test_words_that_are_not_known() -> None:
    """Another word, and a problem that knows one only."""
    with pytest.raises(ValueError, match="invalid: wanted one of refused, zero, found 'one'"):
        with_invalid(problem(), "one")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ValueError, match="invalid: nb201-cifar10 refuses codes that are no candidates, found zero"):
        nas_problems.make("nb201-cifar10[invalid=zero]")


@pytest.mark.data
@pytest.mark.skipif(not ACCURACIES.at_hand, reason="$IOHNAS_DATA has no nas_bench_101")
def test_cells_are_as_they_were() -> None:
    """On cells both are equal; a code without a path from input to output has accuracy 0."""
    zero, whole = nas_problems.make("nb101-cifar10[invalid=zero]"), nas_problems.make("nb101-cifar10")
    Z = whole.space.sample(50, np.random.default_rng(0))
    assert np.array_equal(zero(Z), whole(Z)) and zero(np.zeros((1, 26), dtype=np.int64)).tolist() == [100.0]
    start = np.concatenate([Z[:1], np.zeros((1, 26), dtype=np.int64)])

    def both(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        return start[:n]

    log = optimizers.run(
        optimizers.make("aging-evolution", population_size=2, mutation="each-kind"),
        zero,
        budget=60,
        seed=1,
        initializer=both,
    )
    assert (log.y == 100).any() and log.y.min() <= whole(Z[:1])[0]
