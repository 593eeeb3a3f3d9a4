"""One run from solver to log: order, budgets, failures and wrong codes."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nas_problems
import optimizers
from nas_problems import Problem, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.ioh_format import read_runs
from optimizers.runlog import MAX_SEED
from optimizers.solver import Task
from tests.nas_problems.tiny import (
    constrained_problem,
    failing_problem,
    flaky_problem,
    mixed_problem,
    table_problem,
)


class Listed:
    """Asks for given batches, one after another, and keeps what it is told."""

    def __init__(self, *batches: object) -> None:
        self.batches = [np.array(batch) for batch in batches]
        self.told: list[tuple[Codes, FloatArray]] = []

    def __call__(self, task: Task) -> "Listed":
        return self

    def ask(self) -> Codes:
        return self.batches.pop(0) if self.batches else np.empty((0, 3), np.int64)

    def tell(self, Z: Codes, y: FloatArray) -> None:
        self.told.append((Z, y))


def test_the_log_has_every_evaluation_in_its_order() -> None:
    solver = Listed([[0, 0, 0], [2, 3, 2]], [[1, 0, 0]])
    log = optimizers.run(solver, table_problem(), budget=9, seed=5)
    assert log.Z.tolist() == [[0, 0, 0], [2, 3, 2], [1, 0, 0]]
    assert log.y.tolist() == [50.5, 15.0, 38.5]  # rows 0, 35 and 12; 0 and 12 have two seeds
    assert log.cost_seconds.tolist() == [1.0, 36.0, 13.0]
    assert log.failed.tolist() == [False] * 3
    assert (log.solver, log.problem, log.seed, log.initializer, log.folder) == (
        "Listed",
        "tiny-table",
        5,
        "uniform",
        None,
    )
    assert [y.tolist() for _, y in solver.told] == [[50.5, 15.0], [38.5]]


def test_the_last_population_is_cut_at_the_budget() -> None:
    solver = Listed([[0, 0, 0], [0, 0, 1]], [[0, 0, 2], [0, 1, 0], [0, 1, 1]])
    log = optimizers.run(solver, table_problem(), budget=3, seed=1)
    assert log.Z.tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 2]]
    assert [len(y) for _, y in solver.told] == [2, 1]


def test_a_failed_evaluation_costs_one_and_has_the_penalty() -> None:
    problem = flaky_problem()
    log = optimizers.run(Listed(problem.space.from_index([7, 34, 35])), problem, budget=3, seed=1)
    assert log.failed.tolist() == [True, False, True]
    assert log.y.tolist() == [100.0, 16.0, 100.0]
    assert log.reason == {0: "recorded training failed", 2: "recorded training failed"}


def test_an_invalid_candidate_is_a_failed_evaluation() -> None:
    log = optimizers.run(Listed([[0, 0, 1], [0, 0, 2]]), constrained_problem(), budget=2, seed=1)
    assert log.failed.tolist() == [True, False]
    assert log.y[0] == 100.0


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ([[0, 0, 0], [0, 4, 0]], r"Z\[1, 1\] \(kernel\): wanted a code in \[0, 3\], found 4"),
        ([[0.0, 0.0, 0.0]], "wanted integer codes, found dtype float64"),
        ([[0, 0]], r"wanted shape \(n, 3\), found \(1, 2\)"),
        ([0, 0, 0], r"wanted shape \(n, 3\), found \(3,\)"),
        ([["a", "b", "c"]], "wanted numbers"),
    ],
)
def test_asking_outside_the_space_names_solver_row_wanted_and_found(batch: object, words: str) -> None:
    with pytest.raises(ValueError, match=f"Listed asked outside the space of tiny-table: .*{words}"):
        optimizers.run(Listed(batch), table_problem(), budget=3, seed=1)


class Blank:
    """A plug-in whose name logs cannot have."""

    label = "a b"

    def __call__(self, problem: object) -> None: ...


def test_a_problem_in_the_place_of_the_solver() -> None:
    swapped: Any = (table_problem(), "random-search")
    with pytest.raises(ValueError, match=r"solver: wanted run\(solver, problem, ...\), found the problem tiny-table"):
        optimizers.run(*swapped, budget=3, seed=1)


def test_a_lambda_has_a_name_in_logs() -> None:
    log = optimizers.run(lambda problem: problem([0, 0, 0]), table_problem(), budget=3, seed=1)
    assert log.solver == "lambda" and len(log) == 1


def test_a_solver_without_candidates() -> None:
    with pytest.raises(RuntimeError, match="Listed on tiny-table: finished without an evaluation"):
        optimizers.run(Listed(), table_problem(), budget=3, seed=1)


def test_a_solver_cannot_change_the_log() -> None:
    class Vandal(Listed):
        def tell(self, Z: Codes, y: FloatArray) -> None:
            Z[:] = 0
            y[:] = 0.0

    log = optimizers.run(Vandal([[2, 3, 2]]), table_problem(), budget=1, seed=1)
    assert log.Z.tolist() == [[2, 3, 2]]
    assert log.y.tolist() == [15.0]


@pytest.mark.parametrize("name", ["random-search", "aging-evolution", "local-search", "cma-es", "pymoo-ga"])
@pytest.mark.parametrize("make", [table_problem, constrained_problem, flaky_problem, mixed_problem, failing_problem])
def test_every_solver_on_every_kind_of_problem(name: str, make: Callable[[], Problem]) -> None:
    problem = make().variant(noise="sampled")
    log, again = (optimizers.run(name, problem, budget=40, seed=3) for _ in range(2))
    assert 18 <= len(log) <= 40
    assert np.array_equal(log.Z, again.Z)
    assert log.y.tobytes() == again.y.tobytes()
    assert np.isfinite(log.y).all()
    assert problem.space.is_valid(log.Z).all()


def test_noise_and_solver_draw_from_independent_streams() -> None:
    runs = {
        noise: optimizers.run("random-search", nas_problems.make("nb201-cifar10", noise=noise), budget=50, seed=1)
        for noise in ("mean", "sampled", "scaled:1")
    }
    assert np.array_equal(runs["mean"].Z, runs["sampled"].Z)
    assert np.array_equal(runs["mean"].Z, runs["scaled:1"].Z)
    assert not np.array_equal(runs["mean"].y, runs["sampled"].y)


def test_noise_does_not_depend_on_how_evaluations_are_batched() -> None:
    problem = table_problem().variant(noise="sampled")
    Z = problem.space.sample(12, np.random.default_rng(1))
    whole = optimizers.run(Listed(Z), problem, budget=12, seed=2)
    parts = optimizers.run(Listed(*(z[None, :] for z in Z)), problem, budget=12, seed=2)
    assert np.array_equal(whole.y, parts.y)


def test_seeds_differ_and_global_states_do_not_matter() -> None:
    random.seed(1)
    first = optimizers.run("aging-evolution", "nb201-cifar10", budget=50, seed=1)
    np.random.seed(5)  # noqa: NPY002
    again = optimizers.run(
        "aging-evolution", nas_problems.make("nb201-cifar10"), budget=50, seed=cast(int, np.int64(1))
    )
    other = optimizers.run("aging-evolution", "nb201-cifar10", budget=50, seed=2)
    assert np.array_equal(first.Z, again.Z)
    assert not np.array_equal(first.Z, other.Z)


def test_the_smallest_budget() -> None:
    for name in optimizers.names(collected=False):
        log = optimizers.run(name, table_problem(), budget=1, seed=0)
        assert len(log) >= 1
        assert log.price.sum() <= 1 + 1e-9


def test_a_run_is_logged_where_it_is_told_to(tmp_path: Path) -> None:
    log = optimizers.run("local-search", table_problem(), budget=20, seed=4, folder=tmp_path / "run")
    assert log.folder == tmp_path / "run"
    assert len(list((tmp_path / "run").glob("IOHprofiler_*.json"))) == 1
    with pytest.raises(ValueError, match=r"wanted a new or empty folder, .*; overwrite=True replaces an earlier log"):
        optimizers.run("local-search", table_problem(), budget=20, seed=4, folder=tmp_path / "run")


def test_a_run_that_raises_leaves_no_log(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside the space"):
        optimizers.run(Listed([[9, 9, 9]]), table_problem(), budget=3, seed=1, folder=tmp_path / "run")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_configured_solvers_and_factories_run_under_their_names() -> None:
    configured = optimizers.make("local-search", n_starts=2)
    assert optimizers.run(configured, table_problem(), budget=5, seed=1).solver == "local-search.n_starts-2"
    factory = optimizers.ConfiguredSolver("mine", configured.factory)
    assert optimizers.run(factory, table_problem(), budget=5, seed=1).solver == "mine"


# ---- callables that take an ioh problem


def blind(problem: Any) -> None:
    while True:
        problem([1, 1, 1])


def test_an_ioh_algorithm_is_stopped_at_the_budget() -> None:
    log = optimizers.run(blind, table_problem(), budget=7, seed=1)
    assert log.Z.tolist() == [[1, 1, 1]] * 7
    assert log.solver == "blind"
    assert log.y.tolist() == [34.0] * 7  # row 16
    assert log.cost_seconds.tolist() == [17.0] * 7


def test_an_ioh_algorithm_gets_the_budget_and_a_generator_where_it_wants_them() -> None:
    def sampler(problem: Any, budget: int, *, rng: np.random.Generator) -> None:
        assert problem.meta_data.name == "tiny-table"
        assert problem.bounds.ub.tolist() == [2, 3, 2]
        for _ in range(budget - 1):
            problem(problem.problem.space.sample(1, rng)[0])

    log, again = (optimizers.run(sampler, table_problem(), budget=9, seed=4) for _ in range(2))
    assert len(log) == 8
    assert np.array_equal(log.Z, again.Z)
    assert not np.array_equal(log.Z, optimizers.run(sampler, table_problem(), budget=9, seed=5).Z)


def test_an_ioh_algorithm_in_batches_may_not_exceed_the_budget() -> None:
    def batches(problem: Any) -> None:
        while True:
            problem([[0, 0, 0], [0, 0, 1]])

    assert len(optimizers.run(batches, table_problem(), budget=5, seed=1)) == 5


def test_an_ioh_algorithm_on_the_box() -> None:
    def center(problem: Any) -> None:
        problem([0.0] * 4)
        problem([-5.0] * 4)

    log = optimizers.run(center, mixed_problem(), budget=5, seed=1)
    assert log.Z.tolist() == [[1.0, 4.0, pytest.approx(10**-1.5), 0.0], [0.0, 0.0, pytest.approx(1e-3), -2.0]]

    def corner(problem: Any) -> None:
        problem([5.0, -5.0, 5.0])

    algorithm = optimizers.IohAlgorithm(corner, code="box", label="corner-search")
    log = optimizers.run(algorithm, table_problem(), budget=5, seed=1)
    assert log.Z.tolist() == [[2, 0, 2]]
    assert log.solver == "corner-search"


def test_what_an_ioh_algorithm_raises_comes_through() -> None:
    def broken(problem: Any) -> None:
        problem([0, 0, 0])
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        optimizers.run(broken, table_problem(), budget=5, seed=1)

    def outside(problem: Any) -> None:
        problem([9, 9, 9])

    with pytest.raises(ValueError, match="wanted"):
        optimizers.run(outside, table_problem(), budget=5, seed=1)


def test_an_ioh_algorithm_takes_no_initializer() -> None:
    def start(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        return space.sample(n, rng)

    with pytest.raises(ValueError, match="blind chooses its own start, found 'start'"):
        optimizers.run(blind, table_problem(), budget=5, seed=1, initializer=start)


# ---- wrong arguments


def no_solver(task: Task) -> None: ...


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"budget": 0}, ValueError, "budget: wanted an integer >= 1, found 0"),
        ({"budget": 2.0}, ValueError, r"budget: wanted an integer >= 1, found 2\.0"),
        ({"budget": True}, ValueError, "found True"),
        ({"seed": -1}, ValueError, f"seed: wanted an integer in 0 ... {MAX_SEED}, found -1"),
        ({"seed": MAX_SEED + 1}, ValueError, "seed: wanted"),
        ({"seed": None}, ValueError, "seed: wanted"),
        ({"problem": "nb201-cifar"}, KeyError, "nb201-cifar10"),
        ({"problem": 3}, ValueError, "problem: wanted a name or a Problem, found 3"),
        ({"solver": "aging-evolutio"}, KeyError, "aging-evolution"),
        ({"solver": 3}, ValueError, "solver: wanted a name, a ConfiguredSolver or a callable, found 3"),
        ({"solver": Blank()}, ValueError, "solver name: wanted a name of letters"),
        ({"solver": lambda a, b: None}, ValueError, r"wanted a callable of an ioh problem .* or of a task, found"),
        ({"solver": lambda space, budget, initializer, rng: None}, ValueError, "or of a task, found parameters .space"),
        ({"solver": max}, ValueError, "has no signature"),
        ({"solver": no_solver}, ValueError, "no_solver: wanted a factory of objects with ask and tell, found None"),
        ({"solver": optimizers.ConfiguredSolver("a b", print)}, ValueError, "solver label"),  # type: ignore[arg-type]
        ({"initializer": "unifrom"}, KeyError, "uniform"),
        ({"initializer": 3}, ValueError, "initializer: wanted a name or a callable, found 3"),
        ({"initializer": Blank()}, ValueError, "initializer name"),
        ({"folder": 3}, ValueError, "folder: wanted a path, found 3"),
    ],
)
def test_wrong_arguments(changed: dict[str, Any], error: type[Exception], words: str) -> None:
    arguments: dict[str, Any] = {
        "solver": "random-search",
        "problem": table_problem(),
        "budget": 5,
        "seed": 1,
    } | changed
    with pytest.raises(error, match=words):
        optimizers.run(arguments.pop("solver"), arguments.pop("problem"), **arguments)


def test_several_objectives_are_told_as_columns() -> None:
    problem = table_problem().variant(objective=("validation_accuracy", "train_seconds"))
    solver = Listed([[0, 0, 0], [2, 3, 2]], [[1, 0, 0]])
    log = optimizers.run(solver, problem, budget=9, seed=1)
    assert log.y.tolist() == [[50.5, 1.0], [15.0, 36.0], [38.5, 13.0]]
    assert [y.shape for _, y in solver.told] == [(2, 2), (1, 2)]
    with pytest.raises(ValueError, match=r"best: wanted a run with values of one objective, found shape \(3, 2\)"):
        log.best  # noqa: B018  # raises


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.lists(st.integers(), max_size=3),
    st.sampled_from([int, max, print, len, object()]),
)


@given(
    solver=st.one_of(ANYTHING, st.sampled_from(["random-search", "local-search", "aging-evolution"])),
    problem=st.one_of(ANYTHING, st.just("nb201-cifar10")),
    budget=st.one_of(ANYTHING, st.integers(1, 40)),
    seed=st.one_of(ANYTHING, st.integers(0, 40)),
    initializer=st.one_of(ANYTHING, st.just("uniform")),
)
def test_any_arguments_run_or_raise_what_is_documented(
    solver: Any, problem: Any, budget: Any, seed: Any, initializer: Any
) -> None:
    try:
        log = optimizers.run(solver, problem, budget=budget, seed=seed, initializer=initializer)
    except (KeyError, ValueError, RuntimeError):
        return
    assert 1 <= len(log) <= budget


def test_a_log_names_the_suite(tmp_path: Path) -> None:
    """That of a study: the family of a registered problem, in whatever dimension; or the one that is given."""
    cases = [("nb201-cifar10", "", "nas201"), ("bbob-f1[dimension=3]", "", "BBOB"), ("fcnet-naval", "mine", "mine")]
    for number, (problem, suite, wanted) in enumerate(cases):
        folder = tmp_path / str(number)
        optimizers.run("random-search", problem, budget=2, seed=1, folder=folder, suite=suite)
        assert {run.suite for run in read_runs(folder)} == {wanted}
    optimizers.run("random-search", table_problem(), budget=2, seed=1, folder=tmp_path / "own")
    assert {run.suite for run in read_runs(tmp_path / "own")} == {"own"}
    with pytest.raises(ValueError, match="suite name"):
        optimizers.run("random-search", "nb201-cifar10", budget=2, seed=1, folder=tmp_path / "bad", suite="a b")
    assert not (tmp_path / "bad").exists()
