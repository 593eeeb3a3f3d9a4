"""Problems as Nevergrad functions: variables, codes and values."""

import importlib.util
import math
import os
import pickle
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import nevergrad as ng
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nevergrad.common.decorators import Registry

import nas_problems
from nas_problems import Categorical, Integer, Ordinal, Problem, Real, SearchSpace
from nas_problems.adapters import nevergrad_plans as plans
from nas_problems.adapters.nevergrad import ProblemFunction, as_function, parametrization, to_code
from nas_problems.suites import problems_of
from tests.nas_problems import tiny

SPACE = SearchSpace(
    (
        Categorical("op", ("conv", 3, False)),
        Ordinal("kernel", (1, 3, 5)),
        Integer("depth", 2, 4),
        Integer("width", 8, 64),
        Integer("trees", 1, 32, log=True),
        Real("dropout", 0.1, 0.9),
        Real("rate", 1e-6, 10.0, log=True),
    )
)


# ---- the parametrization


def test_each_kind_of_parameter_has_its_natural_variable() -> None:
    variables = parametrization(SPACE)[1]
    kinds = {name: type(variables[name]) for name in SPACE.names}
    assert kinds == {
        "op": ng.p.Choice,
        "kernel": ng.p.TransitionChoice,
        "depth": ng.p.TransitionChoice,
        "width": ng.p.Scalar,
        "trees": ng.p.Log,
        "dropout": ng.p.Scalar,
        "rate": ng.p.Log,
    }
    assert {name: variables[name].integer for name in ("width", "trees", "dropout", "rate")} == {
        "width": True,
        "trees": True,
        "dropout": False,
        "rate": False,
    }


@given(seed=st.integers(0, 2**31), scale=st.sampled_from([0.5, 3.0, 30.0]))
@settings(max_examples=50, deadline=None)
def test_every_candidate_has_a_code_whose_configuration_it_is(seed: int, scale: float) -> None:
    parameter = parametrization(SPACE)
    parameter.random_state.seed(seed)
    rng = np.random.default_rng(seed)
    candidate = parameter.spawn_child()
    candidate.set_standardized_data(scale * rng.standard_normal(parameter.dimension))
    code = to_code(SPACE, candidate.kwargs)
    decoded = SPACE.decode([code])[0]
    assert decoded == {**candidate.kwargs, "rate": pytest.approx(candidate.kwargs["rate"], rel=1e-12)}
    assert [type(value) for value in decoded.values()] == [type(candidate.kwargs[name]) for name in decoded]


@given(seed=st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_any_configuration_can_be_given_to_the_parametrization(seed: int) -> None:
    Z = SPACE.sample(1, np.random.default_rng(seed))
    candidate = parametrization(SPACE).spawn_child(new_value=((), SPACE.decode(Z)[0]))
    np.testing.assert_allclose(to_code(SPACE, candidate.kwargs), Z[0], rtol=1e-9)


def test_edges_of_a_logarithmic_range_are_inside() -> None:
    space = SearchSpace((Real("rate", 1e-3, 0.1, log=True),))
    for edge, outwards in ((1e-3, 0.0), (0.1, 1.0)):
        assert to_code(space, {"rate": math.nextafter(edge, outwards)}) == [edge]
        with pytest.raises(ValueError, match="rate"):
            to_code(space, {"rate": edge + (outwards - 0.5) * 1e-6})


BAD_CONFIGS: list[dict[str, Any]] = [
    {},
    {"op": "conv"},
    {"op": "conv", "kernel": 1, "depth": 2, "more": 1},
    {"op": "dense", "kernel": 1, "depth": 2},
    {"op": "conv", "kernel": 2, "depth": 2},
    {"op": "conv", "kernel": 1, "depth": 2.5},
    {"op": "conv", "kernel": 1, "depth": 99},
    {"op": "conv", "kernel": 1, "depth": math.nan},
    {"op": "conv", "kernel": 1, "depth": math.inf},
    {"op": "conv", "kernel": 1, "depth": None},
    {"op": ["conv"], "kernel": 1, "depth": 2},
]


@pytest.mark.parametrize("config", BAD_CONFIGS, ids=repr)
def test_bad_configurations_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="wanted"):
        as_function(tiny.table_problem())(**config)


# ---- the function equals the problem


@pytest.mark.parametrize("make", tiny.ALL)
@pytest.mark.parametrize("options", [{}, {"instance": 3}, {"noise": "seed-1"}])
def test_function_equals_the_problem(make: Any, options: dict[str, Any]) -> None:
    function = as_function(make(), **options)
    problem = make().variant(**options)
    Z = problem.space.sample(15, np.random.default_rng(0))
    configs = problem.space.decode(Z)
    assert [function(**config) for config in configs] == problem(Z).tolist()
    costs = problem.evaluate(Z).cost_seconds.tolist()
    assert [function.compute_pseudotime(((), config), 0.0) for config in configs] == costs


