"""UMDA: frequencies, bounds and independence."""

import numpy as np
import pytest

import optimizers
from nas_problems import Categorical, Integer, Real, SearchSpace
from nas_problems.space import Codes
from optimizers.solver import Task, ask_codes

LETTERS = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abcde")) for i in range(4)))


def second_population(space: SearchSpace, Z: Codes, y: list[float], *, n: int = 20_000, share: float = 0.5) -> Codes:
    solver = optimizers.make("umda", population_size=n, selected_share=share).factory(
        Task(space, 10**6, np.random.default_rng(1), initializer=lambda space, n, rng: Z)
    )
    solver.tell(ask_codes(solver), np.array(y))
    return ask_codes(solver)


def test_frequencies_stay_inside_their_bounds() -> None:
    # all selected agree, so that each value has a bound: 1 - 1/4 for theirs, 1 / (4 * 4) for the four others
    Z = second_population(LETTERS, np.array([[0, 1, 2, 3], [4, 4, 4, 4]]), [1.0, 2.0])
    for column, value in enumerate([0, 1, 2, 3]):
        frequencies = np.bincount(Z[:, column], minlength=5) / len(Z)
        assert frequencies[value] == pytest.approx(3 / 4, abs=0.01)
        assert np.delete(frequencies, value) == pytest.approx(np.full(4, 1 / 16), abs=0.01)


def test_frequencies_are_those_of_the_selected_alone() -> None:
    first = np.array([[0], [0], [0], [1], [2], [2], [2], [2]]) * np.ones((1, 4), np.int64)
    Z = second_population(LETTERS, first, [1, 2, 3, 4, 5, 6, 7, 8])
    # 3/4 and 1/4 mixed with the uniform distribution: lowest + (1 - 5 lowest) f, lowest = 1/16
    wanted = 1 / 16 + (11 / 16) * np.array([3 / 4, 1 / 4, 0, 0, 0])
    assert np.bincount(Z[:, 2], minlength=5) / len(Z) == pytest.approx(wanted, abs=0.01)


def test_variables_are_independent() -> None:
    first = np.repeat([[0, 0, 0, 0], [1, 1, 1, 1]], 50, axis=0)
    Z = second_population(LETTERS, first, [1.0] * 100, share=1.0)
    zero = Z == 0
    assert (zero[:, 0] & zero[:, 1]).mean() == pytest.approx(zero[:, 0].mean() * zero[:, 1].mean(), abs=0.01)


def test_ranges_have_a_normal_distribution_on_their_unit_scale() -> None:
    space = SearchSpace((Real("rate", 1e-4, 1.0, log=True), Integer("width", 0, 999)))
    first = np.array([[1e-2 * 10**s, 500.0 + 100 * s] for s in (-0.4, 0.4, -0.2, 0.2)])
    Z = second_population(space, first, [1.0] * 4, share=1.0)
    spread = np.std([-0.4, 0.4, -0.2, 0.2])
    assert np.log10(Z[:, 0]).mean() == pytest.approx(-2.0, abs=0.02)
    assert np.log10(Z[:, 0]).std() == pytest.approx(spread, rel=0.03)
    assert Z[:, 1].mean() == pytest.approx(500, abs=2)
    assert Z[:, 1].std() == pytest.approx(100 * spread, rel=0.03)
    agreeing = second_population(space, np.array([[1e-2, 500.0]] * 4), [1.0] * 4)
    assert agreeing[:, 1].std() == pytest.approx(10, rel=0.05)  # a hundredth of the range: it never stands still


def test_it_converges_on_onemax() -> None:
    space = SearchSpace(tuple(Categorical(f"bit_{i}", (0, 1)) for i in range(20)))
    solver = optimizers.make("umda", population_size=60).factory(Task(space, 3000, np.random.default_rng(1)))
    best = 0
    for _ in range(50):
        Z = ask_codes(solver)
        best = max(best, int(Z.sum(axis=1).max()))
        solver.tell(Z, -Z.sum(axis=1).astype(float))
    assert best == 20
