"""Random search, with and without replacement."""

import numpy as np

import optimizers
from nas_problems import SearchSpace
from nas_problems.space import Codes
from tests.nas_problems.tiny import constrained_problem, table_problem


def test_draws_are_uniform() -> None:
    problem = table_problem()
    log = optimizers.run("random-search", problem, budget=18_000, seed=1)
    counts = np.bincount(problem.space.index_of(log.Z), minlength=36)
    assert (np.abs(counts - 500) < 110).all()


def test_without_replacement_every_code_is_seen_once_and_the_run_ends() -> None:
    for problem, n in ((table_problem(), 36), (constrained_problem(), 18)):
        log = optimizers.run(optimizers.make("random-search", replacement=False), problem, budget=500, seed=1)
        assert len(log) == n
        assert len(set(problem.space.index_of(log.Z).tolist())) == n


def test_large_budgets_come_in_batches() -> None:
    log = optimizers.run("random-search", "nb201-cifar10", budget=10_000, seed=1)
    assert len(log) == 10_000
    assert abs(len(np.unique(log.Z, axis=0)) - 15_625 * (1 - np.exp(-10_000 / 15_625))) < 150


def corner(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    return np.zeros((n, space.n_parameters), np.int64)


def test_the_first_candidates_are_the_initializers() -> None:
    solver = optimizers.make("random-search", n_initial=3)
    log = optimizers.run(solver, table_problem(), budget=20, seed=1, initializer=corner)
    assert log.initializer == "corner"
    assert not log.Z[:3].any()
    assert log.Z[3:].any()