@pytest.mark.parametrize("name", ["nb201-cifar10", "fcnet-protein", "mlp-vehicle"])
def test_registered_names(name: str) -> None:
    problem = nas_problems.make(name)
    function = as_function(name)
    Z = problem.space.sample(10, np.random.default_rng(1))
    assert [function(**config) for config in problem.space.decode(Z)] == problem(Z).tolist()


def test_what_make_refuses_is_refused() -> None:
    with pytest.raises(KeyError, match="nb201-cifar10"):
        as_function("nb201-cifar")
    with pytest.raises(ValueError, match="noise"):
        as_function("nb201-cifar10", noise="loud")
    with pytest.raises(KeyError, match="objective"):
        as_function("nb201-cifar10", objective="beauty")


def test_noise_follows_the_random_state_and_recommendations_are_noise_free() -> None:
    values = []
    for _ in range(2):
        function = as_function(tiny.table_problem(), noise="sampled")
        assert not function.parametrization.function.deterministic
        function.parametrization.random_state.seed(12)
        values.append([function(op="conv", kernel=3, depth=3) for _ in range(30)])
    assert values[0] == values[1]
    assert len(set(values[0])) > 1
    candidate = function.parametrization.spawn_child(new_value=((), {"op": "conv", "kernel": 3, "depth": 3}))
    expected = tiny.table_problem()(to_code(function.problem.space, candidate.kwargs)[None])[0]
    assert {function.evaluation_function(candidate) for _ in range(5)} == {expected}
    assert as_function(tiny.table_problem()).parametrization.function.deterministic


def test_pseudotime_of_the_latest_evaluation_needs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    function = as_function(tiny.failing_problem())
    config: dict[str, Any] = {"kind": "cube", "shift": 5, "rate": 0.1, "weight": 0.5}  # fails after two seconds
    assert function(**config) == 100.0
    monkeypatch.setattr(Problem, "evaluate", None)
    assert function.compute_pseudotime(((), config), 100.0) == 2.0


def test_several_objectives_and_their_hypervolume() -> None:
    function = as_function(tiny.table_problem(), objective=["validation_accuracy", "train_seconds"])
    problem = function.problem
    reference = problem.reference
    point = [low + 1.1 * (high - low) for low, high in zip(reference.ideal, reference.nadir, strict=True)]
    assert function.multiobjective_upper_bounds.tolist() == pytest.approx(point)
    Z = problem.space.from_index([3, 35])
    config = problem.space.decode(Z)
    np.testing.assert_array_equal(function(**config[0]), problem(Z)[0])
    candidates = [function.parametrization.spawn_child(new_value=((), each)) for each in config]
    (error_a, cost_a), (error_b, cost_b) = problem(Z)
    right, top = point
    union = (right - error_a) * (top - cost_a) + (error_a - error_b) * (top - cost_b)  # two rectangles
    assert function.evaluation_function(*candidates) == pytest.approx(-union, rel=1e-12)


# ---- what nevergrad's benchmarks ask of a function


@pytest.mark.parametrize(
    "function",
    [
        as_function("nb201-cifar10", noise="scaled:0.5", instance=2),
        as_function(tiny.mixed_problem(), noise="sampled"),
        as_function(tiny.table_problem(), objective=("validation_accuracy", "train_seconds"), fidelity=3),
    ],
)
def test_copies_are_equivalent(function: ProblemFunction) -> None:
    copied = function.copy()
    assert copied is not function
    assert copied.equivalent_to(function)
    assert copied.descriptors == function.descriptors
    assert copied.problem.label == function.problem.label
    assert copied.parametrization.function.deterministic == function.parametrization.function.deterministic
    assert pickle.loads(pickle.dumps(function)).equivalent_to(function)


def test_descriptors_tell_variants_apart() -> None:
    function = as_function("nb201-cifar10", noise="sampled", instance=2)
    wanted = {
        "name": "nb201-cifar10.sampled.i2",
        "problem": "nb201-cifar10",
        "noise": "sampled",
        "fidelity": 200,
        "objective": "validation_accuracy",
        "instance": 2,
    }
    assert wanted.items() <= function.descriptors.items()
    assert not function.equivalent_to(as_function("nb201-cifar10", noise="sampled"))
    assert as_function("nb201-cifar10").equivalent_to(as_function(nas_problems.make("nb201-cifar10")).copy()) is True


@pytest.mark.parametrize("optimizer", ["OnePlusOne", "DE", "TwoPointsDE"])
def test_an_optimizer_runs_and_finds_what_the_problem_says(optimizer: str) -> None:
    function = as_function(tiny.table_problem())
    function.parametrization.random_state.seed(1)
    search = ng.optimizers.registry[optimizer](function.parametrization, budget=40)
    recommended = search.minimize(function)
    y = tiny.table_problem()(to_code(function.problem.space, recommended.kwargs)[None])[0]
    assert recommended.loss == y == function.evaluation_function(recommended)
    assert y <= 30.0  # the 16 best of 36 codes


# ---- plans


def test_every_problem_and_noise_mode_of_a_plan_has_its_own_name() -> None:
    """IOHanalyzer takes the column `name` of Nevergrad's csv for the function."""
    functions = {id(each["function"]): each["function"] for each in plans.settings("nas201")}.values()
    names = {function.descriptors["name"] for function in functions}
    assert len(names) == len(functions) == 6
    assert {"nb201-cifar100", "nb201-cifar100.sampled"} <= names


