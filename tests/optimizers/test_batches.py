"""Several workers: solvers that ask for one candidate at a time ask for batches where they are told to."""

import numpy as np
import pytest

import nas_problems
import optimizers
from optimizers.solver import Task, ask_codes

PROBLEM = nas_problems.make("nb201-cifar10")
SOLVERS = ("optuna-tpe", "bayesian-optimization", "bananas", "aging-evolution")


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("batch_size", [2, 5])
def test_batches_have_their_size(name: str, batch_size: int) -> None:
    solver = optimizers.make(name, batch_size=batch_size)
    running = solver.factory(Task(PROBLEM.space, 60, np.random.default_rng(1)))
    sizes, n = [], 0
    while n < 45:
        Z = ask_codes(running)
        sizes.append(len(Z))
        n += len(Z)
        running.tell(Z, PROBLEM(Z))
    assert set(sizes[-3:]) == {batch_size}


@pytest.mark.parametrize("name", ["bayesian-optimization", "bananas"])
def test_a_batch_has_no_candidate_twice(name: str) -> None:
    log = optimizers.run(optimizers.make(name, batch_size=4), PROBLEM, budget=30, seed=1)
    assert len(np.unique(log.Z, axis=0)) == len(log)


@pytest.mark.parametrize("name", ["optuna-tpe", "bayesian-optimization", "aging-evolution"])
def test_batches_of_one_are_what_they_were(name: str) -> None:
    one = optimizers.run(optimizers.make(name, batch_size=1), PROBLEM, budget=35, seed=1)
    default = optimizers.run(name, PROBLEM, budget=35, seed=1)
    np.testing.assert_array_equal(one.Z, default.Z)
    assert optimizers.make(name, batch_size=3).label == f"{name}.batch_size-3"


@pytest.mark.parametrize("name", SOLVERS)
def test_the_end_of_the_budget_within_a_batch(name: str) -> None:
    assert len(optimizers.run(optimizers.make(name, batch_size=7), PROBLEM, budget=39, seed=1)) == 39


@pytest.mark.parametrize("name", ["optuna-tpe", "aging-evolution"])
def test_batches_still_beat_random_search(name: str) -> None:
    solver = optimizers.make(name, batch_size=4)
    ours, theirs = (
        np.mean([optimizers.run(each, PROBLEM, budget=100, seed=seed).y.min() for seed in range(5)])
        for each in (solver, optimizers.make("random-search"))
    )
    assert ours < theirs
