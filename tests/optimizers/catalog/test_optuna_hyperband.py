"""Optuna's Hyperband asked and told by us is the bare library."""

import warnings

import numpy as np
import optuna
import pytest

from nas_problems import Categorical, Integer, Real, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.space import Codes
from optimizers.catalog.optuna_hyperband import stops
from optimizers.randomness import draw_seed
from optimizers.registry import make
from optimizers.solver import At, Task

SPACE = SearchSpace((Categorical("op", ("a", "b", "c")), Integer("units", 4, 64, log=True), Real("rate", 0.0, 1.0)))
EPOCHS = Fidelities("epochs", tuple(range(1, 31)), continued=True)


def value(Z: Codes, fidelity: float) -> FloatArray:
    return np.asarray(((SPACE.to_box(Z) - 1.0) ** 2).sum(axis=1) + 10.0 / fidelity)


def ours(n: int) -> list[tuple[list[float], float]]:
    """Last fidelity of each of n trials."""
    solver = make("optuna-hyperband").factory(Task(SPACE, 999, np.random.default_rng(7), (Metric("error"),), EPOCHS))
    trials: list[tuple[list[float], float]] = []
    while True:
        asked = solver.ask()
        assert isinstance(asked, At)
        fidelity = float(np.asarray(asked.fidelity))
        if fidelity == 1.0 and len(trials) == n:
            return trials
        if fidelity > 1.0:
            trials.pop()
        trials.append((asked.Z[0].tolist(), fidelity))
        solver.tell(asked.Z, value(asked.Z, fidelity))


def bare(n: int) -> list[tuple[list[float], float]]:
    """The library's own loop, which reports every epoch."""
    rng, reached = np.random.default_rng(7), []
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = optuna.samplers.TPESampler(n_startup_trials=10, multivariate=True, seed=draw_seed(rng))
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=30, reduction_factor=3)
    study = optuna.create_study(study_name="iohnas", sampler=sampler, pruner=pruner)
    for op, units, rate in SPACE.sample(10, rng).tolist():
        study.enqueue_trial({"op": int(op), "units": int(units) + 4, "rate": rate})

    def objective(trial: optuna.Trial) -> float:
        op = trial.suggest_categorical("op", range(3))
        Z = np.array([[op, trial.suggest_int("units", 4, 64, log=True) - 4, trial.suggest_float("rate", 0.0, 1.0)]])
        reached.append((Z[0].tolist(), 0.0))
        for epoch in range(1, 31):
            reached[-1] = (Z[0].tolist(), float(epoch))
            y = float(value(Z, epoch)[0])
            trial.report(y, epoch)
            if epoch < 30 and trial.should_prune():
                raise optuna.TrialPruned
        return y

    study.optimize(objective, n_trials=n)
    return reached


def test_optuna_hyperband_is_the_bare_library() -> None:
    theirs = bare(40)
    assert {fidelity for _, fidelity in theirs} == {1.0, 3.0, 9.0, 27.0, 30.0}
    for (z, fidelity), (wanted_z, wanted_fidelity) in zip(ours(40), theirs, strict=True):
        assert fidelity == wanted_fidelity
        assert z == pytest.approx(wanted_z)


def test_stops_are_the_first_fidelities_from_powers_of_eta_on() -> None:
    assert stops(Fidelities("epochs", (12, 200)), 3) == (12, 200)
    assert stops(Fidelities("share", (0.05, 0.1, 0.2, 0.4, 1.0)), 2) == (0.05, 0.1, 0.2, 0.4, 1.0)
    assert stops(EPOCHS, 3, lowest=4) == (4, 12, 30)
    assert stops(Fidelities("epochs", (7,)), 3) == (7,)
    with pytest.raises(ValueError, match="lowest: wanted at most epochs 30, found 31"):
        stops(EPOCHS, 3, lowest=31)
