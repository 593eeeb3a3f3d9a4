"""Sizes of spaces that are written down are those of the problems."""

from pathlib import Path

import pytest

import nas_problems
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.space_size import _KNOWN, known_size, space_size
from tests.optimizers.counted import SPACE, problem


def differs(name: str) -> bool:
    """Whether a problem is not what is written down; a problem whose files are not here is passed over."""
    try:
        space = nas_problems.make(name).space
    except DataUnavailableError:
        return False
    return known_size(name) != (space.n_parameters, space.size)


def test_what_is_written_down() -> None:
    """One problem of each beginning, and those that have none."""
    names = nas_problems.names()
    chosen = [next(name for name in names if name.startswith(beginning)) for beginning in _KNOWN]
    assert [name for name in chosen if differs(name)] == []
    assert [name for name in names if known_size(name) is None] == ["yahpo-nb301-cifar10"]


@pytest.mark.slow
def test_all_that_is_written_down() -> None:
    assert [name for name in nas_problems.names() if known_size(name) is not None and differs(name)] == []


def test_a_problem_of_somebody_else_is_made() -> None:
    nas_problems.register("nb201-mine", summary="for tests", family="tests")(lambda: problem(Path("calls")))
    try:
        assert space_size("nb201-mine") == (SPACE.n_parameters, None)
    finally:
        nas_problems.problems.unregister("nb201-mine")
    with pytest.raises(KeyError, match="unknown problem 'nb201-mine'"):
        space_size("nb201-mine")