@pytest.mark.parametrize("family", plans.FAMILIES)
def test_a_plan_covers_its_suite_with_registered_optimizers(family: str) -> None:
    found = list(plans.settings(family, seed=3))
    assert len(found) == len(problems_of(family)) * len(plans.NOISES) * len(plans.BUDGETS) * len(plans.OPTIMIZERS)
    assert {each["function"].problem.name for each in found} == set(problems_of(family))
    assert set(plans.OPTIMIZERS) <= set(ng.optimizers.registry)
    seeds = [each["seed"] for each in found]
    assert len(set(seeds)) == len(seeds)
    assert seeds == [each["seed"] for each in plans.settings(family, seed=3)]
    assert {each["seed"] for each in plans.settings(family)} == {None}


def test_plans_of_unknown_suites() -> None:
    with pytest.raises(KeyError, match="nas201"):
        next(plans.settings("nas21"))


def test_running_the_file_prints_its_path(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(plans.__file__), run_name="__main__")
    assert Path(capsys.readouterr().out.strip()) == Path(str(plans.__file__)).resolve()


def test_importing_the_file_as_nevergrad_does_registers_the_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark: Any = ModuleType("nevergrad.benchmark")  # the real one needs the extras
    benchmark.registry, benchmark.Experiment = Registry(), dict
    monkeypatch.setitem(sys.modules, "nevergrad.benchmark", benchmark)
    for _ in range(2):
        runpy.run_path(str(plans.__file__), run_name="nevergrad.additionalimport.nevergrad_plans")
    assert list(benchmark.registry) == ["iohnas_nas201", "iohnas_fcnet", "iohnas_mlp"]
    first = next(benchmark.registry["iohnas_nas201"](seed=3))
    wanted = next(plans.settings("nas201", seed=3))
    assert first.pop("function").equivalent_to(wanted.pop("function"))
    assert first == wanted


EXTRAS = [
    name for name in ("requests", "cv2", "torch", "torchvision", "pyproj", "gym") if not importlib.util.find_spec(name)
]

BENCHMARK = """
import runpy, sys
from tests.torchvision_import import import_torchvision
import_torchvision()  # nevergrad only needs the import to work
sys.argv = ["nevergrad.benchmark", *sys.argv[1:]]
runpy.run_module("nevergrad.benchmark", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(bool(EXTRAS), reason=f"nevergrad.benchmark needs {', '.join(EXTRAS)}")
def test_nevergrad_runs_the_plan(tmp_path: Path) -> None:
    arguments = [
        "iohnas_nas201",
        f"--imports={plans.__file__}",
        "--seed",
        "12",
        "--cap_index",
        "2",
        "--output",
        "out.csv",
    ]
    done = subprocess.run(
        [sys.executable, "-c", BENCHMARK, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    header, *rows = (tmp_path / "out.csv").read_text().splitlines()
    results = [dict(zip(header.split(","), row.split(","), strict=True)) for row in rows]
    assert [each["optimizer_name"] for each in results] == list(plans.OPTIMIZERS[:2])
    assert {(each["name"], each["problem"], each["error"], each["elapsed_budget"]) for each in results} == {
        ("nb201-cifar10", "nb201-cifar10", "", "25")
    }
    assert all(8.0 < float(each["loss"]) < 91.0 and float(each["pseudotime"]) > 1000 for each in results)


def test_parameters_that_nevergrad_cannot_make_itself() -> None:
    """Regression: one-value parameters, products that underflow, short log ranges; None as a choice."""
    space = SearchSpace(
        (
            Categorical("max_features", (None, "sqrt", 0.5)),
            Integer("fixed", 3, 3),
            Integer("fixed_log", 5, 5, log=True),
            Ordinal("only", (7,)),
            Categorical("alone", (None,)),
            Real("tiny", 1e-300, 1e-150, log=True),
            Real("huge", 1e200, 1e300, log=True),
            Integer("short", 1, 8, log=True),
            Integer("far", 2**52, 2**52 + 99),
        )
    )
    function = as_function(nas_problems.from_function(lambda config: float(config["short"]), space, name="odd"))
    candidates = [function.parametrization.sample() for _ in range(30)]
    codes = space.encode([candidate.kwargs for candidate in candidates])
    assert space.check(codes).shape == (30, 9)
    assert {config["max_features"] for config in space.decode(codes)} == {None, "sqrt", 0.5}
    assert function(**candidates[0].kwargs) == candidates[0].kwargs["short"]
    optimizer = ng.optimizers.OnePlusOne(function.parametrization, budget=60)
    assert optimizer.minimize(function).kwargs["short"] == 1


def test_a_parameter_named_self_is_refused_by_name() -> None:
    space = SearchSpace((Real("self", 0.0, 1.0), Real("b", 0.0, 1.0)))
    with pytest.raises(ValueError, match="wanted names that nevergrad passes as keyword arguments, found 'self'"):
        parametrization(space)
