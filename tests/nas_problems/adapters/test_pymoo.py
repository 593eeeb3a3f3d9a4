"""Problems in pymoo."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.mixed import MixedVariableGA
from pymoo.indicators.igd import IGD
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.operators.repair.rounding import RoundingRepair
from pymoo.operators.sampling.rnd import IntegerRandomSampling
from pymoo.optimize import minimize

import nas_problems
from nas_problems import Problem
from nas_problems.adapters.pymoo import Code, as_pymoo
from tests.nas_problems import tiny


def integer_ga(kind: Any = GA) -> Any:
    """What pymoo's documentation gives for integer variables."""
    return kind(
        pop_size=10,
        sampling=IntegerRandomSampling(),
        crossover=SBX(vtype=float, repair=RoundingRepair()),
        mutation=PM(vtype=float, repair=RoundingRepair()),
    )


def mixed_rows(problem: Problem, Z: Any) -> Any:
    """Codes as the dicts that pymoo makes of mixed variables."""
    rows = [dict(zip(problem.space.names, z, strict=True)) for z in Z]
    for j, parameter in enumerate(problem.space.parameters):
        if getattr(parameter, "log", False) and parameter.n_choices is None:
            for row, unit in zip(rows, parameter.to_unit(Z[:, j]), strict=True):
                row[parameter.name] = unit
    return np.array(rows, dtype=object)


# ---- equal to the problem that is wrapped


@given(seed=st.integers(0, 2**32), noise=st.sampled_from(["mean", "seed-1"]), instance=st.sampled_from([1, 2]))
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("make", tiny.ALL)
def test_every_code_equals_the_problem(make: Callable[[], Problem], seed: int, noise: str, instance: int) -> None:
    problem = make().variant(noise=noise, instance=instance)
    Z = problem.space.sample(6, np.random.default_rng(seed))
    X = problem.space.to_box(Z)
    np.testing.assert_array_equal(as_pymoo(problem, code="box").evaluate(X)[:, 0], problem(problem.space.from_box(X)))
    mixed = as_pymoo(problem, code="mixed")
    rows = mixed_rows(problem, Z)
    np.testing.assert_allclose(mixed.to_codes(rows), Z, rtol=1e-12)
    np.testing.assert_array_equal(mixed.evaluate(rows)[:, 0], problem(mixed.to_codes(rows)))
    np.testing.assert_array_equal(mixed.to_codes(rows[0]), mixed.to_codes(rows[:1]))
    if problem.space.is_finite:
        plain = as_pymoo(problem)
        for dtype in (np.int64, np.float64):  # integral floats are what RoundingRepair can leave
            np.testing.assert_array_equal(plain.evaluate(Z.astype(dtype))[:, 0], problem(Z))
        assert plain.evaluate(Z[0]) == problem(Z[:1])


def test_identity_and_bounds() -> None:
    problem = nas_problems.make("fcnet-protein", instance=2)
    plain = as_pymoo(problem)
    assert plain.name() == "fcnet-protein"
    assert (plain.n_var, plain.n_obj, plain.vtype) == (9, 1, int)
    np.testing.assert_array_equal(plain.xl, problem.space.lower)
    np.testing.assert_array_equal(plain.xu, problem.space.upper)
    boxed = as_pymoo(problem, code="box")
    assert (set(boxed.xl), set(boxed.xu), boxed.vtype) == ({-5.0}, {5.0}, float)
    assert list(as_pymoo(problem, code="mixed").vars) == list(problem.space.names)


def test_random_noise_draws_from_the_generator() -> None:
    problem = tiny.table_problem().variant(noise="sampled")
    Z = problem.space.sample(20, np.random.default_rng(0))
    found = as_pymoo(problem, rng=np.random.default_rng(7)).evaluate(Z)[:, 0]
    np.testing.assert_array_equal(found, problem(Z, rng=np.random.default_rng(7)))
    with pytest.raises(ValueError, match="rng"):
        as_pymoo(problem)


# ---- refused


def test_what_pymoo_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="code='mixed'"):
        as_pymoo(tiny.mixed_problem())
    with pytest.raises(ValueError, match="'integer', 'box' or 'mixed'"):
        as_pymoo(tiny.table_problem(), code="binary")  # type: ignore[arg-type]  # wrong on purpose


def test_real_valued_algorithms_are_told_to_round() -> None:
    with pytest.raises(ValueError, match="RoundingRepair"):
        minimize(as_pymoo(tiny.table_problem()), GA(pop_size=10), ("n_gen", 3), seed=1)


