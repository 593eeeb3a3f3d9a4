"""A warm start: what is known is told, costs nothing, and is not evaluated again."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import nas_problems
import optimizers
from experiments.cli import make_app
from nas_problems import Categorical, Condition, Real, conditional_space, from_function
from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.history import History, KnownInitializer
from optimizers.solver import Task
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
    np.testing.assert_allclose(known.Z, log.Z)
    np.testing.assert_array_equal(known.y, log.y)


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
