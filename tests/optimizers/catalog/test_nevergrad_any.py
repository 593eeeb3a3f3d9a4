"""Equal to the bare library: same seed, same trajectory."""

import importlib.util
import json
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import cma
import nevergrad as ng
import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace, from_function
from nas_problems.parameter import check_name
from nas_problems.space import Codes
from optimizers.adapters.nevergrad import Variables
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import check_solver
from optimizers.yardstick import one_max
from tests.nas_problems.tiny import constrained_problem, mixed_problem, table_problem


@pytest.mark.parametrize("name", ["OnePlusOne", "Cobyla"])
def test_optimizers_conform(name: str) -> None:
    check_solver(f"nevergrad:{name}", budget=3, spawn=name == "Cobyla")


# Names that cannot run with the libraries that we install (nevergrad 1.0.12), and why.
FAILING: dict[str, str] = json.loads((Path(__file__).parent / "nevergrad_failures.json").read_text())


def test_the_names_that_fail_are_names() -> None:
    assert {f"nevergrad:{name}" for name in FAILING} < set(optimizers.names())


MIXED = from_function(
    lambda config: (
        abs(np.log(config["rate"]) + 4) + (config["op"] != "b") + abs(config["kernel"] - 3) + config["width"]
    ),
    SearchSpace(
        (
            Categorical("op", ("a", "b", "c")),
            Ordinal("kernel", (1, 3, 5)),
            Integer("width", 1, 64, log=True),
            Real("rate", 1e-5, 1.0, log=True),
        )
    ),
    name="mixed",
)


def _runs_or_is_refused(name: str) -> None:
    """On all kinds of parameters; three estimate a gradient of NaN after their first steps."""
    try:
        log = optimizers.run(name, MIXED, budget=10, seed=1)
    except ImportError as error:
        assert str(error).startswith(f"{name} wants a library that is not installed: ")
    except RuntimeError as error:
        assert name in ("nevergrad:SPSA", "nevergrad:TinySPSA", "nevergrad:MicroSPSA")
        assert str(error).startswith(f"{name} asked for a candidate that is none: ") and "found nan" in str(error)
    else:
        assert len(log) == 10 and not log.failed.any() and MIXED.space.is_valid(log.Z).all()


@pytest.mark.parametrize(
    "name",
    ["EDA", "PymooCMAES", "NaiveIsoEMNA", "SPSA", "NGOptRW", "Powell", "PSO", "SQP", "DiscreteLenglerOnePlusOne"],
)
def test_a_spread_of_optimizers_runs_on_all_kinds_of_parameters_or_is_refused(name: str) -> None:
    _runs_or_is_refused(f"nevergrad:{name}")


def test_a_run_in_one_dimension_leaves_other_runs_as_they_were() -> None:
    """CMA-ES in one dimension wants fcmaes; the library keeps that wish in what all runs of a process share."""
    line = from_function(lambda config: config["x"], SearchSpace((Real("x", 0.0, 1.0),)), name="line")
    with suppress(ImportError):
        optimizers.run("nevergrad:OldCMA", line, budget=5, seed=1)
    assert len(optimizers.run("nevergrad:CMA", "nb201-cifar10", budget=5, seed=1)) == 5


def test_smac_of_nevergrad_is_not_offered() -> None:
    """It waits for ever where the working folder has files of an earlier run."""
    with pytest.raises(KeyError, match="nevergrad:SMAC3"):
        optimizers.make("nevergrad:SMAC3")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in optimizers.names() if name.startswith("nevergrad:")])
def test_every_optimizer_runs_on_all_kinds_of_parameters_or_is_refused(name: str) -> None:
    _runs_or_is_refused(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in optimizers.names() if name.startswith("nevergrad:")])
def test_every_optimizer_runs_and_repeats_itself_or_is_known_to_fail(name: str) -> None:
    budget = 7 if name in {"nevergrad:BO", "nevergrad:BOSplit"} else 12  # whose Gaussian process thinks for seconds
    try:
        log, again = (optimizers.run(name, "nb201-cifar10", budget=budget, seed=1) for _ in range(2))
    except ImportError as error:
        assert str(error).startswith(name)
        assert name.removeprefix("nevergrad:") in FAILING
        return
    assert len(log) == budget
    assert np.array_equal(log.Z, again.Z)


@pytest.mark.parametrize("name", ["DE", "OnePlusOne", "CMA", "Cobyla", "SADiscreteOnePlusOneExp09"])
@pytest.mark.parametrize("make", [table_problem, mixed_problem, lambda: nas_problems.make("nb201-cifar10")])
def test_equal_to_the_bare_library(name: str, make: Any) -> None:
    problem, budget = make(), 30
    rng = np.random.default_rng(np.random.SeedSequence(3).spawn(2)[0])
    expected = []
    with PrivateRandomState(rng), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        variables, to_code = by_hand(problem.space)
        start = Variables(problem.space).to_values(problem.space.sample(1, rng))
        variables.random_state = np.random.RandomState(draw_seed(rng))
        bare = ng.optimizers.registry[name](variables, budget=budget)
        bare.suggest(*start)
        for _ in range(budget):
            candidate = bare.ask()
            expected.append(to_code(candidate.value))
            bare.tell(candidate, float(problem(expected[-1][None, :])[0]))
    log = optimizers.run(f"nevergrad:{name}", problem, budget=budget, seed=3)
    assert np.array_equal(log.Z, expected)


