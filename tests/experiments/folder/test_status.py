"""How far a study is, seen from outside while others work."""

import dataclasses
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import nas_problems
import optimizers
from experiments.cli import main
from experiments.folder import StudyFolder
from experiments.folder.record import RECORD_NAME, RunRecord
from experiments.folder.repair import repair_folder
from experiments.folder.status import read_status
from experiments.process import PROCESS
from experiments.session import left_to_do
from experiments.study import Study
from experiments.unit import execute
from optimizers.lock import LOCK_NAME, Holder
from tests.nas_problems.failing import failing, patience

KEY = "tiny-table/random-search/i1-s1"


def printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["status", str(folder)])
    assert ended.value.code == 0
    return capsys.readouterr().out


def make(folder: StudyFolder, n: int) -> None:
    for run in left_to_do(folder)[:n]:
        execute(run, folder=str(folder.path), suite=folder.study.suite, plugins={})


@pytest.fixture
def fresh(study: Study, tmp_path: Path) -> StudyFolder:
    return StudyFolder.prepare(tmp_path / "study", study)


def test_nothing_is_done_yet(fresh: StudyFolder, capsys: pytest.CaptureFixture[str]) -> None:
    found = read_status(fresh)
    assert (found.n_done, found.n_left, found.holder, found.end_seconds) == (0, 16, None, None)
    assert found.core_seconds != found.core_seconds
    text = printed(fresh.path, capsys)
    assert "0 of 16 runs are finished, 16 are left, 0 failed\n" in text
    assert f"no session is at work; continue with: iohnas run --out {fresh.path}\n" in text


def test_what_is_left_is_estimated_from_what_is_done(fresh: StudyFolder) -> None:
    make(fresh, 4)
    for row in read_status(fresh).rows:
        assert row.n_done + row.n_left == 4
        assert (row.seconds > 0) is (row.n_done > 0)
    found = read_status(fresh)
    for path in fresh.runs_path.glob(f"*/*/*/{RECORD_NAME}"):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("wall_seconds")]
        path.write_text("\n".join([*lines, "wall_seconds = 5.0\n"]))
    assert found.n_left == 12
    assert read_status(fresh).core_seconds == pytest.approx(60)


