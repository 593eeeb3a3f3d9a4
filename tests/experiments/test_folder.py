"""Folders of studies."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.folder import RECORD_NAME, FailureRecord, RunRecord, StudyFolder
from experiments.study import Study

STUDY = Study(problems=("nb201-cifar10",), solvers=("random-search",), budget=10)
KEY = "nb201-cifar10/random-search/i1-s1"
RECORD = RunRecord(
    key=KEY,
    problem="nb201-cifar10",
    suite="nas201",
    algorithm="random-search",
    noise="mean",
    fidelity="epochs 200",
    instance=1,
    repetition=1,
    seed=123,
    budget=10,
    n_evaluations=10,
    objective="validation error (%)",
    target=8.393,
    target_is_optimum=True,
    final_regret=0.0,
    n_failed=0,
    cost_seconds=1.5,
    wall_seconds=0.1,
)


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
    with folder.locked():
        assert not (folder.path / "partial").exists()


@pytest.mark.parametrize("key", ["", "a", "a/b", "a/b/c/d", "../b/c", "a/../c", "/b/c", "a/b/.", "a/b/c d", "a/b/\0"])
def test_keys_that_would_leave_the_folder_are_refused(folder: StudyFolder, key: str) -> None:
    with pytest.raises(ValueError, match="key: wanted"):
        folder.run_path(key)
    with pytest.raises(ValueError, match="key: wanted"), folder.making(key):
        pass
    with pytest.raises(ValueError, match="key: wanted"):
        folder.note_failure(key, "reason")


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
    for text in ("", "reason = 1", "attempts = 'a'", "{"):
        path.write_text(text)
        assert folder.failures() == {}
    folder.note_failure(KEY, "again")
    assert folder.failures()[KEY].attempts == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 123\n", "", "wrong or missing fields: seed"),
        ("seed = 123", "seed = 1.5", "wrong or missing fields: seed"),
        ("seed = 123", "seeds = 123", "wrong or missing fields: seed, seeds"),
        ("seed = 123", "seed = ", "cannot be read"),
    ],
)
def test_damaged_records_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    RECORD.write(tmp_path)
    path = tmp_path / RECORD_NAME
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ValueError, match=message) as caught:
        RunRecord.read(tmp_path)
    assert str(path) in str(caught.value)
    with pytest.raises(ValueError, match="cannot be read"):
        RunRecord.read(tmp_path / "absent")


def test_versions_are_noted_when_they_change(folder: StudyFolder) -> None:
    for version in ("1", "1", "2", "2"):
        folder.note_versions({"ioh": version})
    assert (folder.path / "versions.toml").read_text() == '[[session]]\nioh = "1"\n[[session]]\nioh = "2"\n'


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not locked there")
def test_another_process_in_the_folder_is_noticed(folder: StudyFolder) -> None:
    code = (
        "import sys; from experiments.folder import StudyFolder\n"
        "try:\n    with StudyFolder(sys.argv[1]).locked(): pass\n"
        "except BlockingIOError as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(folder.path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with folder.locked():
        held = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    free = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert held.stdout == f"{folder.path}: another process is working in this folder\n"
    assert free.stdout == ""
