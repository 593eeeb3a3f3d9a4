"""A warm start: what is known is told, costs nothing, and is not evaluated again."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import nas_problems
import optimizers
from experiments.cli import make_app
from nas_problems import (
    Categorical,
    Condition,
    Integer,
    Ordinal,
    Problem,
    Real,
    SearchSpace,
    conditional_space,
    from_function,
)
from nas_problems.array import FloatArray
from nas_problems.parameter import Config, Parameter
from nas_problems.space import Codes
from optimizers.history import History, KnownInitializer
from optimizers.solver import Initializer, Solver, Task
from optimizers.solver_text import parse_solver
from tests.optimizers.counted import calls, problem
from tests.optimizers.curves import asking, at, curve_problem

SOLVERS = ("random-search", "aging-evolution", "local-search", "cma-es", "pymoo-ga", "deap-ga", "optuna-tpe", "umda")


def history_of(target: Path, n: int = 30) -> History:
    log = optimizers.run("random-search", problem(target), budget=n, seed=9)
    return History(log.Z[~log.failed], log.y[~log.failed])


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_is_known_is_not_evaluated_again(solver: str, tmp_path: Path) -> None:
    known = history_of(tmp_path / "before")
    log = optimizers.run(solver, problem(tmp_path / "calls"), budget=15, seed=1, known=known)
    assert len(log) == 15 == len(calls(tmp_path / "calls")) and log.initializer == "known"
    rows = {row.tobytes() for row in known.Z}
    assert not rows & {row.tobytes() for row in log.Z[:5]}


@pytest.mark.parametrize("solver", ["pymoo-ga", "pymoo-de", "pymoo-pso", "pymoo-nsga2", "nevergrad:DE", "smac"])
def test_what_is_known_of_real_numbers_is_not_evaluated_again(solver: str) -> None:
    """On the scales of libraries they lost their last bits, and were unknown."""
    if solver == "smac":
        pytest.importorskip("smac", reason="pip install iohnas[multi-fidelity]")
    space = SearchSpace((Real("x", -1.3, 2.7), Integer("n", 1, 30), Real("rate", 1e-5, 0.37, log=True)))
    real = from_function(
        lambda config: config["x"] ** 2 + config["n"] + np.log(config["rate"]) ** 2, space, name="real"
    )
    Z = space.sample(30, np.random.default_rng(0))
    log = optimizers.run(parse_solver(solver), real, budget=10, seed=1, known=History(Z, real(Z)))
    distance = np.abs(space.to_box(log.Z)[:, None] - space.to_box(Z)[None]).max(axis=2)
    assert distance.min() > 1e-6


class Listening:
    """Asks for a population of ten, and keeps what it is told."""

    told: list[tuple[Codes, FloatArray]]

    def __init__(self, task: Task) -> None:
        Listening.told = []
        self.first: Codes | None = task.start(10)
        self.task = task

    def ask(self) -> Codes:
        Z, self.first = self.first, None
        return self.task.space.sample(3, self.task.rng) if Z is None else Z

    def tell(self, Z: Codes, y: FloatArray) -> None:
        Listening.told.append((Z, y))


def test_the_best_that_is_known_is_told_first(tmp_path: Path) -> None:
    known = history_of(tmp_path / "before")
    optimizers.run(Listening, problem(tmp_path / "calls"), budget=6, seed=1, known=known)
    best = np.argsort(known.y, kind="stable")[:10]
    np.testing.assert_array_equal(Listening.told[0][0], known.Z[best])
    np.testing.assert_array_equal(Listening.told[0][1], known.y[best])
    assert len(calls(tmp_path / "calls")) == 6


def test_a_population_of_which_some_is_known(tmp_path: Path) -> None:
    known = history_of(tmp_path / "before", 4)
    log = optimizers.run(Listening, problem(tmp_path / "calls"), budget=7, seed=1, known=known)
    first, values = Listening.told[0]
    assert len(first) == 10 and len(log) == 7
    np.testing.assert_array_equal(values[: len(known)], np.sort(known.y))
    np.testing.assert_array_equal(log.Z[: 10 - len(known)], first[len(known) :])


def test_a_budget_that_ends_within_it(tmp_path: Path) -> None:
    known = history_of(tmp_path / "before", 4)
    optimizers.run(Listening, problem(tmp_path / "calls"), budget=2, seed=1, known=known)
    assert len(Listening.told[0][0]) == len(known) + 2 == len(Listening.told[0][1])


def test_models_learn_from_all_that_is_known() -> None:
    cells = nas_problems.make("nb201-cifar10")
    Z = cells.space.sample(200, np.random.default_rng(1))
    known = History(Z, cells(Z))
    task = Task(cells.space, 300, np.random.default_rng(1), initializer=KnownInitializer(known))
    assert len(task.start(task.n_known)) == len(np.unique(Z, axis=0))
    log = optimizers.run("bananas", cells, budget=3, seed=1, known=known)
    assert len(log) == 3


def test_a_frame_is_read_back(tmp_path: Path) -> None:
    log = optimizers.run("random-search", problem(tmp_path / "calls"), budget=20, seed=2)
    log.frame().to_csv(tmp_path / "history.csv", index=False)
    known = History.read(tmp_path / "history.csv", problem(tmp_path / "calls"))
    np.testing.assert_allclose(known.Z, log.Z[~log.failed])
    np.testing.assert_array_equal(known.y, log.y[~log.failed])


def cells_with_history(n: int = 500) -> tuple[Problem, History]:
    """NAS-Bench-201 and distinct candidates of it with their values."""
    cells = nas_problems.make("nb201-cifar10")
    Z = np.unique(cells.space.sample(n, np.random.default_rng(0)), axis=0)
    return cells, History(Z, cells(Z))


def test_the_budget_of_a_task_is_what_will_be_evaluated() -> None:
    """What is known costs nothing, and is asked for all the same."""
    cells, known = cells_with_history()
    told: list[tuple[int, int, int]] = []

    def listening(task: Task) -> Solver:
        told.append((task.budget, task.n_known, len(task.start(10_000))))
        return optimizers.make("random-search").factory(task)

    assert len(optimizers.run(listening, cells, budget=100, seed=1, known=known)) == 100
    assert told == [(100, len(known), 100 + len(known))]


def test_simulated_annealing_cools_over_its_own_evaluations() -> None:
    """After 500 known candidates it walks as after the ten best of them, were they evaluated in the run."""
    cells, known = cells_with_history()
    best = known.Z[known.best_first()[:10]]

    def walk(budget: int, initializer: Initializer) -> Codes:
        task = Task(cells.space, budget, np.random.default_rng(1), initializer=initializer)
        solver, asked = optimizers.make("simulated-annealing").factory(task), list[Codes]()
        while sum(map(len, asked)) < 110:
            asked.append(np.asarray(solver.ask()))
            solver.tell(asked[-1], cells(asked[-1]))
        return np.concatenate(asked)

    cold = walk(110, lambda space, n, rng: best[:n])
    np.testing.assert_array_equal(walk(100, KnownInitializer(known)), cold)


def test_simulated_annealing_goes_on_where_it_met_known_candidates() -> None:
    """They are steps, but cost nothing."""
    ten = from_function(lambda config: float(config["x"]), SearchSpace((Integer("x", 0, 59),)), name="sixty")
    known = History(np.arange(0, 60, 2)[:, None], np.arange(0.0, 60.0, 2.0))
    assert len(optimizers.run("simulated-annealing", ten, budget=40, seed=1, known=known)) == 40


@pytest.mark.parametrize("solver", ["nevergrad:ScrHammersleySearch", "nevergrad:OnePlusOne", "nevergrad:DE"])
def test_nevergrad_is_told_of_new_evaluations_and_makes_them_all(solver: str) -> None:
    """Some optimizers cannot be asked for more than they were told of, and known candidates are free."""
    ten = from_function(lambda config: float(config["x"]), SearchSpace((Integer("x", 0, 59),)), name="sixty")
    known = History(np.arange(0, 60, 2)[:, None], np.arange(0.0, 60.0, 2.0))
    assert len(optimizers.run(solver, ten, budget=25, seed=1, known=known)) == 25


def test_nevergrad_knows_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten of what is known are suggested to it, and asked for besides the budget."""
    from nevergrad.optimization import optimizerlib

    cells, known = cells_with_history()
    budgets: list[int | None] = []
    start = optimizerlib._OnePlusOne.__init__

    def listening(self: Any, parametrization: Any, budget: int | None = None, *args: Any, **kwargs: Any) -> None:
        budgets.append(budget)
        start(self, parametrization, budget, *args, **kwargs)

    monkeypatch.setattr(optimizerlib._OnePlusOne, "__init__", listening)
    assert len(optimizers.run("nevergrad:OnePlusOne", cells, budget=40, seed=1, known=known)) == 40
    assert budgets[0] == 50


