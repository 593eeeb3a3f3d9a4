"""Registered solvers: names, options and what a wrong name is told."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Integer, SearchSpace
from optimizers.initializers.uniform import uniform
from optimizers.loop import Loop
from optimizers.registry import initializers
from optimizers.solver import Task, Traits
from tests.nas_problems.tiny import table_problem

STORED = Path(__file__).parent / "solvers.json"


def registered() -> dict[str, object]:
    """All names, and all options of registered solvers with their defaults."""
    return {
        "solvers": list(optimizers.names(collected=False)),
        "collections": list(optimizers.collections.names()),
        "initializers": list(optimizers.initializer_names()),
        "options": {
            name: {option.name: option.default for option in optimizers.options(name).values()}
            for name in optimizers.names(collected=False)
        },
    }


def _changes(before: Any, now: Any) -> set[str]:
    """Names that are new or gone, or whose options differ."""
    names = set(before) ^ set(now)
    return names | {name for name in set(before) & set(now) if isinstance(now, dict) and before[name] != now[name]}


@pytest.mark.parametrize("what", ["solvers", "collections", "initializers", "options"])
def test_nothing_registered_changes_or_vanishes_unseen(what: str) -> None:
    """A change that is meant is stored by ``python -m tests.optimizers.test_registry``."""
    stored = json.loads(STORED.read_text())[what]
    assert registered()[what] == stored, "python -m tests.optimizers.test_registry stores what is meant to change"


def test_every_solver_can_be_described_in_a_line() -> None:
    for entry in (*optimizers.solvers, *initializers, *optimizers.collections):
        assert entry.summary
        assert "\n" not in entry.summary
        assert entry.family


def test_names_have_the_solvers_of_nevergrad() -> None:
    names = optimizers.names()
    assert set(optimizers.names(collected=False)) < set(names)
    assert len(names) == len(set(names))
    assert {"nevergrad:DE", "nevergrad:NGOpt", "nevergrad:OnePlusOne"} <= set(names)


def test_make_keeps_the_options_that_differ_from_their_defaults() -> None:
    solver = optimizers.make("local-search", variant="all-neighbours", n_starts=5)
    assert solver.options == {"n_starts": 5}
    assert solver.label == "local-search.n_starts-5"
    assert optimizers.make("aging-evolution").label == "aging-evolution"
    assert optimizers.make("nevergrad:DE").label == "nevergrad-DE"


@pytest.mark.parametrize(
    ("name", "near"),
    [("local-serch", "local-search"), ("nevergrad:OnePlusTwo", "nevergrad:OnePlusOne"), ("nevergard:DE", "nevergrad")],
)
def test_an_unknown_name_comes_with_near_ones(name: str, near: str) -> None:
    for function in (optimizers.make, optimizers.options):
        with pytest.raises(KeyError, match=near):
            function(name)


@pytest.mark.parametrize("name", ["", ":", "nevergrad:", ":DE", "random-search:DE"])
def test_an_odd_name_is_unknown(name: str) -> None:
    with pytest.raises(KeyError, match="unknown"):
        optimizers.make(name)


def test_a_wrong_option_lists_the_options() -> None:
    with pytest.raises(ValueError, match=r"local-search: .*Its options are: variant .*n_starts"):
        optimizers.make("local-search", variant="best")
    with pytest.raises(ValueError, match="no such option"):
        optimizers.make("random-search", n_starts=2)


def test_configured_solvers_travel_to_other_processes() -> None:
    space = SearchSpace((Integer("depth", 1, 50),))
    for name in (*optimizers.names(collected=False), "nevergrad:RandomSearch"):
        solver = pickle.loads(pickle.dumps(optimizers.make(name)))
        assert solver.label == optimizers.make(name).label
        assert len(solver.factory(Task(space, 5, np.random.default_rng(1))).ask())


def test_an_initializer_by_name() -> None:
    assert optimizers.make_initializer("uniform", table_problem()) is uniform
    with pytest.raises(KeyError, match="the nearest names are uniform"):
        optimizers.make_initializer("unifrom", table_problem())
    with pytest.raises(ValueError, match=r"uniform: n: no such option. Its options are: none"):
        optimizers.make_initializer("uniform", table_problem(), n=3)


@optimizers.as_solver
def downhill(task: Task, *, name: str = "x") -> Loop:
    """A plug-in with an option of an awkward name."""
    z = task.start(1)
    while True:
        yield z
        z = np.maximum(z - 1, 0)


def test_a_solver_of_ones_own() -> None:
    optimizers.register("downhill", summary="one step after another", family="mine")(downhill)
    try:
        with pytest.raises(ValueError, match="solver name: 'downhill' is registered already"):
            optimizers.register("downhill", summary="again", family="mine")(downhill)
        assert "downhill" in optimizers.names(collected=False)
        log = optimizers.run(optimizers.make("downhill", name="y"), table_problem(), budget=9, seed=1)
        assert (np.diff(log.Z, axis=0) <= 0).all()
        assert log.solver == "downhill.name-y"
    finally:
        optimizers.solvers.unregister("downhill")
    assert "downhill" not in optimizers.names(collected=False)


def test_importing_optimizers_and_listing_own_names_imports_no_heavy_library() -> None:
    code = (
        "import sys, optimizers; optimizers.names(collected=False); optimizers.make('cma-es');"
        "optimizers.run('aging-evolution', 'nb201-cifar10', budget=3, seed=1);"
        "heavy = {'nevergrad', 'cma', 'pymoo', 'deap', 'optuna', 'torch', 'matplotlib', 'sklearn', 'scipy.stats'};"
        "heavy &= set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(nas_problems.__file__).parents[1])


if __name__ == "__main__":  # after a deliberate change: python -m tests.optimizers.test_registry
    before, now = json.loads(STORED.read_text()), registered()
    STORED.write_text(json.dumps(now, indent=2) + "\n")
    changed = [f"{what}: {name}" for what in now for name in sorted(_changes(before[what], now[what]))]
    print("\n".join(changed) or "nothing has changed")


# ---- traits, and functions of an ioh problem


def test_traits_of_registered_solvers() -> None:
    assert optimizers.traits("local-search") == Traits()
    assert optimizers.traits("hyperband") == Traits("any", fidelities=True)
    assert optimizers.traits("pymoo-nsga2") == Traits("any")
    assert optimizers.traits("random-sampling").samples
    assert optimizers.traits("nevergrad:DE") == Traits("any")
    assert optimizers.make("hyperband").traits == optimizers.traits("hyperband")
    with pytest.raises(KeyError, match="the nearest names are"):
        optimizers.traits("hyperban")


def test_more_objectives_than_a_solver_takes_are_refused_before_anything_runs(tmp_path: Path) -> None:
    problem = table_problem().variant(objective=("validation_accuracy", "train_seconds"))
    words = r"local-search takes one objective, found 2 \(validation_accuracy, train_seconds\) in tiny-table\."
    with pytest.raises(ValueError, match=words):
        optimizers.run("local-search", problem, budget=9, seed=1, folder=tmp_path / "run")
    with pytest.raises(ValueError, match="blind takes one objective"):
        optimizers.run(blind, problem, budget=9, seed=1)
    with pytest.raises(ValueError, match="cma-es takes one objective"):
        optimizers.run("cma-es", problem, budget=9, seed=1)
    assert not list(tmp_path.iterdir())
    one = table_problem().variant(objective=("validation_accuracy",))
    assert optimizers.run("local-search", one, budget=9, seed=1).y.shape == (9,)


def blind(problem: Any, rng: np.random.Generator, *, high: int = 2) -> None:
    """A function of an ioh problem, with an option."""
    while True:
        problem(rng.integers(0, high, size=3).tolist())


@pytest.mark.parametrize("plugin", [blind, optimizers.IohAlgorithm(blind)], ids=["bare", "algorithm"])
def test_a_function_of_an_ioh_problem_is_registered_like_any_solver(plugin: Any) -> None:
    optimizers.register("my-blind", summary="for tests", family="tests")(plugin)
    try:
        assert list(optimizers.options("my-blind")) == ["high"]
        solver = optimizers.make("my-blind", high=1)
        assert solver.label == "my-blind.high-1"
        log = optimizers.run(solver, table_problem(), budget=5, seed=1)
        assert (log.solver, log.Z.tolist()) == ("my-blind.high-1", [[0, 0, 0]] * 5)
        again = pickle.loads(pickle.dumps(solver))
        assert np.array_equal(optimizers.run(again, table_problem(), budget=5, seed=1).Z, log.Z)
        assert len(optimizers.run("my-blind", table_problem(), budget=5, seed=1)) == 5
        with pytest.raises(ValueError, match="my-blind: a function of an ioh problem cannot be asked"):
            solver.factory(Task(table_problem().space, 5, np.random.default_rng(1)))
    finally:
        optimizers.solvers.unregister("my-blind")


@pytest.mark.parametrize("plugin", [lambda space, budget, initializer, rng: None, max])
def test_what_is_no_solver_is_refused_where_it_is_registered(plugin: Any) -> None:
    with pytest.raises(ValueError, match="solver: wanted a callable of an ioh problem"):
        optimizers.register("my-broken", summary="for tests", family="tests")(plugin)
    assert "my-broken" not in optimizers.solvers
