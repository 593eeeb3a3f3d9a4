"""Runs that the clock ended, and that go on in a later session."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

import optimizers
from experiments.cli import make_app
from experiments.executor import Failure
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.check import check_folder
from experiments.folder.finished import read_finished
from experiments.folder.record import RECORD_NAME, RunRecord
from experiments.folder.status import read_status
from experiments.folder.tree import JOURNAL
from experiments.session import left_to_do, work_on
from experiments.study import Study
from optimizers.ioh_format import Fault
from tests.experiments.test_long_runs import Clock
from tests.optimizers.counted import calls, problem

END = time.time() + 3600.0
STUDY = Study(("counted",), ("aging-evolution",), budget=30)
runner = CliRunner()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Callable[[StudyFolder, int | None], RunRecord]:
    """Works on a study of one run until the clock has been looked at so many times; None: until the run has ended."""

    def work(folder: StudyFolder, n_looks: int | None) -> RunRecord:
        with monkeypatch.context() as patched:
            if n_looks is not None:
                patched.setattr("optimizers.meter.time", SimpleNamespace(time=Clock(END - n_looks)))
            ((_, outcome),) = work_on(folder, SerialExecutor(), until=None if n_looks is None else END)
        assert isinstance(outcome, RunRecord), outcome
        return outcome

    return work


def refuse(fault: Fault) -> None:
    pytest.fail(str(fault))


Session = Callable[[StudyFolder, int | None], RunRecord]


def test_it_goes_on_as_if_nothing_had_been(counted: Path, tmp_path: Path, session: Session) -> None:
    """Ended after 8 evaluations, then after 20, then at its budget: 30 evaluations, those of an undisturbed run."""
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    (run,) = STUDY.plan()
    for n in (8, 20):
        assert session(folder, n).n_evaluations == n == len(calls(tmp_path / "calls"))
        assert folder.finished() == folder.cut() == {run.key} and not folder.complete()
        assert left_to_do(folder) == (run,) and not list(folder.journals())
        assert read_status(folder).n_cut == 1 and read_status(folder).n_left == 0
        assert not check_folder(folder.path).complaints
    assert session(folder, None).n_evaluations == 30
    assert folder.complete() == {run.key} and not folder.cut() and not left_to_do(folder)
    assert not (folder.run_path(run.key) / JOURNAL).exists() and not (folder.path / "partial").exists()
    whole = optimizers.run("aging-evolution", problem(tmp_path / "whole"), budget=30, seed=run.seed)
    assert calls(tmp_path / "calls") == calls(tmp_path / "whole")
    ((record, log),) = read_finished(folder, refuse)
    assert record.best_value == whole.y.min() and log.n_evaluations == len(whole)


def test_what_a_run_that_the_clock_ended_has_left_is_estimated_at_its_speed(
    counted: Path, tmp_path: Path, session: Session
) -> None:
    """10 of 30 evaluations took 5 seconds: the other 20 take 10, and a run that has not begun takes 15."""
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    (run,) = STUDY.plan()
    session(folder, 10)
    path = folder.run_path(run.key) / RECORD_NAME
    lines = [line for line in path.read_text().splitlines() if not line.startswith("wall_seconds")]
    path.write_text("\n".join([*lines, "wall_seconds = 5.0\n"]))
    found = read_status(folder)
    assert (found.n_left, found.n_cut) == (0, 1)
    assert found.core_seconds == pytest.approx(10) and found.rows[0].seconds == pytest.approx(15)
    two = StudyFolder.prepare(tmp_path / "study", dataclasses.replace(STUDY, runs=2))
    assert read_status(two).core_seconds == pytest.approx(25)
    told = runner.invoke(make_app(), ["status", str(folder.path)]).output
    assert "what is left takes about 25 seconds of one core\n" in told
    assert 5.0 < session(folder, None).wall_seconds < 300.0  # with those of before


def test_what_was_finished_stays_until_more_is(counted: Path, tmp_path: Path, session: Session) -> None:
    """A run that goes on and is killed: its log of before is there, and what it evaluated since is not lost."""
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    (run,) = STUDY.plan()
    session(folder, 8)

    class Killed(BaseException):
        pass

    with pytest.raises(Killed), folder.making(run.key):
        searched = problem(tmp_path / "calls")
        journal = folder.journal_path(run.key)
        assert len(journal.read_text().splitlines()) == 9  # its head, too
        optimizers.run("aging-evolution", searched, budget=15, seed=run.seed, journal=journal)
        raise Killed
    assert RunRecord.read(folder.run_path(run.key)).n_evaluations == 8
    assert len(calls(tmp_path / "calls")) == 15
    assert session(folder, None).n_evaluations == 30 == len(calls(tmp_path / "calls"))


def test_the_longer_one_is_kept(counted: Path, tmp_path: Path, session: Session) -> None:
    """Where the evaluations are gone, and the new session was shorter than the one before."""
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    (run,) = STUDY.plan()
    session(folder, 8)
    (folder.run_path(run.key) / JOURNAL).write_text("")
    assert session(folder, 5).n_evaluations == 5
    assert RunRecord.read(folder.run_path(run.key)).n_evaluations == 8
    assert session(folder, 12).n_evaluations == 12
    assert RunRecord.read(folder.run_path(run.key)).n_evaluations == 12


def test_on_a_table_it_is_made_again(tmp_path: Path, session: Session) -> None:
    study = Study(("nb201-cifar10",), ("one-plus-one-ea",), budget=30)
    folder = StudyFolder.prepare(tmp_path / "study", study)
    (run,) = study.plan()
    assert session(folder, 8).n_evaluations == 8 and folder.cut() == {run.key}
    assert (folder.run_path(run.key) / JOURNAL).read_bytes() == b""
    record = session(folder, None)
    whole = optimizers.run("one-plus-one-ea", "nb201-cifar10", budget=30, seed=run.seed)
    assert record.n_evaluations == 30 and record.cost_seconds == pytest.approx(whole.cost_seconds.sum())


def test_a_run_that_has_used_its_budget_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the time is then; so is one that has used its seconds."""
    with monkeypatch.context() as patched:
        patched.setattr("optimizers.meter.time", SimpleNamespace(time=Clock(END - 10)))
        log = optimizers.run("random-search", problem(tmp_path / "calls"), budget=10, seed=1, until=END)
    assert len(log) == 10 and not log.is_cut
    searched = "nb201-cifar10"
    log = optimizers.run("one-plus-one-ea", searched, budget=10, seed=1, until=0.0, budget_seconds=1e-3)
    assert len(log) == 1 and not log.is_cut
    assert optimizers.run("one-plus-one-ea", searched, budget=10, seed=1, until=0.0).is_cut