BAD: list[Any] = [
    None,
    3,
    "abc",
    [],
    [[0, 0]],
    [[0, 0, 99]],
    [[0, 0, -6]],
    [[0, 0, np.nan]],
    [[0, 0, np.inf]],
    [["a", "b", "c"]],
    np.zeros((1, 1, 3)),
    [{"op": 0}],
    [{"op": 0, "kernel": 0, "depth": "0"}],
    [{"op": 0, "kernel": 0, "depth": np.nan}],
    [{"op": 0, "kernel": 0, "depth": 99}],
    {"op": None, "kernel": 0, "depth": 0},
]


@pytest.mark.parametrize("X", BAD, ids=repr)
@pytest.mark.parametrize("code", ["integer", "box", "mixed"])
def test_bad_input_is_refused(code: Code, X: Any) -> None:
    if code == "mixed" and isinstance(X, list) and not X:
        return  # no rows
    with pytest.raises(ValueError, match="wanted"):
        as_pymoo(tiny.table_problem(), code=code).to_codes(X)


@pytest.mark.parametrize("unit", [-0.1, 1.1, np.nan])
def test_logarithmic_variables_live_on_the_unit_scale(unit: float) -> None:
    problem = as_pymoo(tiny.mixed_problem(), code="mixed")
    row = {"kind": 0, "shift": 0, "rate": 1.0, "weight": 0.0}
    assert problem.to_codes([row])[0, 2] == 1.0
    with pytest.raises(ValueError, match="rate on the unit scale"):
        problem.to_codes([{**row, "rate": unit}])


VALUES = st.one_of(st.integers(-3, 6), st.integers(), st.floats(), st.none(), st.text(max_size=2))
ROWS = st.one_of(
    st.lists(st.lists(VALUES, max_size=4), max_size=3),
    st.lists(st.fixed_dictionaries({"op": VALUES, "kernel": VALUES, "depth": VALUES}), max_size=3),
    VALUES,
)


@given(X=ROWS, code=st.sampled_from(["integer", "box", "mixed"]))
@settings(max_examples=300, deadline=None)
def test_fuzz_only_documented_exceptions(X: Any, code: Code) -> None:
    try:
        Z = as_pymoo(tiny.table_problem(), code=code).to_codes(X)
    except ValueError:
        return
    assert tiny.table_problem().space.is_valid(Z).all()


# ---- pymoo's algorithms


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (tiny.table_problem, "integer"),
        (tiny.table_problem, "box"),
        (tiny.table_problem, "mixed"),
        (tiny.constrained_problem, "integer"),
        (tiny.mixed_problem, "box"),
        (tiny.failing_problem, "mixed"),
    ],
)
def test_minimize_with_history(make: Callable[[], Problem], code: Code) -> None:
    problem = make()
    wrapped = as_pymoo(problem, code=code)
    algorithm = {"integer": integer_ga(), "box": GA(pop_size=10), "mixed": MixedVariableGA(pop_size=10)}[code]
    result = minimize(wrapped, algorithm, ("n_gen", 4), seed=1, save_history=True)
    assert len(result.history) == 4
    assert all(step.problem.problem is problem for step in result.history)
    best = wrapped.to_codes(result.X if code == "mixed" else result.X[None])
    assert result.F[0] == problem(best)[0]


def test_several_objectives() -> None:
    problem = nas_problems.make("nb201-cifar10", objective=("validation_accuracy", "train_seconds"))
    wrapped = as_pymoo(problem)
    assert wrapped.n_obj == 2
    result = minimize(wrapped, integer_ga(NSGA2), ("n_gen", 4), seed=1)
    np.testing.assert_array_equal(result.F, problem(wrapped.to_codes(result.X)))


def test_a_deep_copy_shares_the_problem_and_copies_the_generator() -> None:
    noisy = tiny.table_problem().variant(noise="sampled")
    wrapped = as_pymoo(noisy, rng=np.random.default_rng(5))
    copied = copy.deepcopy(wrapped)
    assert copied.problem is noisy
    Z = noisy.space.sample(20, np.random.default_rng(0))
    np.testing.assert_array_equal(copied.evaluate(Z), wrapped.evaluate(Z))


@pytest.mark.parametrize("instance", [1, 2])
@pytest.mark.parametrize("make", tiny.ALL)
def test_pickles_evaluate_alike(make: Callable[[], Problem], instance: int) -> None:
    wrapped = as_pymoo(make().variant(instance=instance), code="box")
    X = np.random.default_rng(0).uniform(-5, 5, (5, wrapped.n_var))
    wanted = wrapped.evaluate(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(wrapped)).evaluate(X), wanted)


def test_indicators_know_the_front_of_a_table() -> None:
    problem = tiny.table_problem().variant(objective=("validation_accuracy", "train_seconds"))
    front = as_pymoo(problem).pareto_front()
    assert front.shape == (36, 2) and IGD(front)(front) == 0.0
    assert as_pymoo(tiny.table_problem()).pareto_front() is None
