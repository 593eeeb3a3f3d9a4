"""The live problems: spaces worth searching, values that do not depend on the process."""

import contextlib
import io
import subprocess
import sys

import numpy as np
import pytest

import nas_problems
from nas_problems.parameter import Value

LIVE = tuple(entry.name for entry in nas_problems.problems if entry.family == "live")


def test_names_and_kind() -> None:
    assert LIVE == ("gbdt-breast-cancer", "knn-wine", "rf-digits", "svm-digits")


@pytest.mark.parametrize("name", LIVE)
def test_every_choice_can_be_trained(name: str) -> None:
    """Each value of each categorical parameter, and both ends of each range, around one candidate."""
    problem = nas_problems.make(name, noise="seed-0", fidelity=0.5)
    space = problem.space
    middle = space.from_box(np.zeros((1, space.n_parameters)))[0]
    rows = [middle]
    for j, n in enumerate(space.n_choices):
        small = n is not None and not space.parameters[j].ordered
        for code in range(n or 0) if small else (space.lower[j], space.upper[j]):
            rows.append(middle.copy())
            rows[-1][j] = code
    found = problem.evaluate(np.array(rows), metrics=["validation_accuracy"])
    assert all("time limit" in reason for reason in found.reason.values())


def test_values_are_the_same_in_every_process() -> None:
    code = """
import numpy as np, nas_problems
problem = nas_problems.make("gbdt-breast-cancer", fidelity=0.25)
Z = problem.space.sample(3, np.random.default_rng(0))
found = problem.evaluate(Z).metrics
print([found[name].tolist() for name in ("validation_accuracy", "validation_f1", "test_accuracy")])
"""
    here = io.StringIO()
    with contextlib.redirect_stdout(here):
        exec(code, {})
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert here.getvalue() == there


@pytest.mark.parametrize("name", LIVE)
def test_the_space_is_worth_searching(name: str) -> None:
    """Configurations differ, none is perfect, and the best is far better than the worst."""
    problem = nas_problems.make(name, noise="seed-0", fidelity=0.25)
    y = problem(problem.space.sample(16, np.random.default_rng(1)))
    assert len(np.unique(y)) >= 6
    assert y.min() > 0 and y.max() - y.min() > 3


def test_conditional_parameters() -> None:
    space = nas_problems.make("svm-digits").space
    config: dict[str, Value] = {"scaler": "none", "C": 1.0, "shrinking": True, "tol": 1e-3}
    active: dict[str, Value] = {"gamma": 0.01, "degree": 3, "coef0": 0.5}
    lowest: dict[str, Value] = {"gamma": 1e-6, "degree": 2, "coef0": -1.0}
    used = {"linear": (), "rbf": ("gamma",), "sigmoid": ("gamma", "coef0"), "poly": ("gamma", "degree", "coef0")}
    for kernel, names in used.items():
        (found,) = space.decode(space.canonical(space.encode([{**config, **active, "kernel": kernel}])))
        for name in active:
            assert found[name] == pytest.approx(active[name] if name in names else lowest[name])


def test_a_neighbour_that_does_not_exist_is_a_failed_row() -> None:
    """A quarter of the wines leaves 20 to train on: asking for 40 neighbours by distance fails."""
    problem = nas_problems.make("knn-wine", noise="seed-0", fidelity=0.25)
    (config,) = problem.space.decode(problem.space.lower[None, :])
    Z = problem.space.encode([{**config, "weights": "distance", "n_neighbors": n} for n in (40, 20)])
    found = problem.evaluate(Z)
    np.testing.assert_array_equal(found.failed, [True, False])
    assert "n_neighbors" in found.reason[0]
    assert problem(Z)[0] == 100.0
