"""The selector as a solver: what it follows, and that everything is charged."""

from pathlib import Path

import numpy as np
import pytest

import nas_problems
import optimizers
from optimizers.selector import NAMES
from optimizers.selector.fit import fit
from optimizers.selector.portfolio import Portfolio
from tests.optimizers.selector.test_fit import planted


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are looked for there."""
    monkeypatch.chdir(tmp_path)


def model_file(*, signal: bool) -> str:
    fit(planted(signal=signal)).save("model.npz")
    return "model.npz"


def test_it_follows_what_it_chooses() -> None:
    """With the first feature (log2 of the dimension) above its mean the planted model takes UMDA after the design."""
    problem = nas_problems.make("nb201-cifar10")
    log = optimizers.run(
        optimizers.make("landscape-selector", model=model_file(signal=True)), problem, budget=90, seed=3
    )
    same = optimizers.run(optimizers.make("schedule", plan="random-search:30:umda"), problem, budget=90, seed=3)
    assert len(log.y) == 90
    assert np.array_equal(log.Z, same.Z)


def test_without_a_look_it_is_the_schedule() -> None:
    """No design is evaluated where features do not decide."""
    model = fit(planted(signal=False))
    problem = nas_problems.make("nb201-cifar10")
    chosen = optimizers.make("landscape-selector", model=model_file(signal=False))
    plan = optimizers.make("schedule", plan=model.without_look(90).plan)
    first, second = (optimizers.run(solver, problem, budget=90, seed=3) for solver in (chosen, plan))
    assert np.array_equal(first.Z, second.Z)


def test_the_space_alone_can_decide() -> None:
    """A model of dimension and kinds chooses from the start."""
    portfolio = planted(signal=True)
    fit(portfolio, features=NAMES[:7], look=False).save("kinds.npz")
    problem = nas_problems.make("nb201-cifar10")
    solver = optimizers.make("landscape-selector", model="kinds.npz")
    same = optimizers.make("schedule", plan="random-search:30:umda")
    logs = [optimizers.run(each, problem, budget=60, seed=4) for each in (solver, same)]
    assert np.array_equal(logs[0].Z, logs[1].Z)


def test_a_wrong_file_is_refused() -> None:
    """A portfolio is not a model."""
    portfolio: Portfolio = planted(signal=True)
    portfolio.save("portfolio.npz")
    solver = optimizers.make("landscape-selector", model="portfolio.npz")
    with pytest.raises(ValueError, match="wanted a model"):
        optimizers.run(solver, "nb201-cifar10", budget=90, seed=1)
