"""scipy's minimisers: equal to the bare library, good citizens, and to the end of the budget."""

import numpy as np
import pytest
import scipy.optimize

import nas_problems
import optimizers
from nas_problems.array import FloatArray
from optimizers.catalog.scipy_any import GLOBAL, LOCAL
from optimizers.testing import check_solver
from tests.nas_problems.tiny import mixed_problem


def test_the_names_are_solvers() -> None:
    """By the name of their collection."""
    assert {f"scipy:{name}" for name in (*LOCAL, *GLOBAL)} < set(optimizers.names())
    with pytest.raises(KeyError, match="the nearest names are scipy:Powell"):
        optimizers.make("scipy:powel")


@pytest.mark.parametrize("name", ["Powell", "Nelder-Mead"])
def test_equal_to_the_bare_library(name: str) -> None:
    """From the first start, on a smooth function, to the same points."""
    problem = nas_problems.make("bbob-f8[dimension=4]")
    log = optimizers.run(f"scipy:{name}", problem, budget=40, seed=3)
    rng = np.random.default_rng(np.random.SeedSequence(3).spawn(3)[0])
    seen: list[FloatArray] = []

    def f(x: FloatArray) -> float:
        seen.append(np.array(x))
        return float(problem(problem.space.from_box(np.clip(x, -5, 5)[None]))[0])

    start = rng.uniform(-5 * np.ones(4), 5 * np.ones(4))
    scipy.optimize.minimize(f, start, method=name, bounds=[(-5, 5)] * 4, options={"maxfev": 60})
    assert pytest.approx(problem.space.from_box(np.clip(seen[:40], -5, 5)), abs=1e-12) == log.Z


@pytest.mark.parametrize("name", [*LOCAL, *GLOBAL])
def test_every_method_spends_the_budget(name: str) -> None:
    """Local methods by new starts; on a space with choices, and on a bowl, whose minimum they approach."""
    assert len(optimizers.run(f"scipy:{name}", mixed_problem(), budget=25, seed=1)) == 25
    bowl = optimizers.run(f"scipy:{name}", "bbob-f1[dimension=2]", budget=300, seed=1)
    assert len(bowl) == 300
    assert bowl.y.min() < 0.01  # random search gets there in one of ten runs: pi 0.01 / 100 of the box, 300 times


@pytest.mark.parametrize("name", ["Nelder-Mead", pytest.param("dual_annealing", marks=pytest.mark.slow)])
def test_they_conform(name: str) -> None:
    """On every kind of space."""
    check_solver(f"scipy:{name}", budget=10, spawn=False)
