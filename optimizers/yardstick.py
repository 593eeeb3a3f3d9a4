"""Problems on which every search beats random search, and how to see whether a solver does.

``check_beats_random_search`` is the second conformance test of a solver, besides ``optimizers.testing.check_solver``.
Three of the plainest landscapes there are: independent bits, bits that matter one after the other, and a bowl of
ordered parameters. A solver that does not beat random search here is used wrongly, or is not for such variables.

>>> superiority("one-plus-one-ea", "onemax")
1.0
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from nas_problems import Categorical, Integer, Problem, SearchSpace, from_function
from nas_problems.array import FloatArray
from nas_problems.parameter import Config
from optimizers.run import AnySolver, named_solver, run

BASELINE = "random-search"
"""What is to be beaten."""

CLEARLY = 0.9
"""Probability of superiority from which a solver counts as better."""

N_BASELINE_RUNS = 20


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A problem and a budget.

    Args:
        problem: Its optimum has the value 0.
        budget: Evaluations after which a search is ahead of random search.
    """

    problem: Problem
    budget: int


def one_max(d: int) -> Problem:
    """How many of ``d`` categorical bits are off."""
    return from_function(lambda config: float(d - sum(_bits(config))), _bit_strings(d), name="onemax")


def leading_ones(d: int) -> Problem:
    """How many of ``d`` categorical bits there are from the first one that is off."""
    return from_function(lambda config: d - int(np.cumprod(_bits(config)).sum()), _bit_strings(d), name="leadingones")


def password(d: int) -> Problem:
    """How many of ``d`` parameters with five unordered choices are wrong."""
    wanted = [f"choice{3 * j % 5}" for j in range(d)]
    space = SearchSpace(tuple(Categorical(f"x{j}", tuple(f"choice{i}" for i in range(5))) for j in range(d)))
    return from_function(
        lambda config: float(sum(a != b for a, b in zip(config.values(), wanted, strict=True))), space, name="password"
    )


def ordered_sphere(d: int, n_values: int = 21) -> Problem:
    """Squared distance of ``d`` integers to targets that are spread over their ranges."""
    targets = np.rint(np.linspace(0.1, 0.9, d) * (n_values - 1))
    space = SearchSpace(tuple(Integer(f"x{j}", 0, n_values - 1) for j in range(d)))
    return from_function(
        lambda config: float(((np.array(list(config.values()), dtype=np.float64) - targets) ** 2).sum()),
        space,
        name="ordered-sphere",
    )


def _bit_strings(d: int) -> SearchSpace:
    return SearchSpace(tuple(Categorical(f"bit{j}", (0, 1)) for j in range(d)))


def _bits(config: Config) -> list[int]:
    return [int(str(bit)) for bit in config.values()]


@cache
def yardsticks() -> Mapping[str, Yardstick]:
    """The problems by name."""
    yardsticks = Yardstick(one_max(30), 250), Yardstick(leading_ones(12), 400), Yardstick(ordered_sphere(8), 250)
    return {yardstick.problem.name: yardstick for yardstick in yardsticks}


def best_values(solver: AnySolver, problem: Problem, *, budget: int, runs: int) -> FloatArray:
    """Lowest value of each of the runs with seeds 1 ... ``runs``, (runs,)."""
    return np.array([run(solver, problem, budget=budget, seed=seed).y.min() for seed in range(1, runs + 1)])


@cache
def _baseline(name: str) -> FloatArray:
    yardstick = yardsticks()[name]
    return best_values(BASELINE, yardstick.problem, budget=yardstick.budget, runs=N_BASELINE_RUNS)


def superiority(solver: AnySolver, name: str, *, runs: int = 3) -> float:
    """How likely a run of the solver ends lower than one of random search; equal ends count half.

    Args:
        solver: Whatever ``optimizers.run`` takes.
        name: Of one of ``yardsticks()``.
        runs: Runs of the solver, with seeds 1, 2, ...; of random search there are 20.

    Returns:
        0 ... 1; 0.5: no better than random search.

    Raises:
        KeyError: An unknown solver or yardstick.
        ValueError: What ``optimizers.run`` refuses.
    """
    yardstick = yardsticks()[name]
    ours = best_values(solver, yardstick.problem, budget=yardstick.budget, runs=runs)[:, None]
    return float(((ours < _baseline(name)) + 0.5 * (ours == _baseline(name))).mean())


def check_beats_random_search(solver: AnySolver, *, runs: int = 3, without: Collection[str] = ()) -> None:
    """Check that a solver is clearly better than random search where every search is.

    Args:
        solver: Whatever ``optimizers.run`` takes.
        runs: Runs per yardstick.
        without: Names of yardsticks that it is not made for.

    Raises:
        AssertionError: Which yardstick it failed, and how far.
        KeyError: An unknown solver.
    """
    for name, yardstick in yardsticks().items():
        if name not in without and (found := superiority(solver, name, runs=runs)) < CLEARLY:
            raise AssertionError(
                f"{named_solver(solver).label} on {name}, {yardstick.budget} evaluations: wanted a run to end lower "
                f"than one of random search with probability >= {CLEARLY}, found {found:.2f}; a solver that is not "
                f"made for it is checked without={{{name!r}}}"
            )