@pytest.mark.parametrize("name", ["DE", "DiscreteOnePlusOne", "RandomSearch"])
def test_several_objectives_equal_the_bare_library(name: str) -> None:
    """The reference is told before any value, and is the worst of the first ten."""
    problem, budget = nas_problems.make("nb201-cifar10[objective=validation_accuracy+n_parameters]"), 40
    rng = np.random.default_rng(np.random.SeedSequence(3).spawn(2)[0])
    with PrivateRandomState(rng), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        variables, to_code = by_hand(problem.space)
        first = problem.space.sample(10, rng)
        variables.random_state = np.random.RandomState(draw_seed(rng))
        bare = ng.optimizers.registry[name](variables, budget=budget)
        bare.tell(ng.p.MultiobjectiveReference(), problem(first).max(axis=0).tolist())
        expected = list(first)
        for code, values in zip(first.tolist(), problem(first), strict=True):
            bare.suggest(tuple(code))
            bare.tell(bare.ask(), values)
        while len(expected) < budget:
            candidate = bare.ask()
            expected.append(to_code(candidate.value))
            bare.tell(candidate, problem(expected[-1][None, :])[0])
    log = optimizers.run(f"nevergrad:{name}", problem, budget=budget, seed=3)
    assert np.array_equal(log.Z, expected)


@pytest.mark.parametrize("budget", [1, 9, 10, 11])
def test_several_objectives_with_a_small_budget(budget: int) -> None:
    problem = table_problem().variant(objective=("validation_accuracy", "train_seconds"))
    assert len(optimizers.run("nevergrad:OnePlusOne", problem, budget=budget, seed=1)) == budget


def by_hand(space: SearchSpace) -> tuple[Any, Any]:
    """What a user of nevergrad would write for the three spaces of the test, and the codes of its values."""
    if space == table_problem().space:
        kernel, depth = (ng.p.TransitionChoice(range(n), repetitions=1) for n in (4, 3))
        variables = ng.p.Dict(group_0=ng.p.Choice(range(3), 1, True), group_1=kernel, group_2=depth)
        return variables, lambda value: np.concatenate(list(value.values()))
    if space == mixed_problem().space:
        ranges = ng.p.Array(init=np.full(2, 0.5)).set_mutation(sigma=1 / 6).set_bounds(0, 1, full_range_sampling=True)
        shift = ng.p.TransitionChoice(range(9), repetitions=1)
        variables = ng.p.Dict(group_0=ng.p.Choice(range(3), 1, True), group_1=shift, group_2=ranges)
        return variables, lambda value: np.concatenate(
            [
                value["group_0"],
                value["group_1"],
                space.parameters[2].from_unit(value["group_2"][:1]),
                space.parameters[3].from_unit(value["group_2"][1:]),
            ]
        )
    return ng.p.Choice(range(5), repetitions=6, deterministic=True), np.array


@pytest.mark.parametrize("form", ["deterministic", "transition", "softmax", "integer"])
def test_values_of_every_form_are_those_of_their_codes(form: Any, rng: np.random.Generator) -> None:
    space = SearchSpace(
        (
            Real("rate", 1e-5, 1.0, log=True),
            Categorical("op", ("conv", None, 3)),
            Integer("units", 4, 512, log=True),
            Ordinal("kernel", (1, 3, 5)),
            Categorical("fixed", ("only",)),
            Categorical("pool", ("max", "mean", "none")),
            Integer("depth", 2, 40),
        )
    )
    variables = Variables(space, categorical=form, ordered=form)
    Z = space.sample(50, rng)
    found = variables.parametrization()
    for z, value in zip(Z, variables.to_values(Z), strict=True):
        found.value = value
        assert np.allclose(variables.to_codes(found.value)[0], z, rtol=1e-9, atol=0)


def test_equal_parameters_share_a_variable() -> None:
    ranges = SearchSpace(tuple(Real(f"x{j}", -5.0, 5.0) for j in range(100)))
    found = Variables(ranges).parametrization()  # one by one they take two hundred times as long
    assert isinstance(found, ng.p.Array)
    assert found.dimension == 100
    assert isinstance(Variables(nas_problems.make("nb201-cifar10").space).parametrization(), ng.p.Choice)


def test_ranges_start_uniformly(rng: np.random.Generator) -> None:
    ranges = SearchSpace((Real("rate", 1e-6, 1.0, log=True), Integer("n", 1, 100)))
    log = optimizers.run(
        "nevergrad:RandomSearch", from_function(lambda config: 0.0, ranges, name="flat"), budget=400, seed=1
    )
    assert 1e-3 / 3 < np.median(log.Z[:, 0]) < 3e-3
    assert 40 < np.median(log.Z[:, 1]) < 60


def test_a_space_in_which_nothing_varies_has_no_variables() -> None:
    with pytest.raises(ValueError, match="wanted a parameter with at least two values, found none"):
        Variables(SearchSpace((Categorical("op", ("conv",)),)))


def test_a_one_plus_one_scheme_keeps_its_parent() -> None:
    problem = one_max(30)
    kept = [optimizers.run("nevergrad:DiscreteOnePlusOne", problem, budget=300, seed=seed).y.min() for seed in (1, 2)]
    drawn = optimizers.make("nevergrad:DiscreteOnePlusOne", categorical="softmax")
    assert max(kept) <= 2
    assert optimizers.run(drawn, problem, budget=300, seed=1).y.min() >= 4  # as random search


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


def test_uniform_suggests_one_candidate() -> None:
    firsts = [optimizers.run("nevergrad:OnePlusOne", one_max(30), budget=2, seed=seed).Z[0] for seed in (1, 2, 3)]
    assert len(np.unique(firsts, axis=0)) == 3
    assert all(5 < z.sum() < 25 for z in firsts)  # not the first choice of each


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
    solver.tell(ask_codes(solver), np.zeros(1))  # the start is ours
    waiting = [thread for thread in threading.enumerate() if type(thread).__module__.startswith("nevergrad")]
    assert waiting
    assert all(thread.daemon for thread in waiting)
    del solver
    assert threading.active_count() <= n_before + len(waiting)