def test_a_failure_while_it_goes_on_is_seen(
    counted: Path, tmp_path: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    (run,) = STUDY.plan()
    session(folder, 8)
    with monkeypatch.context() as patched:
        patched.setattr("optimizers.run", lambda *_, **__: 1 / 0)
        ((_, outcome),) = work_on(folder, SerialExecutor())
    assert isinstance(outcome, Failure) and list(read_status(folder).failures) == [run.key]
    assert RunRecord.read(folder.run_path(run.key)).n_evaluations == 8
    session(folder, None)
    assert not read_status(folder).failures


def test_the_command_line_says_what_goes_on(counted: Path, tmp_path: Path, session: Session) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    session(folder, 8)
    app = make_app(["run", "status"])
    done = runner.invoke(app, ["status", str(folder.path)])
    assert "1 finished run ended early, by the clock" in done.output
    assert f"continue with: iohnas run --out {folder.path}" in " ".join(done.output.split())
    words = ["run", "--out", str(folder.path), "--executor", "serial"]
    done = runner.invoke(app, [*words, "--dry-run"])
    assert "finished" not in done.output
    done = runner.invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "going on with 1 run that the clock ended" in done.output
    assert "1 of 1 runs are finished, 0 failed" in done.output and "the time is up" not in done.output
    assert len(calls(tmp_path / "calls")) == 30


def test_logs_of_both_parts_are_one(counted: Path, tmp_path: Path, session: Session) -> None:
    """Rows of the log before are the first rows of the log after."""
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    session(folder, 8)
    ((_, before),) = read_finished(folder, refuse)
    regret = before.columns["regret"].copy()
    session(folder, None)
    ((_, after),) = read_finished(folder, refuse)
    np.testing.assert_array_equal(after.columns["regret"][: len(regret) - 1], regret[:-1])
