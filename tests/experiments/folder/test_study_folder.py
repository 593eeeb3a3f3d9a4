"""Folders of studies."""

import dataclasses
import os
import platform
import sys
from pathlib import Path

import pytest

from experiments.folder import StudyFolder
from experiments.folder import study_folder as folder_module
from experiments.folder.record import RECORD_NAME, FailureRecord, RunRecord
from experiments.study import Study
from optimizers.lock import LOCK_NAME, Holder
from tests.experiments.records import KEY, RECORD

STUDY = Study(problems=("nb201-cifar10",), solvers=("random-search",), budget=10)


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder.prepare(tmp_path / "study", STUDY)


def files(path: Path) -> set[str]:
    return {found.relative_to(path).as_posix() for found in path.rglob("*") if found.is_file()}


def test_a_study_is_kept_and_may_be_extended(folder: StudyFolder) -> None:
    assert StudyFolder.open(folder.path).study == STUDY
    larger = dataclasses.replace(STUDY, runs=5)
    assert StudyFolder.prepare(folder.path, larger).study == larger
    with pytest.raises(ValueError, match="holds another study: runs: wanted at least 5, found 1; take another"):
        StudyFolder.prepare(folder.path, STUDY)
    assert StudyFolder.open(folder.path).study == larger


def test_a_study_is_not_extended_while_somebody_works_on_it(folder: StudyFolder) -> None:
    larger = dataclasses.replace(STUDY, runs=5)
    with folder.locked():
        with pytest.raises(BlockingIOError, match=f"another process is working in this folder: process {os.getpid()}"):
            StudyFolder.prepare(folder.path, larger)
        assert StudyFolder.prepare(folder.path, STUDY).study == STUDY
    assert StudyFolder.prepare(folder.path, larger).study == larger


def test_folders_of_other_things_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for path in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(ValueError, match="wanted a new folder"):
            StudyFolder.prepare(path, STUDY)
        with pytest.raises(ValueError, match=r"found no study\.toml"):
            StudyFolder.open(path)
    assert files(tmp_path) == {"notes.txt"}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        StudyFolder.prepare(tmp_path / "file" / "study", STUDY)


def test_a_damaged_study_is_named(folder: StudyFolder) -> None:
    (folder.path / "study.toml").write_text("problems = [")
    with pytest.raises(ValueError, match=r"study\.toml: study: not TOML"):
        StudyFolder.open(folder.path)


def test_a_run_appears_when_it_is_complete(folder: StudyFolder) -> None:
    with folder.making(KEY) as partial:
        RECORD.write(partial)
        assert folder.finished() == frozenset()
    assert folder.finished() == {KEY}
    assert RunRecord.read(folder.run_path(KEY)) == RECORD


def test_an_exception_leaves_nothing(folder: StudyFolder) -> None:
    with pytest.raises(KeyError), folder.making(KEY) as partial:
        RECORD.write(partial)
        raise KeyError
    assert folder.finished() == frozenset()
    assert files(folder.path) == {"study.toml"}


def test_a_finished_run_is_kept_and_a_damaged_one_replaced(folder: StudyFolder) -> None:
    with folder.making(KEY) as partial:
        RECORD.write(partial)
    with folder.making(KEY) as partial:
        dataclasses.replace(RECORD, seed=9).write(partial)
    assert RunRecord.read(folder.run_path(KEY)).seed == 123
    (folder.run_path(KEY) / RECORD_NAME).unlink()
    (folder.run_path(KEY) / "rest").write_text("")
    with folder.making(KEY) as partial:
        RECORD.write(partial)
    assert {path.name for path in folder.run_path(KEY).iterdir()} == {RECORD_NAME}


def test_what_killed_processes_left_is_removed(folder: StudyFolder) -> None:
    left = folder.path / "partial" / "999" / "a" / "b" / "c"
    left.mkdir(parents=True)
    (left / "half.dat").write_text("eval")
    dead, others = 2**22 + 1, [".notes.4194305", f".probe.{os.getpid()}"]
    for name in (f".study.toml.{dead}", f".probe.{dead}", *others):
        (folder.path / name).write_text("")
    (folder.path / f".ioh.partial.{dead}" / "random-search").mkdir(parents=True)
    with folder.locked():
        assert not (folder.path / "partial").exists()
        assert {path.name for path in folder.path.glob(".*")} == {LOCK_NAME, *others}


