"""Spaces with a list of candidates: tables, optima and enumeration go over the list, not over the codes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from nas_problems import Categorical, Metric, Problem, Real, SearchSpace
from nas_problems.array import IntArray
from nas_problems.evaluation import Fidelities
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.space import Codes
from nas_problems.space.pool import pool_space
from nas_problems.testing import check_problem, check_space

PARAMETERS = tuple(Categorical(name, ("x", "y", "z")) for name in "abc")


@dataclass(frozen=True)
class Sums:
    """Codes with the same sum are one candidate; those with sum 0 or 6 are none."""

    draws_rows: bool = False
    canonical_form: None = None

    def __len__(self) -> int:
        return 5

    def rows_of(self, Z: Codes) -> IntArray:
        total = Z.sum(axis=1)
        return np.where((total > 0) & (total < 6), total - 1, -1)

    def codes_of(self, rows: IntArray) -> Codes:
        total = rows + 1
        return np.stack([np.clip(total - 2 * j, 0, 2) for j in range(3)], axis=1)

    def finder(self) -> Callable[[Sequence[int]], int]:
        def row(z: Sequence[int]) -> int:
            if len(z) != 3 or not set(z) <= {0, 1, 2}:
                raise ValueError("not a code")
            return int(self.rows_of(np.array([z]))[0])

        return row

    def neighbours(self, z: Codes) -> Codes | None:
        return None

    def neighbour_pairs(self) -> tuple[IntArray, IntArray]:
        first, second = np.divmod(np.arange(25), 5)
        near = (first != second) & (np.abs(first - second) <= 2)
        return first[near], second[near]


SPACE = SearchSpace(PARAMETERS, listing=Sums())


@pytest.fixture(scope="module")
def problem() -> Problem:
    error = Metric("error", "%", penalty=100.0)
    values = np.array([3.0, 1.0, 2.0, 1.0, np.nan])[None, :, None]
    table = TableEvaluator(SPACE, {"error": values}, {"error": error}, Fidelities("epochs", (1,)))
    return Problem("sums", 1, SPACE, table, (error,), "none")


def test_codes_know_their_candidate() -> None:
    assert SPACE.size == 27 and SPACE.n_rows == 5
    assert SPACE.rows_of([[0, 0, 0], [1, 0, 0], [0, 0, 1], [2, 1, 2]]).tolist() == [-1, 0, 0, 4]
    assert SPACE.is_valid([[0, 0, 0], [0, 0, 1]]).tolist() == [False, True]
    assert SPACE.canonical([[0, 0, 1], [0, 0, 0]]).tolist() == [[1, 0, 0], [0, 0, 0]]
    assert np.concatenate(list(SPACE.enumerate(chunk=2))).tolist() == SPACE.from_rows(np.arange(5)).tolist()


def test_rows_that_are_none() -> None:
    with pytest.raises(ValueError, match=r"wanted 0 \.\.\. 4, found 5 \.\.\. 5"):
        SPACE.from_rows([5])


def test_without_a_list_rows_are_all_codes() -> None:
    space = SearchSpace(PARAMETERS)
    Z = space.sample(9, np.random.default_rng(0))
    assert space.n_rows == space.size == 27
    assert np.array_equal(space.rows_of(Z), space.index_of(Z)) and np.array_equal(
        space.from_rows([3, 5]), space.from_index([3, 5])
    )


def test_the_table_is_over_candidates(problem: Problem) -> None:
    assert problem.tabulate().tolist() == [3.0, 1.0, 2.0, 1.0, 100.0]
    assert problem.optimum is not None and problem.optimum.Z.tolist() == [[2, 0, 0], [2, 2, 0]]
    assert problem([[0, 0, 0], [0, 2, 0], [1, 2, 2]]).tolist() == [100.0, 1.0, 100.0]
    value = problem.scalar()
    assert [value([0, 0, 0]), value([0, 1, 1])] == [100.0, 1.0]
    with pytest.raises(ValueError, match="wanted a code in"):
        value([0, 0, 3])
    evaluations = problem.evaluate([[0, 0, 0], [0, 0, 1]])
    assert evaluations.failed.tolist() == [True, False] and evaluations.reason == {0: "not a valid candidate"}


def test_conformance(problem: Problem) -> None:
    check_problem(problem)
    check_problem(problem.variant(instance=7))


@dataclass(frozen=True)
class Shifted(Sums):
    """A list whose finder disagrees with its rows."""

    def finder(self) -> Callable[[Sequence[int]], int]:
        find = super().finder()
        return lambda z: find(z) + 1


def test_the_suite_sees_a_list_that_contradicts_itself() -> None:
    with pytest.raises(AssertionError, match="finder gives the rows of a batch"):
        check_space(SearchSpace(PARAMETERS, listing=Shifted()))


def test_candidates_can_be_drawn_by_rows() -> None:
    """Every code that is drawn is the one of its row, even where nearly all codes are not valid."""
    space = SearchSpace(PARAMETERS, listing=Sums(draws_rows=True))
    Z = space.sample(200, np.random.default_rng(1))
    assert np.array_equal(Z, space.canonical(Z)) and set(space.rows_of(Z).tolist()) == set(range(5))


def test_rows_are_found_after_the_way_to_the_box_and_back() -> None:
    """A row was no candidate for solvers of the box, as its numbers had lost their last bits."""
    parameters = (Real("rate", 1e-5, 0.37, log=True), Real("drop", -1.3, 2.7), Categorical("op", ("a", "b")))
    Z = SearchSpace(parameters).sample(200, np.random.default_rng(0))
    space = pool_space(parameters, Z, nearest=False)
    X = np.clip(space.to_box(Z), -5, 5)
    back = space.from_box(X)
    assert not np.array_equal(back, Z)
    np.testing.assert_array_equal(space.rows_of(back), np.arange(200))
    np.testing.assert_array_equal(space.canonical(back), Z)
    assert space.listing is not None and space.listing.finder()(back[7]) == 7
    assert not space.is_valid(space.from_box(np.clip(X + 1e-6, -5, 5))).any()
