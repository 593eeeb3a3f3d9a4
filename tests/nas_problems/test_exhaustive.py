"""Pareto fronts: the definition, a front worked out by hand, instances, and what has none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_problems import ParetoFront, Problem, SearchSpace
from nas_problems.exhaustive import nondominated
from tests.nas_problems import tiny

OBJECTIVES = ("validation_accuracy", "train_seconds")


def front_of(problem: Problem) -> ParetoFront:
    found = problem.variant(objective=OBJECTIVES).pareto_front
    assert found is not None
    return found


@given(st.integers(1, 3).flatmap(lambda m: st.lists(st.lists(st.integers(0, 3), min_size=m, max_size=m), min_size=1)))
def test_nondominated_rows_are_those_of_the_definition(rows: list[list[int]]) -> None:
    Y = np.array(rows, dtype=np.float64)
    dominated = [any((other <= y).all() and (other < y).any() for other in Y) for y in Y]
    assert nondominated(Y).tolist() == [not found for found in dominated]


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
