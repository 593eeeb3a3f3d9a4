"""Runs that take long: ended by the clock, watched from outside, killed and continued."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import numpy as np
import pytest
from typer.testing import CliRunner

import optimizers
from experiments.best import best_so_far, current_best, write_best
from experiments.cli import make_app
from experiments.executor import Failure
from experiments.executors.local import LocalExecutor
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.record import RunRecord
from experiments.folder.running import Running, running, running_alone
from experiments.parallel import in_parallel
from experiments.ready import at_once
from experiments.session import left_to_do, work_on
from experiments.study import Study
from nas_problems.metric import Metric
from optimizers.journal_file import UNFINISHED
from optimizers.meter import Meter
from tests.experiments import trained
from tests.optimizers.counted import PLUGIN, calls, problem
from tests.optimizers.curves import asking, at, live_curves

T = TypeVar("T")
R = TypeVar("R")


STUDY = Study(("counted",), ("random-search",), budget=50)


class Clock:
    """A clock that goes on by a second at every look."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.mark.parametrize("solver", ["random-search", "pymoo-ga", "deap-ga", "cma-es", "one-plus-one-ea"])
def test_a_run_that_reaches_its_time_is_finished(solver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizers.meter.time", SimpleNamespace(time=Clock()))
    log = optimizers.run(solver, problem(tmp_path / "calls"), budget=50, seed=1, until=1008.0)
    monkeypatch.undo()
    assert len(log) == 8 == len(calls(tmp_path / "calls"))
    whole = optimizers.run(solver, problem(tmp_path / "whole"), budget=50, seed=1)
    np.testing.assert_array_equal(log.Z, whole.Z[:8])


def test_a_time_that_has_passed_leaves_one_evaluation(tmp_path: Path) -> None:
    assert len(optimizers.run("pymoo-ga", problem(tmp_path / "calls"), budget=50, seed=1, until=0.0)) == 1
    table = optimizers.run("random-search", "nb201-cifar10", budget=50, seed=1, until=0.0)
    assert 1 <= len(table) <= 50


def test_several_workers_end_together(tmp_path: Path) -> None:
    """As many candidates as there are workers are begun at a time."""
    executor = LocalExecutor(2)
    searched = in_parallel(trained.problem(), executor)
    meter = Meter(searched, 20, np.random.default_rng(1), until=0.0)
    assert len(meter.evaluate(searched.space.sample(10, np.random.default_rng(1)))) == 2 and not meter.left
    executor.close()


def test_a_study_that_reaches_its_time_leaves_the_rest(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    outcomes = []
    end = time.time() + 3600
    for _, outcome in work_on(folder, SerialExecutor(), until=end):
        outcomes.append(outcome)
        if len(outcomes) == 3:
            monkeypatch.setattr("experiments.session.time", SimpleNamespace(time=lambda: end + 1))
    assert not any(isinstance(outcome, Failure) for outcome in outcomes)
    assert len(folder.finished()) == len(outcomes) == 4  # the one that was being made, too
    assert len(left_to_do(folder)) == len(study.plan()) - 4


def test_what_has_not_begun_in_time_is_left_to_do(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    assert list(work_on(folder, SerialExecutor(), until=1.0)) == []
    assert len(left_to_do(folder)) == len(study.plan()) and not folder.failures()


def test_how_far_a_run_is_can_be_seen(counted: Path, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    (run,) = STUDY.plan()
    seen: list[Running] = []

    class Watching(SerialExecutor):
        def __call__(self, work: Callable[[T], R], units: deque[T]) -> Iterator[tuple[T, R | Failure]]:
            journal = folder.journal_path(run.key)
            optimizers.run("random-search", "counted", budget=50, seed=run.seed, until=0.0, journal=journal)
            seen.extend(running(folder).values())
            yield from super().__call__(work, units)

    ((_, record),) = work_on(folder, Watching(), plugins=(str(counted),))
    assert isinstance(record, RunRecord) and record.n_evaluations == 50
    assert [(state.n_evaluations, state.budget) for state in seen] == [(1, 50)]
    assert seen[0].in_words.startswith("1 of 50 evaluations")
    assert running(folder) == {} and not (folder.path / "journal").exists()
    assert len(calls(tmp_path / "calls")) == 50  # the first one was not evaluated again


def test_the_best_so_far_is_known_while_a_run_lasts(counted: Path, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    (run,) = STUDY.plan()
    log = optimizers.run("random-search", "counted", budget=7, seed=run.seed, journal=folder.journal_path(run.key))
    (found,) = best_so_far(folder)
    assert (found.value, found.config, found.evaluation) == (log.y.min(), log.best_config, log.best + 1)
    write_best(folder, [found])
    assert json.loads((folder.path / "best.json").read_text())[0]["config"] == log.best_config
    larger = replace(STUDY, budget=60)  # what has begun can go on for longer
    assert StudyFolder.prepare(folder.path, larger).study.budget == 60
    for _ in work_on(StudyFolder.open(folder.path), SerialExecutor(), plugins=(str(counted),)):
        pass
    assert len(calls(tmp_path / "calls")) == 60
    with pytest.raises(ValueError, match="budget: wanted 60, found 70"):
        StudyFolder.prepare(folder.path, replace(STUDY, budget=70))


@pytest.mark.parametrize("continued", [True, False])
def test_how_far_a_run_of_several_fidelities_is(continued: bool, tmp_path: Path) -> None:
    """Its journal has what its log has: what was spent of the budget, and the incumbent at the highest fidelity."""
    solver = asking(at([1, 2, 3], 1), at([2], 3))
    path = tmp_path / f"log{UNFINISHED}"
    log = optimizers.run(solver, live_curves(continued=continued), budget=5, seed=1, journal=path)
    alone = running_alone(path)
    assert alone is not None
    state = alone[1]
    assert state.n_evaluations == pytest.approx(log.price.sum()) == pytest.approx((5 if continued else 6) / 9)
    assert state.best == log.y[log.best] == 23.0
    spent = "0.556" if continued else "0.667"
    assert state.so_far == f"{spent} of 5 evaluations (4 count as shares of full ones), best error 23 at epochs 3 of 9"


def test_the_end_by_the_clock() -> None:
    state = Running(12, 50, Metric("value"), 8.43, 180.0)
    assert state.until(60.0).end_seconds == 60 and state.until(float("inf")).end_seconds == 180
    assert Running(0, 50, Metric("value"), 1.0, None).until(float("inf")).end_seconds is None


def test_status_of_a_single_run(tmp_path: Path) -> None:
    """Interrupted and finished; other folders are refused as before."""
    app = make_app(["status"])
    searched = problem(tmp_path / "calls")
    optimizers.run("random-search", searched, budget=5, seed=1, journal=tmp_path / "mine.unfinished")
    for place in ("mine", "mine.unfinished"):
        done = runner.invoke(app, ["status", str(tmp_path / place)])
        assert "interrupted" in done.output and "random-search on counted, seed 1: 5 of 5 evaluations" in done.output
    optimizers.run("random-search", searched, budget=5, seed=1, folder=tmp_path / "mine")
    done = runner.invoke(app, ["status", str(tmp_path / "mine")])
    assert "random-search on counted: finished, 5 evaluations, best" in done.output
    done = runner.invoke(app, ["status", str(tmp_path)])
    assert done.exit_code == 2


def test_the_number_of_workers_becomes_part_of_a_study(counted: Path, tmp_path: Path) -> None:
    """With evaluations in parallel, solvers ask for as many candidates; a study that has begun goes on as it was."""
    folder = StudyFolder(tmp_path / "study")
    study = at_once(STUDY, folder, 3)
    assert study.parallel_evaluations == 3 and study.plan()[0].parallel_evaluations == 3
    StudyFolder.prepare(folder.path, study)
    assert StudyFolder.open(folder.path).study == study == at_once(STUDY, folder, 5)
    with pytest.raises(ValueError, match="parallel_evaluations: wanted 3, found 1"):
        StudyFolder.prepare(folder.path, STUDY)


def test_words() -> None:
    state = Running(12, 50, Metric("value"), 8.43, 180.0)
    assert state.in_words == "12 of 50 evaluations, best value 8.43, ends in about 3 minutes"
    assert Running(0, 50, Metric("value"), float("nan"), None).in_words == "0 of 50 evaluations"


@pytest.mark.parametrize(
    "content", ["", "{}\n", "x", '{"journal": 1}\n', '{"journal": 1, "budget": "many"}\n', "[" * 10_000]
)
def test_other_files_among_journals_do_not_disturb(content: str, study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    path = folder.journal_path(study.plan()[0].key)
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert running(folder) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="kills")
def test_a_killed_study_goes_on_within_a_run(tmp_path: Path) -> None:
    """SIGKILL in the middle of a run of 50 evaluations: at most one is lost, and none is made twice."""
    plugin, target, out = tmp_path / "plugin.py", tmp_path / "calls", tmp_path / "study"
    words = ["run", "--out", str(out), "--problems", "counted", "--solvers", "aging-evolution", "--budget", "50"]
    words += ["--runs", "1", "--executor", "serial", "--retries", "0", "--import", str(plugin)]
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    plugin.write_text(PLUGIN.format(target=str(target), dies_after=20))
    script = "from experiments.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL and len(calls(target)) == 20, done.stderr
    plugin.write_text(PLUGIN.format(target=str(target), dies_after=-1))
    done = subprocess.run(
        [sys.executable, "-c", script, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(calls(target)) == 50 and "best of counted: value" in done.stdout
    whole = optimizers.run("aging-evolution", problem(tmp_path / "whole"), budget=50, seed=_seed(out))
    assert calls(target) == calls(tmp_path / "whole") and len(whole) == 50
    (found,) = json.loads((out / "best.json").read_text())
    assert found["value"] == whole.y.min() and found["config"] == dict(whole.best_config)


def _seed(out: Path) -> int:
    folder = StudyFolder.open(out)
    (key,) = folder.finished()
    return RunRecord.read(folder.run_path(key)).seed


# ---- the command line

runner = CliRunner()


def test_the_best_is_printed(tmp_path: Path) -> None:
    app = make_app(["run", "status"])
    words = ["--problems", "nb201-cifar10", "--solvers", "random-search,local-search", "--budget", "20", "--runs", "2"]
    out = ["--out", str(tmp_path / "study")]
    done = runner.invoke(app, ["run", *words, *out, "--executor", "serial", "--for", "1h"])
    assert done.exit_code == 0, done.output
    line = next(line for line in done.output.splitlines() if line.startswith("best of nb201-cifar10"))
    (best, *_) = current_best(StudyFolder.open(tmp_path / "study"))
    assert best.config_in_words in line and best.algorithm in line and "±" in line
    assert line in runner.invoke(app, ["status", out[1]]).output
    (tmp_path / "study" / "best.json").write_text('[{"problem": 3}]')  # changed by somebody
    assert line in runner.invoke(app, ["status", out[1]]).output


@pytest.mark.parametrize("words", [["--until", "25:00"], ["--for", "10"], ["--for", "1h", "--until", "10:00"]])
def test_times_that_cannot_be(words: list[str], tmp_path: Path) -> None:
    app = make_app(["run"])
    arguments = [
        "run",
        "--problems",
        "nb201-cifar10",
        "--solvers",
        "random-search",
        "--out",
        str(tmp_path / "s"),
        *words,
    ]
    done = runner.invoke(app, arguments)
    assert done.exit_code == 2 and not (tmp_path / "s").exists()
