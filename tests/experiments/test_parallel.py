"""Evaluations that are spread over workers: the same values as in sequence, and failures that cost one evaluation."""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from typer.testing import CliRunner

import nas_problems
import optimizers
from experiments.cli import make_app
from experiments.commands.run import executors_of
from experiments.executor import Executor, Failure, Settings, make_executor
from experiments.executors.local import LocalExecutor
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.parallel import in_parallel
from experiments.process import PROCESS, load_plugins
from experiments.session import work_on
from experiments.study import Study
from experiments.unit import Spread
from nas_problems import Evaluations, Problem
from nas_problems.evaluators.function import FunctionEvaluator
from optimizers.journal_file import read_journal
from tests.experiments import trained
from tests.nas_problems import tiny
from tests.optimizers.counted import staged

T = TypeVar("T")
R = TypeVar("R")


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with closing(LocalExecutor(2, time_limit=6.0, memory_bytes=3 * 2**29)) as made:
        yield made


class Shuffled(SerialExecutor):
    """Carries out units in another order, and says which."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.n_units: list[int] = []

    def __call__(self, work: Callable[[T], R], units: deque[T]) -> Iterator[tuple[T, R | Failure]]:
        self.n_units.append(len(units))
        taken = [units.popleft() for _ in range(len(units))]
        return super().__call__(work, deque(taken[int(i)] for i in self.rng.permutation(len(taken))))


def evaluated(problem: Problem, n: int = 12) -> list[Evaluations]:
    """Two batches, the second of which has rows of the first."""
    rng = np.random.default_rng(1)
    Z = problem.space.sample(n, rng)
    return [problem.evaluate(Z, rng=rng), problem.evaluate(np.concatenate([Z[:3], Z[:3]]), rng=rng)]


def assert_same(found: Evaluations, wanted: Evaluations) -> None:
    assert dict(found.reason) == dict(wanted.reason)
    np.testing.assert_array_equal(found.failed, wanted.failed)
    for name in wanted.metrics:
        if not name.endswith("seconds"):
            np.testing.assert_array_equal(found.metrics[name], wanted.metrics[name])


@pytest.mark.parametrize("noise", ["mean", "sampled", "seed-5"])
@pytest.mark.parametrize("make", [trained.problem, trained.estimator_problem])
def test_values_are_those_of_the_sequence_in_any_order(make: Callable[[], Problem], noise: str) -> None:
    problem = make().variant(noise=noise)
    spread = in_parallel(make().variant(noise=noise), Shuffled())
    for found, wanted in zip(evaluated(spread, 5), evaluated(problem, 5), strict=True):
        assert_same(found, wanted)


def test_a_run_gives_the_same_log_but_for_times(executor: Executor) -> None:
    problem = trained.problem().variant(noise="sampled", instance=2)
    for solver in ("random-search", "deap-ga"):
        wanted = optimizers.run(solver, problem, budget=40, seed=3)
        found = optimizers.run(solver, in_parallel(problem, executor), budget=40, seed=3)
        for name in ("Z", "y", "failed"):
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
        assert wanted.failed.any() and not wanted.failed.all()


def test_limits_and_deaths_are_failed_evaluations(executor: Executor) -> None:
    problem = in_parallel(trained.problem(trained.SPACE), executor)
    Z = np.array([[kind, 2, 3] for kind in range(len(trained.KINDS))])
    found = problem.evaluate(Z)
    assert list(found.failed) == [False, True, True, True, True, True]
    assert found.reason == {
        1: "ValueError: cannot be built",
        2: "wanted a finite value, found inf",
        3: "the worker process was killed by SIGKILL, as the system does when memory runs out",
        4: "stopped after the time limit of 6 seconds",
        5: "MemoryError",
    }
    assert found.cost_seconds[4] >= 6
    np.testing.assert_array_equal(problem.minimised(found)[1:], trained.VALUE.penalty)
    assert problem.minimised(found)[0] == trained.problem(trained.SPACE)(Z[:1])[0]


def test_an_evaluator_that_cannot_evaluate_anything_is_an_error(executor: Executor) -> None:
    evaluator = trained.Unavailable(trained.SPACE, trained.value, trained.VALUE)
    problem = dataclasses.replace(trained.problem(trained.SPACE), evaluator=evaluator)
    with pytest.raises(RuntimeError, match="evaluation: ImportError: problems train"):
        in_parallel(problem, executor)([[0, 1, 1]])


@pytest.mark.parametrize(("kind", "n_units"), [(trained.Remembering, [12]), (FunctionEvaluator, [12, 6])])
def test_what_is_remembered_is_not_evaluated_again(kind: type[FunctionEvaluator], n_units: list[int]) -> None:
    evaluator = kind(trained.SPACE, trained.value, trained.VALUE)
    problem = dataclasses.replace(trained.problem(trained.GOOD_SPACE), evaluator=evaluator)
    shuffled = Shuffled()
    evaluated(in_parallel(problem, shuffled))
    assert shuffled.n_units == n_units


def test_tables_stay_where_they_are() -> None:
    problem = tiny.table_problem()
    assert in_parallel(problem, SerialExecutor()) is problem


def test_nothing_to_evaluate() -> None:
    problem = in_parallel(trained.problem(), SerialExecutor())
    assert len(problem.evaluate(np.zeros((0, 3), dtype=np.int64))) == 0


def test_an_evaluator_that_cannot_be_sent() -> None:
    evaluator = FunctionEvaluator(trained.SPACE, lambda config: 1.0, trained.VALUE)
    problem = dataclasses.replace(trained.problem(trained.SPACE), evaluator=evaluator)
    with pytest.raises(ValueError, match="evaluations: the evaluator cannot be sent to other processes"):
        in_parallel(problem, SerialExecutor())


def test_an_asynchronous_solver_logs_what_was_evaluated(executor: Executor, tmp_path: Path) -> None:
    """On processes the order may differ from run to run; what is logged is what was evaluated."""
    problem = in_parallel(staged(tmp_path / "calls"), executor)
    log = optimizers.run("asha", problem, budget=9, seed=1, journal=tmp_path / "journal")
    y = [staged(tmp_path / "x").evaluate(log.Z[[i]], fidelity=float(log.fidelity[i])) for i in range(len(log))]
    np.testing.assert_array_equal(log.failed, np.concatenate([each.failed for each in y]))
    known = np.concatenate([each.metrics["validation_error"] for each in y])
    np.testing.assert_array_equal(log.y[~log.failed], known[~log.failed])
    assert len(read_journal(tmp_path / "journal").entries) == len(log)


# ---- studies


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "plugin.py"
    path.write_text("from tests.experiments.trained import register\n\nregister()\n")
    load_plugins([path])
    yield path
    trained.unregister()
    PROCESS.forget()


def rows_but_times(folder: StudyFolder) -> list[list[str]]:
    """Cells of all logs, without the column ``cost``."""
    lines = [line.split() for path in sorted(folder.runs_path.rglob("*.dat")) for line in path.read_text().splitlines()]
    assert lines[0][3] == "cost"
    return [cells[:3] + cells[4:] for cells in lines]


def test_a_study_gives_the_same_values(plugin: Path, tmp_path: Path) -> None:
    study = Study(("trained",), ("random-search", "deap-ga"), budget=20, runs=2, noise=("sampled",))
    found = []
    for spread in (None, Spread("local", Settings(workers=2))):
        folder = StudyFolder.prepare(tmp_path / str(spread is None), study)
        with closing(make_executor("local", Settings(workers=1))) as executor:
            assert len(list(work_on(folder, executor, plugins=(str(plugin),), evaluations=spread))) == 4
        assert not folder.failures()
        found.append(rows_but_times(folder))
    assert len(found[0]) == 4 * 21
    assert found[0] == found[1]


def test_executors_of_a_command_line() -> None:
    executor, spread = executors_of("local", Settings(workers=3, time_limit=60.0), "evaluations", 2.0)
    assert isinstance(executor, LocalExecutor)
    assert (executor.n_workers, executor.time_limit) == (1, 60.0)
    assert spread == Spread("local", Settings(workers=3, time_limit=2.0))
    executor, spread = executors_of("local", Settings(workers=3), "runs", None)
    assert isinstance(executor, LocalExecutor)
    assert (executor.n_workers, spread) == (3, None)
    _, spread = executors_of("serial", Settings(), "runs", 2.0)
    assert spread == Spread("local", Settings(workers=1, time_limit=2.0))
    with pytest.raises(ValueError, match="serial has no workers for evaluations"):
        executors_of("serial", Settings(), "evaluations", None)
    with pytest.raises(ValueError, match="parallel: wanted runs or evaluations, found 'all'"):
        executors_of("local", Settings(), "all", None)
    with pytest.raises(ValueError, match="evaluation_limit: wanted > 0, found 0"):
        executors_of("local", Settings(), "runs", 0.0)


_DIES = """
import os
import nas_problems
from nas_problems import Integer, SearchSpace, from_function

def f(config):
    return config["n"] if config["n"] > 2 else os._exit(7)

space = SearchSpace((Integer("n", 1, 4),))
nas_problems.register("dies-at-times", summary="ends its process", family="test")(
    lambda: from_function(f, space, name="dies-at-times", function_id=30001)
)
"""


def test_a_candidate_that_ends_the_process_of_its_run_is_a_failed_evaluation_with_a_limit(tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text(_DIES)
    out = ["--out", str(tmp_path / "study"), "--import", str(tmp_path / "dies.py"), "--workers", "1", "--retries", "0"]
    flags = ["--problems", "dies-at-times", "--solvers", "random-search", "--budget", "8", "--runs", "1"]
    try:
        first = CliRunner().invoke(make_app(), ["run", *out, *flags])
        assert first.exit_code == 1 and "ended with exit status 7" in first.output
        assert "with --evaluation-limit SECONDS candidates have a process of their own" in first.output
        second = CliRunner().invoke(make_app(), ["run", *out, "--evaluation-limit", "300"])
        assert second.exit_code == 0 and "of the 8 evaluations of 1 run failed" in second.output
        assert "--evaluation-limit" not in second.output
    finally:
        nas_problems.problems.unregister("dies-at-times")
        PROCESS.forget()
