"""Equal to the bare library: same seed, same trajectory, over several restarts."""

import warnings
from itertools import groupby

import cma
import numpy as np
import pytest

import optimizers
from nas_problems import Categorical, Integer, Ordinal, SearchSpace
from nas_problems.array import FloatArray
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.solver import Task, ask_codes

SPACE = SearchSpace((Ordinal("a", tuple("uvwxyz")), Integer("b", 1, 9), Categorical("c", ("x", "y"))))


def value(Z: FloatArray) -> FloatArray:
    """Terraces, on which the strategy stops soon."""
    return np.asarray(((Z - [4, 2, 1]) ** 2).sum(axis=1) // 20, dtype=float)


class EnoughError(Exception):
    """Ends a bare run."""


@pytest.mark.parametrize("seed", [1, 2])
def test_equal_to_fmin2_of_the_bare_library(seed: int) -> None:
    rng = np.random.default_rng(seed)
    private = PrivateRandomState(rng)
    first = SPACE.sample(1, rng)[0].astype(float)
    width = np.array([6.0, 9.0, 2.0])
    settings = {
        "bounds": [np.full(3, -0.5), width - 0.5],
        "CMA_stds": width,
        "integer_variables": [0, 1, 2],
        "signals_filename": "",
        "verbose": -9,
        "eval_final_mean": False,
        "seed": draw_seed(rng),
    }
    expected: list[FloatArray] = []
    n_started = 0

    def mean() -> FloatArray:
        nonlocal n_started
        n_started += 1
        return first if n_started == 1 else np.array(SPACE.sample(1, rng)[0], dtype=np.float64)

    def evaluate(X: list[FloatArray]) -> list[float]:
        if sum(map(len, expected)) > 3000:
            raise EnoughError
        expected.append(np.rint(X))
        return [*value(np.rint(X))]

    with private, warnings.catch_warnings(), pytest.raises(EnoughError):
        warnings.simplefilter("ignore")
        cma.fmin2(None, mean, 0.25, settings, restarts=9, bipop=True, parallel_objective=evaluate)
    assert n_started >= 4

    solver = optimizers.make("bipop-cma-es").factory(Task(SPACE, 10_000, np.random.default_rng(seed)))
    for Z in expected:
        asked = ask_codes(solver)
        assert np.array_equal(asked, Z)
        solver.tell(asked, value(asked))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_regimes_get_their_share(seed: int) -> None:
    """A population larger than all before is of the large regime; small ones have at most the size of the last such."""
    solver = optimizers.make("bipop-cma-es", population_size=6).factory(
        Task(SPACE, 100_000, np.random.default_rng(seed))
    )
    sizes: list[int] = []
    while max(sizes, default=0) < 96:
        Z = ask_codes(solver)
        sizes.append(len(Z))
        solver.tell(Z, value(Z))
        assert len(sizes) < 5000
    first, *descents = [(size, size * len(list(same))) for size, same in groupby(sizes)]
    n_small, n_large, largest = first[1], 0, first[0]
    for size, n_evaluations in descents:
        if size > largest:
            assert size == 2 * largest
            assert n_small >= n_large  # the regime that has used fewer evaluations is next
            assert not n_large or n_small < 1.5 * n_large + largest  # a small run may take half of the large ones
            n_large, largest = n_large + n_evaluations, size
        else:
            assert size >= 6
            n_small += n_evaluations
    assert largest == 96


def test_the_mean_comes_from_the_initializer_and_the_step_from_the_option() -> None:
    solver = optimizers.make("bipop-cma-es", initial_step=0.01, population_size=40).factory(
        Task(SPACE, 100, np.random.default_rng(1), initializer=lambda space, n, rng: np.tile([3, 7, 1], (n, 1)))
    )
    Z = ask_codes(solver)
    assert len(Z) == 40
    assert (np.abs(Z - [3, 7, 1]).max(axis=0) <= [1, 1, 1]).all()
