"""Equal to the bare library: same seed, same trajectory."""

import warnings
from pathlib import Path

import cma
import numpy as np
import pytest

import optimizers
from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from nas_problems.array import FloatArray
from optimizers.adapters.cma import Coordinates
from optimizers.randomness import draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.yardstick import best_values, password

SPACE = SearchSpace((Ordinal("a", tuple("uvwxyz")), Integer("b", 1, 9), Categorical("c", ("x", "y"))))


def value(Z: FloatArray) -> FloatArray:
    return np.asarray(((Z - [4, 2, 1]) ** 2).sum(axis=1), dtype=float)


@pytest.mark.parametrize("seed", [1, 2])
def test_integer_codes_equal_the_bare_library(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rng.integers(2**32)  # seeds the private random state
    mean = SPACE.sample(1, rng)[0]
    width = np.array([6.0, 9.0, 2.0])
    bounds = [np.full(3, -0.5), width - 0.5]
    settings = {"bounds": bounds, "CMA_stds": width, "integer_variables": [0, 1, 2], "verbose": -9}
    state = np.random.get_state()  # noqa: NPY002
    expected: list[FloatArray] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bare = cma.CMAEvolutionStrategy(mean.astype(float), 0.25, settings | {"seed": draw_seed(rng)})
        while not bare.stop() and len(expected) < 15:
            X = np.array(bare.ask())
            expected.append(np.rint(X))
            bare.tell(list(X), value(np.rint(X)).tolist())
    np.random.set_state(state)  # noqa: NPY002

    solver = optimizers.make("cma-es").factory(Task(SPACE, 10_000, np.random.default_rng(seed)))
    for Z in expected:
        asked = ask_codes(solver)
        assert np.array_equal(asked, Z)
        solver.tell(asked, value(asked))


def test_it_starts_again_when_it_stops() -> None:
    solver = optimizers.make("cma-es").factory(Task(SPACE, 10_000, np.random.default_rng(1)))
    spread = []
    for _ in range(150):  # on a plateau it stops after some tens of iterations
        Z = ask_codes(solver)
        spread.append(len(np.unique(Z, axis=0)))
        solver.tell(Z, np.ones(len(Z)))
    assert len(ask_codes(solver))
    assert min(spread[100:]) < max(spread[100:])


def test_the_mean_comes_from_the_initializer_and_the_step_from_the_option() -> None:
    solver = optimizers.make("cma-es", initial_step=0.01, population_size=40).factory(
        Task(SPACE, 100, np.random.default_rng(1), initializer=lambda space, n, rng: np.tile([3, 7, 1], (n, 1)))
    )
    Z = ask_codes(solver)
    assert len(Z) == 40
    assert (np.abs(Z - [3, 7, 1]).max(axis=0) <= [1, 1, 1]).all()


def test_unordered_choices_have_a_coordinate_each(rng: np.random.Generator) -> None:
    space = SearchSpace((Categorical("a", tuple("uvwxyz")), Categorical("c", ("x", "y")), Real("r", 1e-4, 1.0, True)))
    coordinates = Coordinates(space)
    Z = space.sample(50, rng)
    X = coordinates.from_codes(Z)
    assert X.shape == (50, 6 + 1 + 1)
    assert np.allclose(coordinates.to_codes(X), Z)
    assert coordinates.settings(0)["integer_variables"] == [6]


def test_it_finds_unordered_choices() -> None:
    problem = password(12)
    assert best_values("cma-es", problem, budget=500, runs=3).mean() < 2  # on a line of choices 2.4


def test_it_finds_the_optimum_of_a_mixed_space() -> None:
    space = SearchSpace((*SPACE.parameters, Real("rate", 1e-4, 1.0, log=True), Integer("units", 4, 512, log=True)))
    solver = optimizers.make("cma-es").factory(Task(space, 3000, np.random.default_rng(1)))
    best = np.inf
    for _ in range(300):
        Z = ask_codes(solver)
        y = value(Z[:, :3]) + np.abs(np.log10(Z[:, 3]) + 2.0) + np.abs(np.log2((Z[:, 4] + 4) / 64))
        best = min(best, y.min())
        solver.tell(Z, y)
    assert best < 0.05


def test_no_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    optimizers.run("cma-es", "nb201-cifar10", budget=60, seed=1)
    assert not list(tmp_path.iterdir())