@pytest.mark.parametrize("key", ["", "a", "a/b", "a/b/c/d", "../b/c", "a/../c", "/b/c", "a/b/.", "a/b/c d", "a/b/\0"])
def test_keys_that_would_leave_the_folder_are_refused(folder: StudyFolder, key: str) -> None:
    with pytest.raises(ValueError, match="key: wanted"):
        folder.run_path(key)
    with pytest.raises(ValueError, match="key: wanted"), folder.making(key):
        pass
    with pytest.raises(ValueError, match="key: wanted"):
        folder.note_failure(key, "reason")


def test_an_empty_record_is_none(folder: StudyFolder) -> None:
    """What a machine that stops leaves behind: the name is on disk, the content is not."""
    with folder.making(KEY) as partial:
        RECORD.write(partial)
    (folder.run_path(KEY) / RECORD_NAME).write_text("")
    assert folder.finished() == frozenset()
    with folder.making(KEY) as partial:
        RECORD.write(partial)
    assert RunRecord.read(folder.run_path(KEY)) == RECORD


def test_only_long_runs_are_waited_for_by_the_disk(folder: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(folder_module, "sync", synced.append)
    for n, seconds in enumerate((1e9, 0.0), start=1):
        monkeypatch.setattr(folder_module, "SYNCED_SECONDS", seconds)
        key = KEY.replace("s1", f"s{n}")
        with folder.making(key) as partial:
            dataclasses.replace(RECORD, key=key).write(partial)
    assert [path.name for path in synced] == ["i1-s2"]


def test_entries_are_runs_and_everything_else(folder: StudyFolder) -> None:
    with folder.making(KEY) as partial:
        RECORD.write(partial)
    runs = folder.runs_path
    for name in ("notes.txt", "nb201-cifar10/notes.txt", "nb201-cifar10/random-search/notes.txt"):
        (runs / name).write_text("")
    (runs / "nb201-cifar10" / "random search" / "i1-s1").mkdir(parents=True)
    (runs / "linked").symlink_to(runs / "nb201-cifar10")
    (runs / "nb201-cifar10" / "random-search" / "i1-s2").symlink_to(folder.run_path(KEY))
    found = {path.relative_to(runs).as_posix(): key for path, key in folder.entries()}
    assert found.pop(KEY) == KEY
    assert found == dict.fromkeys(
        [
            "linked",
            "nb201-cifar10/notes.txt",
            "nb201-cifar10/random search",
            "nb201-cifar10/random-search/i1-s2",
            "nb201-cifar10/random-search/notes.txt",
            "notes.txt",
        ]
    )
    assert folder.finished() == {KEY}


@pytest.mark.skipif(sys.platform == "win32", reason="links need privileges there")
@pytest.mark.parametrize("place", ["runs", "runs/nb201-cifar10", "failed", "failed/nb201-cifar10", "partial"])
def test_nothing_is_written_through_links(folder: StudyFolder, tmp_path: Path, place: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder.path / place).parent.mkdir(exist_ok=True)
    (folder.path / place).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=f"{place}: wanted a folder, found a link to .*elsewhere"):
        if place.startswith("failed"):
            folder.note_failure(KEY, "reason")
        else:
            with folder.making(KEY) as partial:
                RECORD.write(partial)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_is_set_aside_is_kept_with_the_reason(folder: StudyFolder) -> None:
    for _ in range(2):
        with folder.making(KEY) as partial:
            RECORD.write(partial)
        moved = folder.set_aside(folder.run_path(KEY), ["first reason", "second"])
        assert RunRecord.read(moved) == RECORD
        assert moved.with_name(f"{moved.name}.reason.txt").read_text() == "first reason\nsecond\n"
        assert folder.finished() == frozenset()
    assert {path.name for path in moved.parent.iterdir() if path.is_dir()} == {"i1-s1", "i1-s1.2"}