def test_a_frame_is_read_back_without_failures(tmp_path: Path) -> None:
    """A failed row has a penalty, which is not a value of its candidate."""

    def flaky(config: Config) -> float:
        if config["x"] in (3, 5):
            raise ArithmeticError("diverged")
        return float(str(config["x"]))

    space = SearchSpace((Integer("x", 0, 9),))
    flaky_problem = from_function(flaky, space, name="flaky")
    log = optimizers.run("random-search", flaky_problem, budget=60, seed=1)
    assert log.failed.any() and not log.failed.all()
    log.frame().to_csv(tmp_path / "h.csv", index=False)
    known = History.read(tmp_path / "h.csv", flaky_problem)
    np.testing.assert_array_equal(known.Z, log.Z[~log.failed])
    np.testing.assert_array_equal(known.y, log.y[~log.failed])
    assert known.fidelity is None


def test_a_frame_is_read_back_with_its_fidelities(tmp_path: Path) -> None:
    """A value of one epoch is not one of a full training."""
    digits = nas_problems.make("nb201-digits")
    log = optimizers.run("hyperband", digits, budget=12, seed=1)
    assert len(np.unique(log.fidelity)) > 1
    log.frame().to_csv(tmp_path / "h.csv", index=False)
    known = History.read(tmp_path / "h.csv", digits)
    assert known.fidelity is not None
    np.testing.assert_array_equal(known.fidelity, log.fidelity)
    np.testing.assert_array_equal(digits.space.canonical(known.Z), digits.space.canonical(log.Z))
    full = {row.tobytes() for row in known.Z[log.fidelity == digits.fidelity]}
    start = KnownInitializer(known, digits.fidelity)
    assert start.n_known == len(full) < len(np.unique(known.Z, axis=0))
    first = start(digits.space, len(known), np.random.default_rng(1))
    assert {row.tobytes() for row in first[: len(full)]} == full
    for solver in ("bananas", "hyperband", "schedule[plan=random-search:5:aging-evolution]"):
        again = optimizers.run(parse_solver(solver), digits, budget=8, seed=2, known=known)
        assert again.price.sum() == pytest.approx(8, abs=1)
        assert not full & {row.tobytes() for row in again.Z[again.fidelity == digits.fidelity][:3]}


