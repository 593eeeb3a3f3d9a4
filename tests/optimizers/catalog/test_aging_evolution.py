"""Aging evolution: a run worked out by hand, tournaments and ages."""

import numpy as np

import nas_problems
import optimizers
from nas_problems import Categorical, SearchSpace
from nas_problems.space import Codes
from optimizers.solver import Task, ask_codes


def test_hand_worked_run() -> None:
    # One variable with two choices, so that a mutation flips it; value 5 for code 0, 3 for code 1. A
    # tournament of 60 misses the better of two members with probability 2**-60.
    space = SearchSpace((Categorical("op", ("x", "y")),))
    solver = optimizers.make("aging-evolution", population_size=2, tournament_size=60).factory(
        Task(space, 99, np.random.default_rng(1), initializer=lambda space, n, rng: np.array([[0], [1]])[:n])
    )
    asked = []
    for _ in range(9):
        Z = ask_codes(solver)
        asked.append(Z[:, 0].tolist())
        solver.tell(Z, np.where(Z[:, 0] == 0, 5.0, 3.0))
    assert asked == [
        [0, 1],  # the first population, oldest first
        [0],  # child of 1; the 0 dies: {1, 0}
        [0],  # child of 1; the 1 dies of age, although it is the best: {0, 0}
        [1],  # child of 0: {0, 1}
        [0],  # child of 1: {1, 0}
        [0],  # child of 1; it dies: {0, 0}
        [1],
        [0],
        [0],
    ]


def test_the_parent_is_the_best_of_its_tournament_and_the_oldest_dies() -> None:
    space = SearchSpace(tuple(Categorical(f"op_{i}", ("x", "y", "z")) for i in range(8)))
    values = np.random.default_rng(5).random(3**8)
    solver = optimizers.make("aging-evolution", population_size=7, tournament_size=70).factory(
        Task(space, 300, np.random.default_rng(2))
    )
    population: list[tuple[float, Codes]] = []
    while len(population) < 200:
        Z = ask_codes(solver)
        assert len(Z) == (1 if population else 7)
        y = values[space.index_of(Z)]
        if population:  # with 70 draws from 7, the best of the last 7 is missed with probability 2e-5
            best = min(population[-7:], key=lambda member: member[0])[1]
            assert (Z[0] != best).sum() == 1
        solver.tell(Z, y)
        population.extend(zip(y.tolist(), Z, strict=True))


def test_tournaments_of_one_ignore_the_values() -> None:
    def trajectory(sign: float) -> Codes:
        space = SearchSpace(tuple(Categorical(f"op_{i}", ("x", "y", "z")) for i in range(4)))
        solver = optimizers.make("aging-evolution", tournament_size=1, population_size=5).factory(
            Task(space, 60, np.random.default_rng(3))
        )
        rows = np.empty((0, 4), np.int64)
        while len(rows) < 60:
            Z = ask_codes(solver)
            solver.tell(Z, sign * Z.sum(axis=1).astype(float))
            rows = np.concatenate([rows, Z])
        return rows

    assert np.array_equal(trajectory(1.0), trajectory(-1.0))


def four_at_most(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    return space.sample(min(n, 4), rng)


def test_an_initializer_may_return_fewer_rows_than_asked_for() -> None:
    log = optimizers.run("aging-evolution", "nb201-cifar10", budget=50, seed=1, initializer=four_at_most)
    assert len(log) == 50


def test_a_population_may_grow() -> None:
    """With ten at first, the eleventh is a child of one of them, and nobody dies before there are thirty."""
    problem = nas_problems.make("nb201-cifar10")
    grown = optimizers.run(optimizers.make("aging-evolution", initial_size=10), problem, budget=60, seed=1)
    first = grown.Z[:10]
    assert (np.abs(first - grown.Z[10]) > 0).sum(axis=1).min() == 1
    usual = optimizers.run(optimizers.make("aging-evolution", initial_size=30), problem, budget=60, seed=1)
    assert np.array_equal(usual.Z, optimizers.run("aging-evolution", problem, budget=60, seed=1).Z)
