"""Pareto fronts: the definition, a front worked out by hand, instances, and what has none."""

import numpy as np
import pytest

from nas_problems import ParetoFront, Problem, SearchSpace
from tests.nas_problems import tiny

OBJECTIVES = ("validation_accuracy", "train_seconds")


def front_of(problem: Problem) -> ParetoFront:
    found = problem.variant(objective=OBJECTIVES).pareto_front
    assert found is not None
    return found


def test_the_front_of_a_table() -> None:
    """Every row of the table is more accurate than the one before, and takes longer."""
    found = front_of(tiny.table_problem())
    assert found.Y[:, 0].tolist() == sorted(found.Y[:, 0]) and found.Y[:, 1].tolist() == list(range(36, 0, -1))
    assert found.Z[0].tolist() == [2, 3, 2] and found.Y[0].tolist() == [15.0, 36.0]


@pytest.mark.parametrize("variant", [{"noise": "sampled"}, {"instance": 3}], ids=["noise", "instance"])
def test_noise_and_instances_have_the_same_front(variant: dict[str, str]) -> None:
    problem = tiny.table_problem()
    changed = problem.variant(**variant)  # type: ignore[arg-type]  # one of several types
    found, wanted = front_of(changed), front_of(problem)
    assert np.array_equal(found.Y, wanted.Y)
    assert changed.space.decode(found.Z) == problem.space.decode(wanted.Z)


def test_what_has_no_front() -> None:
    table = tiny.table_problem()
    assert table.pareto_front is None  # one objective
    empty = SearchSpace(tiny.TABLE_SPACE.parameters, validity=lambda Z: np.zeros(len(Z), dtype=np.bool_))
    problem = Problem("tiny-empty", 906, empty, table.evaluator, (tiny.ACCURACY, tiny.SECONDS), "none")
    assert problem.pareto_front is None and problem.optimum is None
