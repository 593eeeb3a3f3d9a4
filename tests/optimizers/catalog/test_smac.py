"""SMAC asked and told by us is the bare library."""

import tempfile
import warnings
from typing import Any

import joblib
import numpy as np
import pytest

from nas_problems import Categorical, Integer, Real, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.space import Codes
from optimizers.randomness import draw_seed
from optimizers.registry import make
from optimizers.solver import At, Task

pytest.importorskip("smac", reason="needs the extra multi-fidelity")

SPACE = SearchSpace(
    (Categorical("op", ("a", "b", "c")), Integer("units", 4, 64, log=True), Real("rate", 1e-4, 1.0, True))
)
EPOCHS = Fidelities("epochs", (1, 3, 9))


def value(Z: Codes) -> FloatArray:
    return np.asarray(((SPACE.to_box(Z) - 1.0) ** 2).sum(axis=1))


def ours(name: str, n: int) -> list[tuple[list[float], float]]:
    task = Task(SPACE, 100, np.random.default_rng(7), (Metric("error"),), EPOCHS)
    solver, trace = make(name, n_initial=4).factory(task), []
    for _ in range(n):
        asked = solver.ask()
        Z = asked.Z if isinstance(asked, At) else asked
        level = np.asarray(asked.fidelity).item() if isinstance(asked, At) else 9.0
        trace.append((Z[0].tolist(), level))
        solver.tell(Z, value(Z))
    return trace


def never(config: Any, seed: int = 0) -> float:
    raise AssertionError


def never_at(config: Any, seed: int = 0, budget: float = 0) -> float:
    raise AssertionError


def bare(name: str, n: int) -> list[tuple[list[float], float]]:
    from smac import HyperparameterOptimizationFacade, MultiFidelityFacade, Scenario
    from smac.intensifier import Hyperband
    from smac.runhistory import TrialValue

    from nas_problems.adapters.configspace import to_codes, to_configspace, to_configuration

    rng = np.random.default_rng(7)
    start = SPACE.sample(4, rng)
    seed = draw_seed(rng)
    there, trace = to_configspace(SPACE, seed=seed), []
    several: dict[str, Any] = {"min_budget": 1, "max_budget": 9} if name == "smac-hyperband" else {}
    facade = MultiFidelityFacade if several else HyperparameterOptimizationFacade
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(there, deterministic=True, n_trials=10**9, seed=seed, output_directory=folder, **several)
        configs = [to_configuration(there, SPACE, z) for z in start]
        design = facade.get_initial_design(scenario, n_configs=0, additional_configs=configs, max_ratio=1.0)
        more = {"intensifier": Hyperband(scenario, eta=3, seed=seed)} if several else {}
        smac = facade(scenario, never_at if several else never, initial_design=design, logging_level=False, **more)
        for _ in range(n):
            trial = smac.ask()
            Z = to_codes(SPACE, trial.config)
            trace.append((Z[0].tolist(), trial.budget or 9.0))
            smac.tell(trial, TrialValue(cost=float(value(Z)[0])))
    return trace


@pytest.mark.parametrize("name", ["smac", "smac-hyperband"])
def test_smac_is_the_bare_library(name: str) -> None:
    with warnings.catch_warnings(), joblib.parallel_config("sequential"):  # the same trees, sooner
        warnings.simplefilter("ignore")
        theirs = bare(name, 24)
    mine = ours(name, 24)
    assert [z for z, _ in mine] == [pytest.approx(z) for z, _ in theirs]
    assert [level for _, level in mine] == pytest.approx([level for _, level in theirs])


def test_smac_starts_from_the_initializer() -> None:
    start = SPACE.sample(4, np.random.default_rng(3))
    task = Task(SPACE, 100, np.random.default_rng(7), initializer=lambda space, n, rng: start[:n])
    solver, asked = make("smac", n_initial=4).factory(task), []
    for _ in range(4):
        Z = solver.ask()
        assert not isinstance(Z, At)
        asked.append(Z[0].tolist())
        solver.tell(Z, value(Z))
    assert sorted(asked) == pytest.approx(np.array(sorted(start.tolist())))
