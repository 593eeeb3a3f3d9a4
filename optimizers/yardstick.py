"""Problems on which every search beats random search, and how to see whether a solver does.

Three of the plainest landscapes there are: independent bits, bits that matter one after the other, and a bowl of
ordered parameters. A solver that does not beat random search here is used wrongly, or is not for such variables.

>>> easy = yardsticks()["onemax"]
>>> round(superiority("one-plus-one-ea", easy.problem, budget=easy.budget, runs=3), 2)
1.0
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nas_problems import Categorical, Integer, Problem, SearchSpace, from_function
from nas_problems.array import FloatArray
from nas_problems.parameter import Config
from optimizers.run import AnySolver, run

BASELINE = "random-search"
"""What is to be beaten."""


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
    return from_function(lambda config: d - sum(_bits(config)), _bit_strings(d), name="onemax")


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


def yardsticks() -> Mapping[str, Yardstick]:
    """The problems by name."""
    problems = one_max(30), leading_ones(15), ordered_sphere(10)
    return {problem.name: Yardstick(problem, 300) for problem in problems}


def best_values(solver: AnySolver, problem: Problem, *, budget: int, runs: int) -> FloatArray:
    """Lowest value of each of the runs with seeds 1 ... ``runs``, (runs,)."""
    return np.array([run(solver, problem, budget=budget, seed=seed).y.min() for seed in range(1, runs + 1)])


def superiority(solver: AnySolver, problem: Problem, *, budget: int, runs: int) -> float:
    """How likely a run of the solver ends lower than one of random search; equal ends count half.

    Args:
        solver: Whatever ``optimizers.run`` takes.
        problem: A problem with one objective.
        budget: Evaluations of a run.
        runs: Runs of the solver, and of random search, of which all pairs are compared.

    Returns:
        0 ... 1; 0.5: no better than random search.

    Raises:
        KeyError: An unknown solver.
        ValueError: What ``optimizers.run`` refuses.
    """
    ours = best_values(solver, problem, budget=budget, runs=runs)[:, None]
    random = best_values(BASELINE, problem, budget=budget, runs=runs)[None, :]
    return float(((ours < random) + 0.5 * (ours == random)).mean())
