"""``nb101-recorded``: recorded cells agree with the full table; predictions are marked, and as good as is said."""

import numpy as np
import pytest
from scipy.stats import kendalltau

import nas_problems
from nas_problems import Problem
from nas_problems.array import BoolArray
from nas_problems.catalog.nas_bench_101_recorded import RUNS
from nas_problems.datasets.nas_bench_101 import ACCURACIES
from nas_problems.evaluators.table import TableEvaluator

pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,  # a forest is fitted once per cache
    pytest.mark.skipif(not (RUNS.at_hand and ACCURACIES.at_hand), reason="$IOHNAS_DATA has no nasbench101_partial"),
]


@pytest.fixture(scope="module")
def problem() -> Problem:
    return nas_problems.make("nb101-recorded")


def is_predicted(problem: Problem) -> BoolArray:
    assert isinstance(problem.evaluator, TableEvaluator)
    return np.asarray(problem.evaluator.values["is_predicted"][:, :, 0] == 1)


def test_as_many_cells_as_were_visited(problem: Problem) -> None:
    known: BoolArray = np.logical_not(is_predicted(problem))
    assert known.sum(axis=1).tolist() == [14_160, 11_110] and known.all(axis=0).sum() == 7_121


def test_records_are_those_of_the_full_table(problem: Problem) -> None:
    """Where all three trainings were seen, their mean is the published one."""
    assert isinstance(problem.evaluator, TableEvaluator)
    seen = np.isfinite(problem.evaluator.values["test_accuracy"][1]).sum(axis=1) == 3
    truth = 100 - nas_problems.make("nb101-cifar10").tabulate()
    ours = 100 - problem.variant(objective="test_accuracy").tabulate()
    assert seen.sum() == 3_061
    np.testing.assert_allclose(ours[seen], truth[seen], atol=1e-5)


def test_every_evaluation_says_whether_it_is_predicted(problem: Problem) -> None:
    holes = is_predicted(problem)[1]
    rows = np.array([int(np.argmax(holes)), int(np.argmin(holes))])
    found = problem.evaluate(problem.space.from_rows(rows))
    assert found.metrics["is_predicted"].tolist() == [1.0, 0.0] and not found.failed.any()


def test_predictions_rank_cells(problem: Problem) -> None:
    rows = np.random.default_rng(0).choice(np.flatnonzero(is_predicted(problem)[1]), 3000, replace=False)
    truth = nas_problems.make("nb101-cifar10").tabulate()[rows]
    found = problem.variant(objective="test_accuracy").tabulate()[rows]
    assert 0.6 < kendalltau(truth, found)[0] < 0.7
