"""A long run survives: what was evaluated is kept as it comes, and is not evaluated again."""

import json
import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import from_function
from nas_problems.array import FloatArray
from nas_problems.parameter import Config
from nas_problems.space import Codes
from optimizers.ioh_format import read_runs
from optimizers.journal import JournalError, read_journal
from optimizers.runlog import RunLog
from optimizers.solver import Task
from tests.optimizers.counted import SPACE, calls, problem

fork = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="forks")
SOLVERS = ("random-search", "aging-evolution", "cma-es", "pymoo-ga", "deap-ga", "one-plus-one-ea", "umda")


def same(first: RunLog, second: RunLog) -> None:
    """Everything but times."""
    for name in ("Z", "y", "failed", "fidelity"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert first.reason == second.reason


def killed(target: Path, dies_after: int, solver: str, journal: Path, seeds: tuple[int, ...], noise: str) -> None:
    """A run of 50 evaluations in another process, which dies in one of them."""

    def work() -> None:
        searched = problem(target, dies_after, seeds=seeds).variant(noise=noise)
        optimizers.run(solver, searched, budget=50, seed=3, journal=journal)
        os._exit(7)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == -9


@fork
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_killed_run_goes_on_where_it_was(solver: str, tmp_path: Path) -> None:
    """At most the evaluation in progress is lost, the trajectory is the same, and nothing is trained twice."""
    undisturbed = optimizers.run(solver, problem(tmp_path / "whole"), budget=50, seed=3)
    journal, target = tmp_path / "run.journal", tmp_path / "calls"
    for dies_after in (13, 31):
        killed(target, dies_after, solver, journal, (), "mean")
        assert len(read_journal(journal).entries) == len(calls(target)) == dies_after
    resumed = optimizers.run(solver, problem(target), budget=50, seed=3, journal=journal)
    same(resumed, undisturbed)
    assert calls(target) == calls(tmp_path / "whole")
    assert len(read_journal(journal).entries) == 50


@fork
@pytest.mark.parametrize("noise", ["mean", "sampled", "seed-2"])
def test_noise_is_drawn_as_if_nothing_had_happened(noise: str, tmp_path: Path) -> None:
    whole = problem(tmp_path / "whole", seeds=(0, 1, 2)).variant(noise=noise)
    undisturbed = optimizers.run("pymoo-ga", whole, budget=50, seed=3)
    killed(tmp_path / "calls", 20, "pymoo-ga", tmp_path / "journal", (0, 1, 2), noise)
    again = problem(tmp_path / "calls", seeds=(0, 1, 2)).variant(noise=noise)
    same(optimizers.run("pymoo-ga", again, budget=50, seed=3, journal=tmp_path / "journal"), undisturbed)
    assert len(calls(tmp_path / "calls")) <= len(calls(tmp_path / "whole")) + 2  # seeds of one evaluation


@fork
def test_the_journal_of_a_folder_is_gone_when_the_log_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "results" / "mine"
    killed(tmp_path / "calls", 20, "random-search", folder.with_name("mine.unfinished"), (), "mean")
    log = optimizers.run("random-search", problem(tmp_path / "calls"), budget=50, seed=3, folder=folder)
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]
    assert len(calls(tmp_path / "calls")) == 50 and len(read_runs(folder)) == 1 and len(log) == 50


def journal_of(tmp_path: Path, budget: int = 10) -> Path:
    optimizers.run("random-search", problem(tmp_path / "calls"), budget=budget, seed=3, journal=tmp_path / "journal")
    return tmp_path / "journal"


@pytest.mark.parametrize(
    "torn",
    [
        b'{"code": [1',
        b"\x00\x00",
        b'{"code": [1.0]}\n{"x": 1}\n',
        b"[]\n",
        b'{"code": "abc", "metrics": {}}\n',
        b"\xff\n",
    ],
)
def test_a_line_that_is_not_whole_was_never_written(torn: bytes, tmp_path: Path) -> None:
    path = journal_of(tmp_path)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:6]) + torn)
    assert len(read_journal(path).entries) == 5
    optimizers.run("random-search", problem(tmp_path / "calls"), budget=10, seed=3, journal=path)
    assert [json.loads(line)["metrics"] for line in path.read_bytes().splitlines()[1:]] == [
        json.loads(line)["metrics"] for line in lines[1:]
    ]
    assert len(calls(tmp_path / "calls")) == 15