def test_who_is_at_work_and_at_what(
    fresh: StudyFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh.locked():
        make(fresh, 4)
        with pytest.raises(KeyError), fresh.making(left_to_do(fresh)[0].key):
            found = read_status(fresh)
            assert found.holder is not None
            assert (found.holder.pid, found.n_done, found.n_left) == (os.getpid(), 4, 12)
            assert list(found.running) == [left_to_do(fresh)[0].key]
            assert sum(row.n_running for row in found.rows) == 1
            assert found.end_seconds is not None
            assert found.end_seconds > 0
            text = printed(fresh.path, capsys)
            raise KeyError
    assert "4 of 16 runs are finished, 12 are left, 0 failed, 1 in progress\n" in text
    assert f"at work: process {os.getpid()} on {platform.node()} since " in text
    assert f"seconds, by process {os.getpid()} on {platform.node()}\n" in text
    assert "at the speed so far it ends in " in text
    after = read_status(fresh)
    assert (after.holder, dict(after.running), after.end_seconds) == (None, {}, None)


def test_the_end_follows_from_the_speed_of_the_session(fresh: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four runs of two seconds each in four seconds, two at a time: twelve more take twelve seconds."""
    make(fresh, 4)
    now = time.time()
    for path in fresh.runs_path.glob(f"*/*/*/{RECORD_NAME}"):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("wall_seconds")]
        path.write_text("\n".join([*lines, "wall_seconds = 2.0\n"]))
    monkeypatch.setattr("experiments.folder.status.time.time", lambda: now + 1000.0)
    with fresh.locked():
        note = dataclasses.replace(Holder.this(), since=now + 996.0)
        (fresh.path / LOCK_NAME).write_text(note.note)
        assert read_status(fresh).end_seconds is None  # no run in this session yet
        for path in fresh.runs_path.glob(f"*/*/*/{RECORD_NAME}"):
            os.utime(path, (now + 998.0, now + 998.0))
        assert read_status(fresh).end_seconds == pytest.approx(12.0)


def test_what_a_killed_session_left_is_not_running(fresh: StudyFolder) -> None:
    left = fresh.path / "partial" / f"{platform.node()}-{2**22 + 1}" / f"{KEY}.making"
    left.parent.mkdir(parents=True)
    left.touch()
    (fresh.path / LOCK_NAME).write_text(dataclasses.replace(Holder.this(), pid=2**22 + 1).note)
    found = read_status(fresh)
    assert (found.holder, dict(found.running)) == (None, {})
    assert left.exists()  # readers clean nothing


def test_failures_with_reasons_and_attempts(fresh: StudyFolder, capsys: pytest.CaptureFixture[str]) -> None:
    other = KEY.replace("s1", "s2")
    for key in (KEY, KEY, other):
        fresh.note_failure(key, "RuntimeError: diverged")
    found = read_status(fresh)
    assert {key: failure.attempts for key, failure in found.failures.items()} == {KEY: 2, other: 1}
    text = printed(fresh.path, capsys)
    assert f"failed 2 times: {KEY}: RuntimeError: diverged\n" in text
    assert f"failed once: {other}: RuntimeError: diverged\n" in text
    make(fresh, 16)
    assert not read_status(fresh).failures


def test_merges_and_repairs_that_are_due_are_named(
    finished: StudyFolder, study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert read_status(finished).n_unmerged == 0
    (finished.run_path(KEY) / RECORD_NAME).write_text("seed = ")
    repair_folder(finished.path)
    found = read_status(finished)
    assert (found.n_left, found.n_damaged) == (1, 1)
    assert f"moved aside: 1 damaged run, with the reasons: {finished.path / 'damaged'}" in printed(
        finished.path, capsys
    )
    make(finished, 1)
    os.utime(finished.run_path(KEY) / RECORD_NAME)
    assert read_status(finished).n_unmerged == 1
    assert f"not merged yet: 1 finished run; see iohnas merge {finished.path}\n" in printed(finished.path, capsys)


def test_a_folder_that_changes_meanwhile(fresh: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    make(fresh, 2)
    keys = fresh.finished()
    monkeypatch.setattr(StudyFolder, "finished", lambda self: keys | {KEY.replace("s1", "s2")})
    assert read_status(fresh).n_done == 2


def test_failed_evaluations_are_shown_with_their_reason(
    plugin: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "study"
    flags = "--problems tiny-flaky --solvers local-search --budget 30 --runs 2 --executor serial"
    with pytest.raises(SystemExit) as ended:
        main(["run", *flags.split(), "--out", str(folder)])
    assert ended.value.code == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "failed, most often" in line]
    assert len(said) == 1 and said[0].startswith("tiny-flaky: ") and " of the 60 evaluations of " in said[0]
    assert "recorded training failed" in said[0]
    assert said[0] in printed(folder, capsys)


PLUGIN = """import nas_problems
from tests.nas_problems.failing import failing


@nas_problems.register("failing", summary="fails in two places", family="mine")
def failing_here():
    return failing(LIMIT)
"""


@pytest.fixture
def failing_plugin(limit: str, tmp_path: Path) -> Iterator[Path]:
    """A file that registers a problem that fails, imported for the time of a test."""
    path = tmp_path / "failing_plugin.py"
    path.write_text(PLUGIN.replace("LIMIT", limit))
    yield path
    nas_problems.problems.unregister("failing")
    PROCESS.forget()


@pytest.mark.parametrize(
    ("limit", "flags"),
    [
        ("float('inf')", "--executor serial"),
        ("60.0", "--executor serial"),
        ("float('inf')", "--workers 2"),
        ("float('inf')", "--workers 2 --parallel evaluations"),
    ],
)
def test_failed_evaluations_say_where_in_the_users_code(
    failing_plugin: Path, flags: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same file, whichever process the evaluation was in."""
    plugin, folder = failing_plugin, tmp_path / "study"
    called = f"--import {plugin} --problems failing --solvers random-search --budget 40 --runs 1 {flags}"
    with pytest.raises(SystemExit) as ended:
        main(["run", *called.split(), "--out", str(folder)])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "most often: ValueError: depth " in said and "is odd (failing.py, line " in said
    command = f"iohnas status {folder} --import {plugin} --failures"
    assert f"where they failed: {command}\n" in said
    traced = StudyFolder(folder).traced_path("failing/random-search/i1-s1")
    wanted = optimizers.run("random-search", failing(), budget=40, seed=_seed(folder)).failures_text()
    assert traced.read_text() == wanted + "\n"
    with pytest.raises(SystemExit):
        main(["status", str(folder), "--import", str(plugin)])
    assert f"tracebacks: {command}\n" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["status", str(folder), "--import", str(plugin), "--failures"])
    assert f"{traced}:\n{wanted}\n" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["check", str(folder)])
    assert ended.value.code == 0


def _seed(folder: Path) -> int:
    return RunRecord.read(StudyFolder(folder).run_path("failing/random-search/i1-s1")).seed


def test_a_run_in_progress_says_where_evaluations_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patience[:] = ["stop", *["go"] * 30]
    with pytest.raises(KeyboardInterrupt):
        optimizers.run("random-search", failing(), budget=40, seed=1, folder=tmp_path / "run")
    with pytest.raises(SystemExit):
        main(["status", str(tmp_path / "run")])
    said = capsys.readouterr().out
    assert "30 of 40 evaluations, 23 failed, best value " in said
    assert f"tracebacks: iohnas status {tmp_path / 'run'} --failures\n" in said
    with pytest.raises(SystemExit):
        main(["status", str(tmp_path / "run"), "--failures"])
    said = capsys.readouterr().out
    assert "more of this kind): ValueError: depth " in said and "    raise RuntimeError(" in said
    optimizers.run("random-search", failing(), budget=40, seed=1, folder=tmp_path / "run")
    with pytest.raises(SystemExit):
        main(["status", str(tmp_path / "run"), "--failures"])
    assert "    raise RuntimeError(" in capsys.readouterr().out


def test_what_a_terminal_would_obey_is_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    optimizers.run("random-search", failing(), budget=40, seed=1, folder=tmp_path / "run")
    path = tmp_path / "run" / "failures.txt"
    path.write_text("\x1b[2Ja\tb\x07[bold]c[/bold]\r\n\u202e")
    with pytest.raises(SystemExit):
        main(["status", str(tmp_path / "run"), "--failures"])
    assert "?[2Ja   b?[bold]c[/bold]?\n?\n" in capsys.readouterr().out


def test_a_study_that_somebody_else_made_enormous_is_looked_at_in_no_time(tmp_path: Path) -> None:
    study = Study(problems=("nb201-cifar10",), solvers=("random-search",), budget=1, runs=10_000_000)
    found = read_status(StudyFolder.prepare(tmp_path / "study", study))
    assert (found.n_done, found.n_left) == (0, 10_000_000)
