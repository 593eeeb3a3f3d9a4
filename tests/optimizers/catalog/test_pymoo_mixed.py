"""Equal to the bare library: same seed, same trajectory."""

from typing import Any

import numpy as np
import pytest
from pymoo.core.mixed import MixedVariableDuplicateElimination, MixedVariableGA, MixedVariableMating
from pymoo.core.population import Population
from pymoo.optimize import minimize

import optimizers
from nas_problems import Problem
from nas_problems.adapters.pymoo import PymooProblem, to_mixed
from optimizers.adapters.pymoo import mixed_mutation
from optimizers.randomness import draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import check_solver, spaces
from tests.nas_problems.tiny import mixed_problem, table_problem


class Recorded(PymooProblem):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem, "mixed", None)
        self.asked: list[Any] = []

    def _evaluate(self, X: Any, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        self.asked.append(self.to_codes(X))
        super()._evaluate(X, out)


@pytest.mark.parametrize("make", [table_problem, mixed_problem])
def test_equal_to_the_bare_library(make: Any) -> None:
    problem = make()
    rng = np.random.default_rng(np.random.SeedSequence(3).spawn(2)[0])
    bare = Recorded(problem)
    algorithm = MixedVariableGA(
        pop_size=8,
        sampling=Population.new(X=to_mixed(problem.space, problem.space.sample(8, rng))),
        mating=MixedVariableMating(
            eliminate_duplicates=MixedVariableDuplicateElimination(), mutation=mixed_mutation(problem.space)
        ),
    )
    minimize(bare, algorithm, ("n_gen", 6), seed=draw_seed(rng))
    expected = np.concatenate(bare.asked)
    solver = optimizers.make("pymoo-mixed", population_size=8)
    log = optimizers.run(solver, problem, budget=len(expected), seed=3)
    assert np.array_equal(log.Z, expected)


def test_children_are_valid_and_new(rng: np.random.Generator) -> None:
    space = spaces()["constrained"]
    solver = optimizers.make("pymoo-mixed", population_size=6).factory(Task(space, 200, rng))
    for _ in range(8):
        Z = ask_codes(solver)
        assert space.is_valid(Z).all()
        assert len(np.unique(Z, axis=0)) == len(Z)
        solver.tell(Z, Z.sum(axis=1).astype(float))


def test_it_finishes_when_no_new_candidate_can_be_made(rng: np.random.Generator) -> None:
    solver = optimizers.make("pymoo-mixed").factory(Task(spaces()["one-code"], 99, rng))
    Z = ask_codes(solver)
    solver.tell(Z, np.zeros(len(Z)))
    assert len(ask_codes(solver)) == 0


def test_small_populations_conform() -> None:
    check_solver(optimizers.make("pymoo-mixed", population_size=2), budget=12, spawn=False)
