"""Equal to the bare library: same seed, same trajectory."""

import importlib.util
import json
import threading
import warnings
from pathlib import Path
from typing import Any

import cma
import nevergrad as ng
import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import SearchSpace
from nas_problems.adapters.nevergrad import parametrization, to_code
from nas_problems.parameter import check_name
from nas_problems.space import Codes
from optimizers.initializers.uniform import uniform
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import check_solver
from tests.nas_problems.tiny import constrained_problem, mixed_problem, table_problem


@pytest.mark.parametrize("name", ["OnePlusOne", "Cobyla"])
def test_optimizers_conform(name: str) -> None:
    check_solver(f"nevergrad:{name}", budget=3, spawn=name == "Cobyla")


# Names that cannot run with the libraries that we install (nevergrad 1.0.12), and why.
FAILING: dict[str, str] = json.loads((Path(__file__).parent / "nevergrad_failures.json").read_text())


def test_the_names_that_fail_are_names() -> None:
    assert {f"nevergrad:{name}" for name in FAILING} < set(optimizers.names())


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in optimizers.names() if name.startswith("nevergrad:")])
def test_every_optimizer_runs_and_repeats_itself_or_is_known_to_fail(name: str) -> None:
    try:
        log, again = (optimizers.run(name, "nb201-cifar10", budget=12, seed=1) for _ in range(2))
    except ImportError as error:
        assert str(error).startswith(name)
        assert name.removeprefix("nevergrad:") in FAILING
        return
    assert len(log) == 12
    assert np.array_equal(log.Z, again.Z)


@pytest.mark.parametrize("name", ["DE", "OnePlusOne", "CMA", "Cobyla", "SADiscreteOnePlusOneExp09"])
@pytest.mark.parametrize("make", [table_problem, mixed_problem, lambda: nas_problems.make("nb201-cifar10")])
def test_equal_to_the_bare_library(name: str, make: Any) -> None:
    problem, budget = make(), 30
    rng = np.random.default_rng(np.random.SeedSequence(3).spawn(2)[0])
    expected = []
    with PrivateRandomState(rng), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        named = parametrization(problem.space)[1]
        variables = ng.p.Tuple(*(named[name].copy() for name in problem.space.names))
        variables.random_state = np.random.RandomState(draw_seed(rng))
        bare = ng.optimizers.registry[name](variables, budget=budget)
        for _ in range(budget):
            candidate = bare.ask()
            expected.append(to_code(problem.space, dict(zip(problem.space.names, candidate.value, strict=True))))
            bare.tell(candidate, float(problem(expected[-1][None, :])[0]))
    log = optimizers.run(f"nevergrad:{name}", problem, budget=budget, seed=3)
    assert np.array_equal(log.Z, expected)


@pytest.mark.parametrize("name", ["CmaFmin2", "Carola8"])
def test_an_optimizer_that_takes_its_seed_from_the_clock_repeats_itself(name: str) -> None:
    log, again = (optimizers.run(f"nevergrad:{name}", mixed_problem(), budget=25, seed=3) for _ in range(2))
    assert np.array_equal(log.Z, again.Z)
    assert str(cma.CMAOptions.defaults()["seed"]).startswith("time")  # for everybody else as it was


def test_every_name_is_fit_for_logs() -> None:
    for name in optimizers.names():
        check_name(optimizers.make(name).label, "label")


def corners(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    return np.tile(np.arange(n)[:, None] % 2, (1, space.n_parameters)).astype(space.dtype)


@pytest.mark.parametrize("name", ["DE", "OnePlusOne", "TwoPointsDE"])
def test_the_initializer_is_suggested_in_its_order(name: str) -> None:
    solver = optimizers.make(f"nevergrad:{name}", n_suggestions=4)
    log = optimizers.run(solver, table_problem(), budget=12, seed=1, initializer=corners)
    assert log.Z[:4].tolist() == [[0, 0, 0], [1, 1, 1], [0, 0, 0], [1, 1, 1]]
    assert log.solver == f"nevergrad-{name}.n_suggestions-4"
    log = optimizers.run(solver, "nb201-cifar10", budget=12, seed=1, initializer=corners)
    assert log.Z[:4, 0].tolist() == [0, 1, 0, 1]


def test_uniform_suggests_nothing() -> None:
    runs = [
        optimizers.make("nevergrad:DE").factory(
            Task(table_problem().space, 9, np.random.default_rng(1), initializer=start)
        )
        for start in (uniform, optimizers.make_initializer("uniform", table_problem()))
    ]
    assert np.array_equal(ask_codes(runs[0]), ask_codes(runs[1]))


def test_invalid_candidates_are_repaired() -> None:
    problem = constrained_problem()
    log = optimizers.run("nevergrad:OnePlusOne", problem, budget=30, seed=1)
    assert problem.space.is_valid(log.Z).all()
    assert not log.failed.any()


@pytest.mark.parametrize("name", ["BayesOptimBO", "BOBYQA"])  # the second one fails in a thread
def test_a_missing_library_is_an_import_error_that_names_the_optimizer(name: str) -> None:
    module = {"BayesOptimBO": "bayes_optim", "BOBYQA": "pybobyqa"}[name]
    if importlib.util.find_spec(module) is not None:
        pytest.skip(f"{module} is installed")
    with pytest.raises(ImportError, match=f"nevergrad:{name} wants a library that is not installed: .*{module}"):
        optimizers.run(f"nevergrad:{name}", table_problem(), budget=5, seed=1)


class BrokenOptimizer(ng.optimizers.base.Optimizer):  # type: ignore[misc]  # nevergrad has no types
    """Fails at its second candidate."""

    def _internal_ask_candidate(self) -> Any:
        if self.num_ask == 1:
            raise ZeroDivisionError("on\npurpose")
        return self.parametrization.spawn_child()


def test_an_optimizer_that_fails_is_named() -> None:
    ng.optimizers.registry.register(BrokenOptimizer)
    try:
        with pytest.raises(RuntimeError, match="nevergrad:BrokenOptimizer failed: ZeroDivisionError: on purpose"):
            optimizers.run("nevergrad:BrokenOptimizer", table_problem(), budget=5, seed=1)
    finally:
        ng.optimizers.registry.unregister("BrokenOptimizer")


def test_threads_of_recast_optimizers_cannot_keep_the_process_alive() -> None:
    n_before = threading.active_count()
    solver = optimizers.make("nevergrad:Cobyla").factory(Task(table_problem().space, 9, np.random.default_rng(1)))
    ask_codes(solver)
    waiting = [thread for thread in threading.enumerate() if type(thread).__module__.startswith("nevergrad")]
    assert waiting
    assert all(thread.daemon for thread in waiting)
    del solver
    assert threading.active_count() <= n_before + len(waiting)