def test_a_column_of_failures_has_truth_values(tmp_path: Path) -> None:
    digits = nas_problems.make("nb201-digits")
    config = digits.space.decode(digits.space.sample(1, np.random.default_rng(1)))[0]
    pd.DataFrame([{**config, "y": 1.0, "failed": "perhaps"}]).to_csv(tmp_path / "h.csv", index=False)
    with pytest.raises(ValueError, match="column 'failed': wanted True or False, found 'perhaps'"):
        History.read(tmp_path / "h.csv", digits)


def test_empty_cells_of_a_frame_did_not_fail_and_are_of_the_own_fidelity(tmp_path: Path) -> None:
    digits = nas_problems.make("nb201-digits")
    configs = digits.space.decode(digits.space.sample(3, np.random.default_rng(1)))
    cells: list[dict[str, object]] = [
        {"failed": None, "fidelity": None},
        {"failed": True, "fidelity": 1},
        {"failed": False, "fidelity": 2},
    ]
    rows = [{**config, "y": float(i), **cells[i]} for i, config in enumerate(configs)]
    pd.DataFrame(rows).to_csv(tmp_path / "h.csv", index=False)
    known = History.read(tmp_path / "h.csv", digits)
    assert known.y.tolist() == [0.0, 2.0]
    assert known.fidelity is not None and known.fidelity.tolist() == [8.0, 2.0]


def test_parameters_may_have_the_names_of_columns(tmp_path: Path) -> None:
    space = SearchSpace((Integer("failed", 0, 9), Integer("fidelity", 0, 9)))
    named = from_function(lambda config: 1.0, space, name="named")
    (tmp_path / "h.csv").write_text("failed,fidelity,y\n1,7,0.5\n0,3,0.25\n")
    known = History.read(tmp_path / "h.csv", named)
    assert known.Z.tolist() == [[1, 7], [0, 3]] and known.fidelity is None


