"""Equal to the bare library: same seed, same trajectory."""

import numpy as np
import pytest
from pymoo.algorithms.soo.nonconvex.pso import PSO
from pymoo.optimize import minimize

import optimizers
from nas_problems.space import Codes, SearchSpace
from optimizers.randomness import draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import check_solver, spaces
from tests.optimizers.catalog.bare_pymoo import RecordedBox


@pytest.mark.parametrize("adaptive", [True, False])
def test_equal_to_the_bare_library(adaptive: bool) -> None:
    bare = RecordedBox()
    rng = np.random.default_rng(np.random.SeedSequence(3).spawn(2)[0])
    first = bare.wrapped.space.sample(25, rng)
    algorithm = PSO(pop_size=25, sampling=first * 2.0 - 4.0, w=0.8, c1=1.8, c2=2.2, adaptive=adaptive)
    minimize(bare, algorithm, ("n_eval", 300), seed=draw_seed(rng))
    solver = optimizers.make("pymoo-pso", inertia=0.8, cognitive_weight=1.8, social_weight=2.2, adaptive=adaptive)
    log = optimizers.run(solver, bare.wrapped, budget=300, seed=3)
    assert np.array_equal(log.Z, np.concatenate(bare.asked)[:300])


def test_small_populations_and_invalid_candidates(rng: np.random.Generator) -> None:
    check_solver(optimizers.make("pymoo-pso", population_size=2), budget=20, spawn=False)
    space = spaces()["constrained"]
    solver = optimizers.make("pymoo-pso").factory(Task(space, 400, rng))
    for _ in range(10):
        Z = ask_codes(solver)
        assert space.is_valid(Z).all()
        solver.tell(Z, Z.sum(axis=1).astype(float))


def one_corner(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    return np.zeros((1, space.n_parameters), np.int64)


def test_a_swarm_has_at_least_two_particles() -> None:
    log = optimizers.run("pymoo-pso", "nb201-cifar10", budget=20, seed=1, initializer=one_corner)
    assert len(log) == 20
    assert not log.Z[0].any()
    assert log.Z[1].any()
