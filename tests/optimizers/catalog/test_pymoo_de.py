"""Equal to the bare library: same seed, same trajectory."""

import numpy as np
import pytest
from pymoo.algorithms.soo.nonconvex.de import DE
from pymoo.optimize import minimize

import optimizers
from nas_problems.space import Codes, SearchSpace
from optimizers.randomness import draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import check_solver, spaces
from tests.optimizers.catalog.bare_pymoo import RecordedBox


@pytest.mark.parametrize(("selection", "crossover"), [("best", "bin"), ("rand", "exp")])
def test_equal_to_the_bare_library(selection: str, crossover: str) -> None:
    bare = RecordedBox()
    rng = np.random.default_rng(np.random.SeedSequence(3).spawn(2)[0])
    first = bare.wrapped.space.sample(20, rng)
    algorithm = DE(pop_size=20, sampling=first * 2.0 - 4.0, variant=f"DE/{selection}/1/{crossover}", F=0.6, CR=0.4)
    minimize(bare, algorithm, ("n_eval", 300), seed=draw_seed(rng))
    solver = optimizers.make("pymoo-de", selection=selection, crossover=crossover, scale=0.6, crossover_rate=0.4)
    log = optimizers.run(solver, bare.wrapped, budget=300, seed=3)
    assert np.array_equal(log.Z, np.concatenate(bare.asked)[:300])


def test_small_populations_and_invalid_candidates(rng: np.random.Generator) -> None:
    check_solver(optimizers.make("pymoo-de", population_size=2, selection="rand"), budget=20, spawn=False)
    space = spaces()["constrained"]
    solver = optimizers.make("pymoo-de").factory(Task(space, 400, rng))
    for _ in range(10):
        Z = ask_codes(solver)
        assert space.is_valid(Z).all()
        solver.tell(Z, Z.sum(axis=1).astype(float))


def five_corners(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    return np.tile(np.arange(5)[:, None], (1, space.n_parameters))


def test_an_initializer_may_return_fewer_rows_than_asked_for() -> None:
    log = optimizers.run("pymoo-de", "nb201-cifar10", budget=60, seed=1, initializer=five_corners)
    assert len(log) == 60
    assert log.Z[:5].tolist() == [[i] * 6 for i in range(5)]
