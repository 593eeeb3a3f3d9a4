"""Random sampling: a few candidates, and their average."""

import numpy as np

import nas_problems
import optimizers
from optimizers.baseline import average
from tests.nas_problems.tiny import table_problem


def test_it_draws_a_few_candidates_and_finishes() -> None:
    log = optimizers.run("random-sampling", "nb201-cifar10", budget=100, seed=1)
    assert len(log) == 8
    assert len(optimizers.run(optimizers.make("random-sampling", n_samples=30), table_problem(), budget=9, seed=1)) == 9


def test_its_average_is_that_of_the_space_while_random_search_finds_the_best() -> None:
    problem = nas_problems.make("nb201-cifar10")
    log = optimizers.run(optimizers.make("random-sampling", n_samples=4000), problem, budget=4000, seed=1)
    table = problem.tabulate()
    assert abs(average(log).mean - table.mean()) < 4 * table.std() / np.sqrt(4000)
    search = optimizers.run("random-search", problem, budget=4000, seed=1)
    assert search.y.min() < table.min() + 0.5 < average(log).mean
