"""Equal to the bare library: same seed, same trajectory."""

import logging
import warnings
from typing import Any

import numpy as np
import optuna
import pytest

import optimizers
from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from nas_problems.space import Codes
from optimizers.randomness import draw_seed
from optimizers.solver import Task, ask_codes
from tests.nas_problems.tiny import constrained_problem

SPACE = SearchSpace(
    (
        Categorical("op", ("conv", "pool", "skip")),
        Ordinal("kernel", (1, 3, 5, 7)),
        Integer("depth", -2, 9),
        Integer("units", 4, 512, log=True),
        Real("rate", 1e-4, 1.0, log=True),
        Real("drop", 0.0, 0.9),
    )
)


def value(params: dict[str, Any]) -> float:
    return float(
        (params["op"] != 1)
        + abs(params["kernel"] - 2)
        + abs(params["depth"] - 5)
        + abs(np.log2(params["units"]) - 6)
        + abs(np.log10(params["rate"]) + 2)
        + params["drop"]
    )


def as_params(z: list[Any]) -> dict[str, Any]:
    return {
        "op": int(z[0]),
        "kernel": int(z[1]),
        "depth": int(z[2]) - 2,
        "units": int(z[3]) + 4,
        "rate": z[4],
        "drop": z[5],
    }


@pytest.mark.parametrize("multivariate", [True, False])
def test_equal_to_the_bare_library(multivariate: bool) -> None:
    rng = np.random.default_rng(3)
    first = SPACE.sample(10, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = optuna.samplers.TPESampler(seed=draw_seed(rng), multivariate=multivariate)
    study = optuna.create_study(sampler=sampler)
    for z in first.tolist():
        study.enqueue_trial(as_params(z))

    def objective(trial: optuna.Trial) -> float:
        return value(
            {
                "op": trial.suggest_categorical("op", (0, 1, 2)),
                "kernel": trial.suggest_int("kernel", 0, 3),
                "depth": trial.suggest_int("depth", -2, 9),
                "units": trial.suggest_int("units", 4, 512, log=True),
                "rate": trial.suggest_float("rate", 1e-4, 1.0, log=True),
                "drop": trial.suggest_float("drop", 0.0, 0.9),
            }
        )

    study.optimize(objective, n_trials=10)  # in this order a search space is not yet known to ask
    distributions = study.trials[0].distributions
    for _ in range(30):
        trial = study.ask(distributions)
        study.tell(trial, value(trial.params))
    solver = optimizers.make("optuna-tpe", multivariate=multivariate).factory(Task(SPACE, 40, np.random.default_rng(3)))
    for expected in study.trials:
        Z = ask_codes(solver)
        assert as_params(Z[0].tolist()) == expected.params
        solver.tell(Z, np.array([value(as_params(Z[0].tolist()))]))


def test_the_first_candidates_are_the_initializers_and_optuna_draws_missing_ones() -> None:
    def corners(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        return np.tile(np.arange(3)[:, None], (1, space.n_parameters)).astype(space.dtype)

    log = optimizers.run("optuna-tpe", "nb201-cifar10", budget=15, seed=1, initializer=corners)
    assert log.Z[:3].tolist() == [[0] * 6, [1] * 6, [2] * 6]
    assert len(np.unique(log.Z[3:], axis=0)) > 6


def test_invalid_candidates_are_repaired() -> None:
    problem = constrained_problem()
    log = optimizers.run("optuna-tpe", problem, budget=30, seed=1)
    assert problem.space.is_valid(log.Z).all()


def test_it_is_quiet_and_leaves_the_verbosity(capsys: pytest.CaptureFixture[str]) -> None:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.INFO)
    try:
        optimizers.run("optuna-tpe", "nb201-cifar10", budget=12, seed=1)
        assert optuna.logging.get_verbosity() == logging.INFO
    finally:
        optuna.logging.set_verbosity(before)
    captured = capsys.readouterr()
    assert not captured.out
    assert not captured.err


def test_it_searches() -> None:
    solver = optimizers.make("optuna-tpe").factory(Task(SPACE, 120, np.random.default_rng(1)))
    values = []
    for _ in range(120):
        Z = ask_codes(solver)
        values.append(value(as_params(Z[0].tolist())))
        solver.tell(Z, np.array(values[-1:]))
    assert np.mean(values[-30:]) < 0.6 * np.mean(values[:10])
