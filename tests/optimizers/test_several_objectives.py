"""Runs on awkward problems with several objectives: NaN in one of them, constant ones, ties, many of them."""

from pathlib import Path

import moocore
import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, Fidelities, Metric, Problem, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.pareto import hypervolume, nondominated
from optimizers.ioh_format import read_runs
from optimizers.regret import _volumes, hypervolume_so_far, regret_of

SPACE = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abc")) for i in range(4)))
SOLVERS = ("random-search", "pymoo-nsga2", "deap-nsga2", "pareto-local-search", "mo-aging-evolution")


def problem_of(*columns: FloatArray, penalty: float = 1e6) -> Problem:
    """A table of 81 candidates with these columns as objectives."""
    metrics = {f"f{j}": Metric(f"f{j}", penalty=penalty) for j in range(len(columns))}
    values = {name: column[None, :, None] for name, column in zip(metrics, columns, strict=True)}
    evaluator = TableEvaluator(SPACE, values, metrics, Fidelities("epochs", (1,)))
    return Problem("awkward", 1, SPACE, evaluator, tuple(metrics.values()), "none")


rng = np.random.default_rng(3)
BASE = rng.normal(size=(6, 81)).round(1)  # with ties


@pytest.mark.parametrize("solver", SOLVERS)
def test_nan_in_one_objective_is_a_failed_evaluation(solver: str) -> None:
    column = BASE[1].copy()
    column[::3] = np.nan
    problem = problem_of(BASE[0], column)
    log = optimizers.run(solver, problem, budget=60, seed=1)
    assert log.failed.any() and np.isfinite(log.y).all()
    assert (log.y[log.failed] == 1e6).all()  # in every objective
    front = problem.pareto_front
    assert front is not None and (front.Y < 1e6).all()


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_constant_objective(solver: str, tmp_path: Path) -> None:
    problem = problem_of(BASE[0], np.full(81, 4.0))
    log = optimizers.run(solver, problem, budget=81, seed=1, folder=tmp_path / "log")
    regret = log.columns["regret"]
    assert (np.diff(regret) <= 1e-12).all() and 0 <= regret[-1] <= regret[0]
    assert regret[-1] == pytest.approx(0.0) or log.y[:, 0].min() > BASE[0].min()


def test_nothing_but_constants(tmp_path: Path) -> None:
    problem = problem_of(np.full(81, 4.0), np.zeros(81))
    log = optimizers.run("pymoo-nsga2", problem, budget=50, seed=1, folder=tmp_path / "log")
    assert log.columns["regret"].tolist() == [0.0] * 50


def test_every_evaluation_fails(tmp_path: Path) -> None:
    problem = problem_of(np.full(81, np.nan), BASE[0])
    log = optimizers.run("random-search", problem, budget=20, seed=1, folder=tmp_path / "log")
    assert log.failed.all()
    assert (log.columns["hypervolume"] == 0).all()


@pytest.mark.parametrize("m", [2, 3, 4, 6])
def test_hypervolume_of_every_row_is_moocore_s(m: int, tmp_path: Path) -> None:
    problem = problem_of(*BASE[:m])
    log = optimizers.run("random-search", problem, budget=60, seed=2, folder=tmp_path / "log")
    scaled = problem.reference.normalised(log.y)
    naive = [moocore.hypervolume(scaled[: i + 1], ref=np.full(m, problem.reference.point)) for i in range(60)]
    np.testing.assert_allclose(log.columns["hypervolume"], naive, atol=1e-9)
    (logged,) = read_runs(tmp_path / "log")
    np.testing.assert_allclose(logged.columns["hypervolume"], naive, atol=1e-9)
    names = ["raw_y", *(f"F{j + 1}" for j in range(1, m))]
    np.testing.assert_allclose(np.column_stack([logged.columns[name] for name in names]), log.y, atol=1e-9)


@pytest.mark.parametrize("noise", ["mean", "sampled"])
def test_hypervolume_of_many_objectives_is_estimated_alike_for_rows_and_sets(noise: str) -> None:
    """With seven and more, row by row as well as at once; the exact one lies within four standard errors."""
    problem = problem_of(*BASE[:1], *np.random.default_rng(3).normal(size=(6, 81)))
    Z = problem.space.sample(25, np.random.default_rng(1))
    Y = problem(Z)
    rows = hypervolume_so_far(problem, Z, Y)
    if noise == "sampled":  # the values of what was observed to be the front, and not those observed
        Y_observed = Y + np.random.default_rng(2).normal(size=Y.shape)
        rows = _volumes(Y_observed, Y, problem.reference)
        Y = Y[nondominated(Y_observed)]
    assert rows[-1] == problem.reference.hypervolume(Y)
    scaled, point = problem.reference.normalised(Y), np.full(7, problem.reference.point)
    exact = hypervolume(np.maximum(scaled, 0.0), point)
    assert abs(rows[-1] - exact) < 4 * 0.0014 * problem.reference.volume
    if noise == "mean":
        assert (np.diff(rows) >= 0).all()
        assert regret_of(np.array([problem.front_hypervolume]), problem) == [0.0]


def test_one_objective_as_a_tuple_is_the_run_of_one_objective() -> None:
    one = optimizers.run("pymoo-nsga2", "nb201-cifar10", budget=60, seed=1)
    other = optimizers.run(
        "pymoo-nsga2", nas_problems.make("nb201-cifar10", objective=("validation_accuracy",)), budget=60, seed=1
    )
    assert one.y.shape == (60,)
    assert np.array_equal(one.Z, other.Z) and np.array_equal(one.y, other.y)


@pytest.mark.parametrize("solver", ["cma-es", "local-search", "aging-evolution", "bananas"])
def test_more_objectives_than_a_solver_takes(solver: str) -> None:
    with pytest.raises(ValueError, match=f"{solver} takes one objective, found 2"):
        optimizers.run(solver, problem_of(BASE[0], BASE[1]), budget=5, seed=1)


@pytest.mark.parametrize("solver", SOLVERS)
def test_ten_objectives(solver: str) -> None:
    columns = np.random.default_rng(1).normal(size=(10, 81))
    log = optimizers.run(solver, problem_of(*columns), budget=70, seed=1)
    assert log.y.shape[1] == 10