@pytest.mark.parametrize(
    "parameters",
    [
        (Real("x", -5, 5), Real("y", 0, 9)),
        (Real("value", 0, 9), Integer("y", 0, 9)),
        (Integer("failed", 0, 1), Integer("fidelity", 0, 9), Categorical("reason", ("a", "b"))),
        (Categorical("scaling", ("None", "minmax")), Categorical("fill", ("null", "NA", None))),
        (Ordinal("width", (8, 16, None)), Ordinal("depth", (None, 1, 2.5))),
        (
            Categorical("mixed", (1, "2", None, 1.5)),
            Categorical("written", ("01", "1e-3")),
            Ordinal("text", ("1", "2")),
        ),
        (Categorical("truth", (True, False, None)), Categorical("number", (1, 2, None))),
    ],
)
def test_the_frame_of_a_run_is_read_back_whatever_its_parameters_are(
    parameters: tuple[Parameter, ...], tmp_path: Path
) -> None:
    """A parameter named y was read from the values, and the choice null as None."""
    space = SearchSpace(parameters)
    named = from_function(lambda config: float(len(str(config)) % 10), space, name="named")
    log = optimizers.run("random-search", named, budget=30, seed=1)
    log.frame().to_csv(tmp_path / "h.csv", index=False)
    known = History.read(tmp_path / "h.csv", named)
    np.testing.assert_array_equal(known.Z, log.Z)
    np.testing.assert_array_equal(known.y, log.y)
    with pytest.raises(ValueError, match=r"wanted a column .* of values, found .* and those of parameters"):
        History.read(tmp_path / "h.csv", named, target=f"config.{space.names[-1]}")


def test_values_of_listed_parameters_may_be_written_in_other_ways(tmp_path: Path) -> None:
    space = SearchSpace(
        (Ordinal("width", (8, 16)), Categorical("fill", ("mean", None)), Categorical("on", (True, False)))
    )
    written = from_function(lambda config: 1.0, space, name="written")
    (tmp_path / "h.csv").write_text("width,fill,on,y\n8.0,NA,TRUE,1\n1.6e1,mean,false,2\n8,,1,3\n")
    assert History.read(tmp_path / "h.csv", written).Z.tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    flag = from_function(lambda config: 1.0, SearchSpace((Categorical("on", (0, 1)),)), name="flag")
    (tmp_path / "h.csv").write_text("on,y\nTrue,1\nFalse,2\n1,3\n")
    assert History.read(tmp_path / "h.csv", flag).Z.tolist() == [[1], [0], [1]]


def test_values_at_a_lower_fidelity_are_not_taken_for_full_ones(tmp_path: Path) -> None:
    """After one epoch candidate 1 has 19, after nine 2 has 21: what is known at nine is that of 2 alone."""
    curves = curve_problem(continued=True)
    log = optimizers.run(asking(at([1, 2], 1), [2]), curves, budget=9, seed=1)
    log.frame().to_csv(tmp_path / "h.csv", index=False)
    known = History.read(tmp_path / "h.csv", curves)
    assert known.fidelity is not None and known.fidelity.tolist() == [1, 1, 9]
    again = optimizers.run(asking([1], [2]), curves, budget=9, seed=1, known=known)
    assert again.Z.tolist() == [[1]] and again.y.tolist() == [11.0]
    full = optimizers.run(asking([1, 2]), curves, budget=9, seed=1).frame()
    full.to_csv(tmp_path / "full.csv", index=False)
    assert History.read(tmp_path / "full.csv", curves).fidelity is None
    full.assign(fidelity=[200, 7]).to_csv(tmp_path / "other.csv", index=False)  # a column of something else
    assert History.read(tmp_path / "other.csv", curves).fidelity is None


def test_the_fidelity_may_have_its_own_name(tmp_path: Path) -> None:
    """Values after one epoch were taken for those of full trainings."""
    curves = curve_problem(continued=True)
    frame = optimizers.run(asking(at([1, 2], 1), [2]), curves, budget=9, seed=1).frame()
    frame.rename(columns={"fidelity": curves.fidelities.name}).to_csv(tmp_path / "h.csv", index=False)
    known = History.read(tmp_path / "h.csv", curves)
    assert known.fidelity is not None and known.fidelity.tolist() == [1, 1, 9]