@pytest.mark.parametrize(("boot", "lost"), [("an earlier start", True), (None, False)])
def test_runs_are_verified_after_their_machine_stopped(folder: StudyFolder, boot: str | None, lost: bool) -> None:
    keys = [KEY, KEY.replace("s1", "s2")]
    for key in keys:
        with folder.making(key) as partial:
            partial.mkdir()
            (partial / "log.dat").write_text("evaluations raw_y\n")
            dataclasses.replace(RECORD, key=key).write(partial)
    (folder.run_path(KEY) / "log.dat").write_text("")
    killed = dataclasses.replace(Holder.this(), pid=2**22 + 1)
    if boot is not None:
        killed = dataclasses.replace(killed, boot=boot)
    elif not killed.boot:
        pytest.skip("this system does not tell its starts apart")
    (folder.path / LOCK_NAME).write_text(killed.note)
    with folder.locked():
        assert folder.finished() == ({keys[1]} if lost else set(keys))
    if lost:
        (reason,) = folder.path.glob("damaged/runs/*/*/*.txt")
        assert "lost its machine" in reason.read_text()


def test_runs_that_are_being_made_are_listed_with_their_process(folder: StudyFolder) -> None:
    with folder.locked(), folder.making(KEY) as partial:
        (made,) = folder.being_made().items()
        assert made[0] == KEY
        assert (made[1].pid, made[1].host) == (os.getpid(), platform.node())
        for worker in (f"{platform.node()}-{2**22 + 1}", "host-x", "elsewhere-7"):  # the first one was killed
            mark = folder.path / "partial" / worker / "a" / "b" / f"{worker[0]}.making"
            mark.parent.mkdir(parents=True)
            mark.touch()
        RECORD.write(partial)
        assert set(folder.being_made()) == {KEY, "a/b/e"}
    assert folder.being_made() == {}


def test_what_a_killed_worker_left_of_a_run_goes_with_its_failure(folder: StudyFolder) -> None:
    with folder.locked():
        left = folder.path / "partial" / "elsewhere-7" / KEY
        left.mkdir(parents=True)
        left.with_name(f"{left.name}.making").touch()
        folder.note_failure(KEY, "killed")
        assert not list(left.parent.iterdir())


def test_failures_are_counted_and_forgotten_after_success(folder: StudyFolder) -> None:
    folder.note_failure(KEY, "first", "trace\nback")
    folder.note_failure(KEY, "second")
    assert folder.failures() == {KEY: FailureRecord(KEY, "second", attempts=2)}
    with folder.making(KEY) as partial:
        RECORD.write(partial)
    assert folder.failures() == {}


def test_a_damaged_note_of_a_failure_is_passed_over(folder: StudyFolder) -> None:
    folder.note_failure(KEY, "first")
    (path,) = (folder.path / "failed").rglob("*.toml")
    for text in (
        "",
        "reason = 1",
        "attempts = 'a'",
        "{",
        path.read_text().replace(KEY, "../../x"),
        "a = " + "[" * 9999,
    ):
        path.write_text(text)
        assert folder.failures() == {}
    folder.note_failure(KEY, "again")
    assert folder.failures()[KEY].attempts == 1


def test_versions_are_noted_when_they_change(folder: StudyFolder) -> None:
    for version in ("1", "1", "2", "2"):
        folder.note_versions({"ioh": version})
    assert (folder.path / "versions.toml").read_text() == '[[session]]\nioh = "1"\n[[session]]\nioh = "2"\n'


def test_versions_that_are_no_text_are_kept(folder: StudyFolder) -> None:
    (folder.path / "versions.toml").write_bytes(b"\xff\n")
    folder.note_versions({"ioh": "1"})
    assert (folder.path / "versions.toml").read_text().endswith('\n[[session]]\nioh = "1"\n')


@pytest.mark.parametrize("text", ["problems = [", "\x00", "a = " + "[" * 9999])
def test_studies_that_cannot_be_read_are_named(folder: StudyFolder, text: str) -> None:
    (folder.path / "study.toml").write_text(text)
    with pytest.raises(ValueError, match=r"study\.toml: "):
        StudyFolder.open(folder.path)


def test_the_same_study_is_not_written_again(folder: StudyFolder) -> None:
    before = (folder.path / "study.toml").stat()
    StudyFolder.prepare(folder.path, STUDY)
    after = (folder.path / "study.toml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
