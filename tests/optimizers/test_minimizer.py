"""Functions of ``f(x)`` and bounds as solvers."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import optimizers
from nas_problems.array import FloatArray
from optimizers.minimizer import from_minimizer
from tests.nas_problems.tiny import mixed_problem, table_problem

F = Callable[[FloatArray], float]


def corner(f: F, bounds: Any, *, side: int = 0) -> None:
    """One evaluation, in the corner of all lower (side 0) or upper bounds."""
    f(np.array([pair[side] for pair in bounds]))


def spread(f: F, bounds: Any, x0: FloatArray, budget: int, seed: int) -> None:
    """Points around a start, some of them outside the box."""
    assert len(x0) == len(bounds) and budget > 0
    rng = np.random.default_rng(seed)
    for _ in range(7):
        f(x0 + rng.normal(scale=5, size=len(x0)))


def nothing(f: F, bounds: Any) -> None:
    """Evaluates nothing."""


def test_it_is_called_again_until_the_budget_is_spent() -> None:
    """Also where it returns after each evaluation; without restarts, once."""
    problem = table_problem()
    log = optimizers.run(from_minimizer(corner), problem, budget=5, seed=1)
    assert log.Z.tolist() == [[0, 0, 0]] * 5
    assert len(optimizers.run(from_minimizer(corner, restart=False), problem, budget=5, seed=1)) == 1


def test_points_outside_are_moved_to_the_edge_and_runs_repeat_themselves() -> None:
    """Every start is another one; what is random derives from the seed."""
    problem = mixed_problem()
    first, again, other = (optimizers.run(from_minimizer(spread), problem, budget=30, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.Z, again.Z) and not np.array_equal(first.Z, other.Z)
    assert problem.space.is_valid(first.Z).all()
    assert len(np.unique(first.Z, axis=0)) > 7


def test_keyword_only_parameters_are_options() -> None:
    """Of a registered solver, which travels to other processes."""
    optimizers.register("corner", summary="one corner", family="mine")(from_minimizer(corner))
    try:
        assert list(optimizers.options("corner")) == ["side"]
        solver = pickle.loads(pickle.dumps(optimizers.make("corner", side=1)))
        log = optimizers.run(solver, table_problem(), budget=2, seed=1)
        assert (log.solver, log.Z.tolist()) == ("corner.side-1", [table_problem().space.upper.tolist()] * 2)
    finally:
        optimizers.solvers.unregister("corner")


def test_one_that_evaluates_nothing() -> None:
    """It is not called again for ever."""
    with pytest.raises(RuntimeError, match="nothing on tiny-table: finished without an evaluation"):
        optimizers.run(from_minimizer(nothing), table_problem(), budget=2, seed=1)


@pytest.mark.parametrize("function", [lambda x, bounds: None, lambda f, bounds, more: None, lambda f: None, 3])
def test_functions_of_other_arguments(function: Any) -> None:
    """Refused where they are wrapped."""
    with pytest.raises(ValueError, match=r"minimizer: wanted a function of \(f, bounds\)"):
        from_minimizer(function)