def test_columns_of_raw_values_are_minimised(tmp_path: Path) -> None:
    cells = nas_problems.make("nb201-cifar10")
    Z = cells.space.sample(5, np.random.default_rng(0))
    frame = pd.DataFrame([dict(config) for config in cells.space.decode(Z)])
    frame["acc"] = frame["validation_accuracy"] = 100.0 - cells(Z)
    frame.loc[2, "acc"] = np.nan
    frame.to_csv(tmp_path / "h.csv", index=False)
    np.testing.assert_allclose(History.read(tmp_path / "h.csv", cells).y, cells(Z))
    assert len(History.read(tmp_path / "h.csv", cells, target="acc")) == 4
    assert len(History.read(tmp_path / "h.csv", cells, target="acc:max")) == 4
    with pytest.raises(ValueError, match="target: wanted acc:max"):
        History.read(tmp_path / "h.csv", cells, target="acc:min")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "wanted a csv"),
        ("a,b\n1,2\n", "wanted a column 'value' or 'y' of values, found"),
        ("width,depth,value\n1,2,3\n", "found no .'rate'"),
        ("width,depth,rate,value\n1,2,0.1,\n", "wanted numbers in the column 'value', found none"),
        ("width,depth,rate,value\n99,2,0.1,3\n", "column 'width': "),
        ("width,depth,rate,value\nwide,2,0.1,3\n", "column 'width': "),
        ("width,depth,rate,value\n1,2,7.5,3\n", "column 'rate': "),
        ("width,depth,rate,value\n1,2,,3\n1,2,0.1,3\n", "column 'rate': wanted a value wherever .* found 1 of 2 rows"),
    ],
)
def test_files_that_do_not_fit(text: str, match: str, tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text(text)
    with pytest.raises(ValueError, match=match):
        History.read(tmp_path / "h.csv", problem(tmp_path / "calls"))


def test_cells_of_inactive_parameters_may_be_empty(tmp_path: Path) -> None:
    """Of any kind: an empty cell is not the lowest value where the parameter matters."""
    parameters = (Categorical("model", ("svm", "mlp")), Categorical("kernel", ("rbf", "poly")), Real("rate", 0.1, 1.0))
    conditions = [Condition("kernel", "model", ("svm",)), Condition("rate", "model", ("mlp",))]
    tuned = from_function(lambda config: 1.0, conditional_space(parameters, conditions), name="tuned")
    (tmp_path / "h.csv").write_text("model,kernel,rate,y\nsvm,poly,,1\nmlp,,0.5,2\n")
    np.testing.assert_array_equal(History.read(tmp_path / "h.csv", tuned).Z, [[0, 1, 0.1], [1, 0, 0.5]])
    (tmp_path / "h.csv").write_text("model,kernel,rate,y\nsvm,,,1\nmlp,,0.5,2\n")
    with pytest.raises(
        ValueError, match="column 'kernel': wanted a value wherever the parameter matters, found 1 of 2"
    ):
        History.read(tmp_path / "h.csv", tuned)


def test_what_takes_no_warm_start(tmp_path: Path) -> None:
    known = history_of(tmp_path / "before")

    def own(problem: object) -> None: ...

    with pytest.raises(ValueError, match="chooses its own start"):
        optimizers.run(own, problem(tmp_path / "c"), budget=3, seed=1, known=known)
    with pytest.raises(ValueError, match="known: wanted the initializer uniform"):
        optimizers.run("cma-es", problem(tmp_path / "c"), budget=3, seed=1, known=known, initializer="sobol")
    with pytest.raises(ValueError, match="known"):
        optimizers.run("cma-es", "nb201-cifar10", budget=3, seed=1, known=known)
    with pytest.raises(ValueError, match="history: wanted"):
        History(np.zeros((0, 2)), np.zeros(0))


def test_studies_start_from_a_csv(tmp_path: Path) -> None:
    cells = nas_problems.make("nb201-cifar10")
    optimizers.run("random-search", cells, budget=40, seed=2).frame().to_csv(tmp_path / "h.csv", index=False)
    runner, app = CliRunner(), make_app(["run"])
    words = ["run", "--problems", "nb201-cifar10", "--solvers", "aging-evolution", "--budget", "5", "--runs", "1"]
    words += ["--executor", "serial", "--out", str(tmp_path / "study")]
    done = runner.invoke(app, [*words, "--warm-start", str(tmp_path / "h.csv")])
    assert done.exit_code == 0, done.output
    assert "nb201-cifar10: solvers start from 40 evaluations in " in done.output
    assert (tmp_path / "study" / "warm-start.csv").read_text() == (tmp_path / "h.csv").read_text()
    assert runner.invoke(app, [*words, "--warm-start", str(tmp_path / "h.csv")]).exit_code == 0
    (tmp_path / "other.csv").write_text("y\n1\n")
    refused = runner.invoke(app, [*words, "--warm-start", str(tmp_path / "other.csv")])
    assert refused.exit_code == 2
    assert runner.invoke(app, [*words, "--target", "y"]).exit_code == 2
