"""Optuna's samplers: equal to the bare library, repeatable, valid, silent."""

import importlib.util
import warnings

import numpy as np
import optuna
import pytest

import nas_problems
import optimizers
from optimizers.adapters import optuna_space
from optimizers.randomness import draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import check_solver
from tests.nas_problems.tiny import constrained_problem, mixed_problem, table_problem

FAST = ("NSGAIIISampler", "NSGAIISampler", "QMCSampler", "RandomSampler", "TPESampler")


def test_the_names_are_solvers() -> None:
    """What needs more than a seed is not among them."""
    names = set(optimizers.names())
    assert {f"optuna:{name}" for name in (*FAST, "GPSampler", "CmaEsSampler")} < names
    assert not {f"optuna:{name}" for name in ("GridSampler", "BaseSampler", "BruteForceSampler")} & names
    assert optimizers.traits("optuna:CmaEsSampler").objectives == "one"


@pytest.mark.parametrize("name", FAST)
def test_equal_to_the_bare_library(name: str) -> None:
    """Same seed, same candidates, on choices."""
    space = nas_problems.make("nb201-cifar10").space
    solver = optimizers.make(f"optuna:{name}").factory(Task(space, 80, np.random.default_rng(3)))
    distributions = {n: optuna.distributions.CategoricalDistribution(range(5)) for n in space.names}
    seed = draw_seed(np.random.default_rng(3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        of_class = getattr(optuna.samplers, name)
        independent = {"independent_sampler": optuna.samplers.RandomSampler(seed=seed)} if "QMC" in name else {}
        study = optuna.create_study(sampler=of_class(seed=seed, **independent))
    for _ in range(60):
        trial = study.ask(distributions)
        z = ask_codes(solver)
        assert z.tolist() == [list(trial.params.values())]
        value = float(np.sum(z == 3))
        study.tell(trial, value)
        solver.tell(z, np.array([value]))


@pytest.mark.parametrize("name", FAST)
def test_runs_repeat_themselves_with_valid_candidates_and_in_batches(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On mixed and constrained spaces and for two objectives."""
    solver = optimizers.make(f"optuna:{name}", batch_size=4)
    for problem in (mixed_problem(), constrained_problem()):
        log, again = (optimizers.run(solver, problem, budget=22, seed=3) for _ in range(2))
        assert np.array_equal(log.Z, again.Z) and len(log) == 22
        assert problem.space.is_valid(log.Z).all()
    several = table_problem().variant(objective=("validation_accuracy", "train_seconds"))
    assert optimizers.run(f"optuna:{name}", several, budget=12, seed=1).y.shape == (12, 2)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_an_initializer_is_asked_for_the_first_candidates() -> None:
    """As many as the option says; ``uniform`` leaves the start to the sampler."""
    solver = optimizers.make("optuna:RandomSampler", n_suggestions=4)
    log = optimizers.run(solver, mixed_problem(), budget=9, seed=1, initializer="sobol")
    plain = optimizers.run("optuna:RandomSampler", mixed_problem(), budget=9, seed=1)
    assert not np.array_equal(log.Z[:4], plain.Z[:4])


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is evaluated."""
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "cmaes" else find(name))
    with pytest.raises(ImportError, match="optuna:CmaEsSampler wants cmaes; pip install cmaes"):
        optimizers.run("optuna:CmaEsSampler", table_problem(), budget=5, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["CmaEsSampler", "GPSampler"])
def test_samplers_with_libraries_of_their_own(name: str) -> None:
    """They run past their first model, and repeat themselves."""
    if importlib.util.find_spec(optuna_space._WANTED[name]) is None:
        pytest.skip(f"{optuna_space._WANTED[name]} is not installed")
    log, again = (optimizers.run(f"optuna:{name}", mixed_problem(), budget=13, seed=1) for _ in range(2))
    assert np.array_equal(log.Z, again.Z)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAST)
def test_they_conform(name: str) -> None:
    """On every kind of space."""
    check_solver(f"optuna:{name}", budget=20, spawn=False)
