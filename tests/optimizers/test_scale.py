"""A log scale and unusual parameters, in the first populations and whole runs of all registered solvers."""

import numpy as np
import pytest

from nas_problems import Integer, Real, SearchSpace
from nas_problems.space import Codes
from optimizers.drive import SolverError, drive
from optimizers.loop import Loop, as_solver
from optimizers.registry import solvers
from optimizers.run import named_solver
from optimizers.solver import Task
from optimizers.testing import check_solver, spaces

LOG = Integer("width", 1, 1024, log=True)
FINITE = SearchSpace((LOG, Integer("depth", 1, 9)))
MIXED = SearchSpace((LOG, Real("rate", 1e-5, 1.0, log=True)))
NAMES = (*solvers.names(), "nevergrad:OnePlusOne", "nevergrad:DE", "nevergrad:RandomSearch")


def _medians(name: str, space: SearchSpace, budget: int, n_runs: int, *, constant: bool) -> list[float]:
    solver = named_solver(name)
    values = np.zeros_like if constant else np.asarray
    runs = [drive(solver, space, "on a log scale", budget, seed=seed, values=values)[0] for seed in range(n_runs)]
    Z = np.concatenate(runs)
    return [float(np.median(p.to_unit(Z[:, j]))) for j, p in enumerate(space.parameters)]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("smac")])  # these take a second a run
def test_first_candidates_have_the_median_of_the_scale(name: str) -> None:
    """On a log scale, also where the space is finite."""
    for space in (FINITE, MIXED):
        for median in _medians(name, space, 2, 24, constant=False):
            assert 0.25 < median < 0.75


AT_BOTH_ENDS = ("bayesian-optimization", "dngo")
"""Models that are least sure at the ends of a range, and so go there in turn where all values are equal."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(("smac", *AT_BOTH_ENDS))])
def test_variation_keeps_the_scale(name: str) -> None:
    """Where all values are equal nothing draws a search to either end but the law of its variation."""
    for space in (FINITE, MIXED):
        assert 0.2 < _medians(name, space, 60, 4, constant=True)[0] < 0.8


@pytest.mark.slow
@pytest.mark.parametrize("name", AT_BOTH_ENDS)
def test_the_least_sure_ends_of_a_scale_are_visited_alike(name: str) -> None:
    """A model that knew the values and not their logarithms would be least sure at the upper end alone."""
    for space in (FINITE, MIXED):
        Z, _ = drive(named_solver(name), space, "on a log scale", 40, seed=1, values=np.zeros_like)
        assert 0.2 < (LOG.to_unit(Z[:, 0]) > 0.5).mean() < 0.8


FAR = SearchSpace(
    (
        *spaces()["unusual"].parameters,
        Real("tiny", 1e-300, 1e-150, log=True),
        Integer("far", 2**52, 2**52 + 9, log=True),
    )
)
CONFIG_SPACE = ("dehb", "smac", "smac-hyperband")
"""Solvers whose library refuses such ranges."""


@pytest.mark.parametrize("name", [name for name in NAMES if name not in CONFIG_SPACE])
def test_unusual_parameters_are_searched(name: str) -> None:
    """None as a choice, a parameter named self, one with one value, products that underflow, integers beyond 2**52."""
    Z, _ = drive(named_solver(name), FAR, "on unusual parameters", 12)
    assert FAR.is_valid(Z).all()


@as_solver
def forgets_the_scale(task: Task) -> Loop:
    """Draws codes, not values."""
    while True:
        yield np.array([[task.rng.integers(0, task.space.upper[j] + 1) for j in range(task.space.n_parameters)]])


@as_solver
def starts_at_the_lowest(task: Task) -> Loop:
    """Starts at one place, whatever the scale."""
    Z: Codes = np.array([task.space.lower], dtype=task.space.dtype)
    while True:
        yield Z
        Z = task.space.sample(1, task.rng)


def test_the_suite_tells_a_solver_that_forgets_the_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    finite = {name: space for name, space in spaces().items() if space.is_finite and space.size}
    monkeypatch.setattr(
        "optimizers.testing.spaces", lambda: {name: finite[name] for name in ("categorical", "ordered")}
    )
    with pytest.raises(SolverError, match=r"first candidates: half of them lie below 0.* of a logarithmic one"):
        check_solver(forgets_the_scale, takes_initializer=False, spawn=False)


def test_the_suite_lets_a_solver_start_where_it_wants() -> None:
    from optimizers.testing import _check_scale

    _check_scale(named_solver(starts_at_the_lowest))
