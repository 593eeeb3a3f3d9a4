"""A long run survives: what was evaluated is kept as it comes, and is not evaluated again."""

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Integer, SearchSpace, from_function
from nas_problems.array import FloatArray
from nas_problems.parameter import Config
from nas_problems.space import Codes
from optimizers.ioh_format import read_runs
from optimizers.journal_file import JournalError, read_journal
from optimizers.run import AnySolver
from optimizers.runlog import RunLog
from optimizers.solver import At, Task
from tests.optimizers.counted import SPACE, calls, problem, staged

fork = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="forks")
SOLVERS = ("random-search", "aging-evolution", "cma-es", "pymoo-ga", "deap-ga", "one-plus-one-ea", "umda")


def same(first: RunLog, second: RunLog) -> None:
    """Everything but times."""
    for name in ("Z", "y", "failed", "fidelity"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert first.reason == second.reason


def killed(target: Path, dies_after: int, solver: AnySolver, journal: Path, seeds: tuple[int, ...], noise: str) -> None:
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


def test_a_solver_that_does_not_repeat_itself_is_told_what_was_evaluated(tmp_path: Path) -> None:
    """The log stays whole: what was evaluated before comes first in it, and is not evaluated again."""
    journal = tmp_path / "journal"
    before = optimizers.run(Unrepeatable, problem(tmp_path / "calls"), budget=6, seed=3, journal=journal)
    with pytest.warns(UserWarning, match="it is told the 6 evaluations that had finished, and goes on from them"):
        log = optimizers.run(Unrepeatable, problem(tmp_path / "calls"), budget=9, seed=3, journal=journal)
    assert len(log) == 9 == len(calls(tmp_path / "calls")) == len(read_journal(journal).entries)
    np.testing.assert_array_equal(log.Z[:6], before.Z)
    np.testing.assert_array_equal(log.y[:6], before.y)
    assert log.failed.sum() == len(log.reason) and (before.n_told, log.n_told) == (0, 6)
    with pytest.warns(UserWarning, match="it is told the 9 evaluations"):  # nothing is left to search
        same(optimizers.run(Unrepeatable, problem(tmp_path / "calls"), budget=9, seed=3, journal=journal), log)


class Listening:
    """A random search by the clock that notes what it is told, and asks for its first candidates by the initializer."""

    told: ClassVar[list[tuple[bytes, float]]] = []

    def __init__(self, task: Task) -> None:
        self.task, self.rng = task, np.random.default_rng(time.time_ns())
        self.next: Codes = task.start(max(1, task.n_known))

    def ask(self) -> Codes:
        return self.next

    def tell(self, Z: Codes, y: FloatArray) -> None:
        Listening.told += zip(map(bytes, Z), y.tolist(), strict=True)
        self.next = self.task.space.sample(1, self.rng)


@fork
@pytest.mark.filterwarnings("ignore:Listening on counted does not repeat")
def test_the_pairs_of_a_killed_run_are_told(tmp_path: Path) -> None:
    journal, target = tmp_path / "journal", tmp_path / "calls"
    for dies_after in (13, 31):
        killed(target, dies_after, Listening, journal, (), "mean")
    Listening.told.clear()
    log = optimizers.run(Listening, problem(target), budget=50, seed=3, journal=journal)
    assert len(log) == 50 == len(calls(target))
    assert set(zip(map(bytes, log.Z), log.y.tolist(), strict=True)) == set(Listening.told)


@pytest.mark.filterwarnings("ignore:search_by_the_clock on counted does not repeat")
def test_a_function_by_the_clock_goes_on(tmp_path: Path) -> None:
    """It cannot be told; what it asks for again costs nothing, and the log has what was evaluated before."""

    def search_by_the_clock(problem: Any) -> None:
        rng = np.random.default_rng(time.time_ns())
        while True:
            problem(rng.uniform(problem.bounds.lb, problem.bounds.ub))

    for budget in (10, 25):
        log = optimizers.run(
            search_by_the_clock, problem(tmp_path / "calls"), budget=budget, seed=1, journal=tmp_path / "journal"
        )
        assert len(log) == budget == len(calls(tmp_path / "calls"))


class Restless:
    """Asks for other candidates at other fidelities in every run."""

    def __init__(self, task: Task) -> None:
        self.task, self.rng = task, np.random.default_rng(time.time_ns())

    def ask(self) -> At:
        levels = self.task.fidelities.values
        return At(self.task.space.sample(2, self.rng), self.rng.choice(levels, size=2))

    def tell(self, Z: Codes, y: FloatArray) -> None: ...


@pytest.mark.filterwarnings("ignore:Restless on staged")
@pytest.mark.parametrize("objective", [("validation_error",), ("validation_error", "train_seconds")])
def test_fidelities_and_several_objectives_go_on(objective: tuple[str, ...], tmp_path: Path) -> None:
    searched = staged(tmp_path / "calls").variant(objective=objective, instance=2)
    logs = [optimizers.run(Restless, searched, budget=b, seed=1, journal=tmp_path / "journal") for b in (4, 8)]
    first, second = logs
    for name in ("Z", "y", "fidelity", "price", "failed"):
        np.testing.assert_array_equal(getattr(second, name)[: len(first)], getattr(first, name))
    assert len(second) == len(calls(tmp_path / "calls")) and 7 < second.price.sum() <= 8


def test_a_smaller_budget_ends_where_it_does(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    path = journal_of(tmp_path, 10)
    log = optimizers.run("random-search", problem(tmp_path / "calls"), budget=4, seed=3, journal=path)
    assert len(log) == 4 and len(calls(tmp_path / "calls")) == 10 and not recwarn.list


def test_what_was_evaluated_is_not_late(tmp_path: Path) -> None:
    """A run whose time has come when it goes on keeps all that it had evaluated."""
    path = journal_of(tmp_path, 10)
    log = optimizers.run("random-search", problem(tmp_path / "calls"), budget=20, seed=3, journal=path, until=0.0)
    assert 10 <= len(log) <= 11


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


def test_a_stopped_run_says_what_is_kept(tmp_path: Path) -> None:
    def value(config: Config) -> float:
        if config["depth"] == 9:
            raise KeyboardInterrupt
        return float(config["width"])

    searched = from_function(value, SPACE, name="stopped")
    with pytest.raises(KeyboardInterrupt) as caught:
        optimizers.run("random-search", searched, budget=50, seed=1, folder=tmp_path / "mine")
    n = len(read_journal(tmp_path / "mine.unfinished").entries)
    place = tmp_path / "mine.unfinished"
    assert caught.value.__notes__ == [f"{n} evaluations are kept in {place}: the same call goes on from them"]


def test_other_ranges_are_refused(tmp_path: Path) -> None:
    """The same names with other bounds: codes would mean something else."""
    path = tmp_path / "journal"
    searched = from_function(len, SearchSpace((Integer("width", 1, 9),)), name="ranged")
    optimizers.run("random-search", searched, budget=5, seed=1, journal=path)
    wider = from_function(len, SearchSpace((Integer("width", 1, 99),)), name="ranged")
    with pytest.raises(JournalError, match="ranges or choices of ranged have changed since its 5 evaluations"):
        optimizers.run("random-search", wider, budget=5, seed=1, journal=path)
    head, *lines = path.read_text().splitlines(keepends=True)
    older = {name: value for name, value in json.loads(head).items() if name != "space"}
    path.write_text(json.dumps(older) + "\n" + "".join(lines))  # as the version before wrote it
    assert len(optimizers.run("random-search", searched, budget=5, seed=1, journal=path)) == 5


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text('{"journal": 7}\n')
    with pytest.raises(JournalError, match="wanted a journal of version 1, found 7, of another version of iohnas"):
        read_journal(path)