@pytest.mark.parametrize(
    "change",
    [{"seed": 4}, {"solver": "cma-es"}, {"problem": problem(Path("x")).variant(objective="train_seconds")}],
)
def test_the_journal_of_another_run_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = journal_of(tmp_path)
    arguments = {"solver": "random-search", "problem": problem(tmp_path / "calls"), "budget": 10, "seed": 3} | change
    with pytest.raises(JournalError, match=r"wanted the unfinished run of .* found another; remove it to start anew"):
        optimizers.run(**arguments, journal=path)  # type: ignore[arg-type]  # of several types
    path.write_text("no journal\n")
    with pytest.raises(JournalError, match="wanted a journal of a run"):
        optimizers.run("random-search", problem(tmp_path / "calls"), budget=10, seed=3, journal=path)


def test_a_larger_budget_goes_on(tmp_path: Path) -> None:
    path = journal_of(tmp_path, 10)
    optimizers.run("random-search", problem(tmp_path / "calls"), budget=15, seed=3, journal=path)
    assert len(calls(tmp_path / "calls")) == 15


def test_evaluations_by_other_code_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "of_a_user.py").write_text("def value(config):\n    return 1.0\n")
    import importlib

    module = importlib.import_module("of_a_user")  # the function of a module that a user edits
    path = tmp_path / "journal"
    optimizers.run("random-search", from_function(module.value, SPACE, name="x"), budget=5, seed=1, journal=path)
    (tmp_path / "of_a_user.py").write_text("def value(config):\n    return 2.0  # better\n")
    importlib.reload(module)
    with pytest.warns(UserWarning, match=r"5 evaluations are not used: the code of the problem has changed since"):
        log = optimizers.run(
            "random-search", from_function(module.value, SPACE, name="x"), budget=5, seed=1, journal=path
        )
    assert log.y.tolist() == [2.0] * 5
    assert len(read_journal(tmp_path / "journal.outdated").entries) == 5


class Unrepeatable:
    """Asks for something else in every run."""

    n_made = 0

    def __init__(self, task: Task) -> None:
        Unrepeatable.n_made += 1
        self.task, self.rng = task, np.random.default_rng(Unrepeatable.n_made)

    def ask(self) -> Codes:
        return self.task.space.sample(1, self.rng)

    def tell(self, Z: Codes, y: FloatArray) -> None: ...


def test_it_is_said_that_a_solver_cannot_be_replayed(tmp_path: Path) -> None:
    arguments = {"problem": problem(tmp_path / "calls"), "budget": 6, "seed": 3, "journal": tmp_path / "journal"}
    optimizers.run(Unrepeatable, **arguments)  # type: ignore[arg-type]  # of several types
    with pytest.warns(UserWarning, match="cannot be replayed: 6 of 6 finished evaluations"):
        optimizers.run(Unrepeatable, **arguments)  # type: ignore[arg-type]


def test_tables_keep_no_journal(tmp_path: Path) -> None:
    optimizers.run("random-search", "nb201-cifar10", budget=20, seed=1, journal=tmp_path / "journal")
    assert not (tmp_path / "journal").exists()


@pytest.mark.filterwarnings("ignore:large")  # which says what the test wants
def test_the_best_of_a_journal_is_not_one_that_failed(tmp_path: Path) -> None:
    def value(config: Config) -> float:
        if config["width"] > 5:
            raise RuntimeError("no")
        return 2e9 + float(config["width"])  # worse than the penalty

    log = optimizers.run(
        "random-search", from_function(value, SPACE, name="large"), budget=20, seed=1, journal=tmp_path / "journal"
    )
    journal = read_journal(tmp_path / "journal")
    assert log.failed.any() and journal.best == log.y[~log.failed].min()
    assert replace(journal, entries=()).best != replace(journal, entries=()).best


def test_names_of_all_solvers_are_those_that_are_replayed() -> None:
    assert set(SOLVERS) <= set(optimizers.names(collected=False))
    assert "nb201-cifar10" in nas_problems.names()


@pytest.fixture(autouse=True)
def _numbered() -> Iterator[None]:
    Unrepeatable.n_made = 0
    yield
