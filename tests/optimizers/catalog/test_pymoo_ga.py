"""Equal to the bare library: same seed, same trajectory."""

from typing import Any

import numpy as np
import pytest
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.optimize import minimize

import nas_problems
import optimizers
from nas_problems.array import FloatArray
from optimizers.randomness import draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import spaces


class Middle(Repair):  # type: ignore[misc]  # pymoo has no types
    """To the middle of five equal intervals."""

    def _do(self, problem: Any, X: FloatArray, **kwargs: Any) -> FloatArray:
        return -5 + 2 * np.minimum(np.floor((X + 5) / 2), 4) + 1


class Recorded(Problem):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(n_var=6, n_obj=1, xl=-5.0, xu=5.0)
        self.table = nas_problems.make("nb201-cifar10").tabulate()
        self.asked: list[FloatArray] = []

    def _evaluate(self, X: FloatArray, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        codes = ((X + 4) / 2).astype(int)
        self.asked.append(codes)
        out["F"] = self.table[nas_problems.make("nb201-cifar10").space.index_of(codes)][:, None]


@pytest.mark.parametrize("seed", [1, 2])
def test_equal_to_the_bare_library(seed: int) -> None:
    space = nas_problems.make("nb201-cifar10").space
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    first = space.sample(20, rng)
    bare = Recorded()
    algorithm = GA(
        pop_size=20,
        sampling=first * 2.0 - 4.0,
        crossover=SBX(prob=1.0, eta=3.0),
        mutation=PM(prob=1.0, eta=3.0),
        repair=Middle(),
    )
    minimize(bare, algorithm, ("n_eval", 200), seed=draw_seed(rng))
    log = optimizers.run("pymoo-ga", "nb201-cifar10", budget=200, seed=seed)
    assert np.array_equal(log.Z, np.concatenate(bare.asked)[:200])


def test_children_are_valid_and_new(rng: np.random.Generator) -> None:
    space = spaces()["constrained"]
    solver = optimizers.make("pymoo-ga", population_size=6).factory(Task(space, 200, rng))
    for _ in range(8):
        Z = ask_codes(solver)
        assert space.is_valid(Z).all()
        assert len(np.unique(Z, axis=0)) == len(Z)
        solver.tell(Z, Z.sum(axis=1).astype(float))


def test_it_finishes_when_no_new_candidate_can_be_made(rng: np.random.Generator) -> None:
    solver = optimizers.make("pymoo-ga").factory(Task(spaces()["one-code"], 99, rng))
    Z = ask_codes(solver)
    solver.tell(Z, np.zeros(len(Z)))
    assert len(ask_codes(solver)) == 0
