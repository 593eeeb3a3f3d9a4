"""Checks: every damaged file is named, and both readers see the same."""

import shutil
from pathlib import Path

import pytest

from experiments.folder import StudyFolder
from experiments.folder.check import check_folder
from experiments.folder.record import RECORD_NAME
from optimizers.adapters.iohinspector_reader import data_manager
from optimizers.ioh_format import Fault
from tests.nas_problems import tiny
from tests.optimizers.logs import random_run, write

KEY = "tiny-table/random-search/i1-s1"


def complaints(folder: StudyFolder) -> str:
    found = check_folder(folder.path)
    assert found.complaints
    return "\n".join(found.complaints)


def test_a_good_study(finished: StudyFolder) -> None:
    found = check_folder(finished.path)
    assert (found.n_runs, found.n_evaluations, found.n_algorithms, found.n_functions) == (16, 192, 2, 2)
    assert (found.complaints, found.notes) == ((), ())


def test_a_study_without_merged_logs(finished: StudyFolder) -> None:
    shutil.rmtree(finished.merged_path)
    found = check_folder(finished.path)
    assert found.complaints == ()
    assert "not merged" in found.notes[0]


def test_a_study_without_runs(finished: StudyFolder) -> None:
    for path in (finished.runs_path, finished.merged_path):
        shutil.rmtree(path)
    assert check_folder(finished.path).notes == ("no run has finished yet",)


@pytest.mark.parametrize("place", ["runs", "ioh"])
@pytest.mark.parametrize("pattern", ["*.dat", "IOHprofiler*.json"])
def test_truncated_files_are_named(finished: StudyFolder, place: str, pattern: str) -> None:
    path = sorted((finished.path / place).rglob(pattern))[0]
    path.write_bytes(path.read_bytes().rstrip()[:-2])
    assert f"{path}: truncated" in complaints(finished)


def test_duplicated_runs_are_named(finished: StudyFolder) -> None:
    place = finished.run_path(KEY)
    copy = place.with_name("i1-s1-copy")
    shutil.copytree(place, copy)
    assert f"{copy}: invalid: holds the run {KEY}" in complaints(finished)


def test_damaged_and_missing_records_are_named(finished: StudyFolder) -> None:
    place = finished.run_path(KEY)
    (place / RECORD_NAME).write_text("seed = ")
    assert f"{place}/{RECORD_NAME}: invalid: cannot be read" in complaints(finished)
    (place / RECORD_NAME).unlink()
    assert f"{place}/{RECORD_NAME}: invalid: missing" in complaints(finished)


def test_a_record_without_a_log_is_named(finished: StudyFolder) -> None:
    place = finished.run_path(KEY)
    for path in place.iterdir():
        if path.name != RECORD_NAME:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert f"{place}: invalid: wanted the log of one run, found 0" in complaints(finished)


def test_runs_that_were_not_merged_are_named(finished: StudyFolder) -> None:
    shutil.rmtree(finished.merged_path / "random-search")
    found = complaints(finished)
    assert found.count("not in the merged logs; see iohnas merge") == 8
    shutil.rmtree(finished.run_path(KEY.replace("random-search", "local-search.variant-query-until-lower")))
    assert "has a run that is not among the runs" in complaints(finished)


def test_a_value_that_was_changed_is_noticed(finished: StudyFolder) -> None:
    """The position of a candidate: nothing in the file itself contradicts it."""
    path = next(finished.merged_path.rglob("IOHprofiler_f901*.dat"))
    lines = path.read_text().splitlines(keepends=True)
    lines[3] = lines[3].rpartition(" ")[0] + " 9.000000\n"
    path.write_text("".join(lines))
    assert "not in the merged logs" in complaints(finished)


def test_any_folder_with_logs(tmp_path: Path) -> None:
    problem = tiny.table_problem()
    write(tmp_path / "a", problem, random_run(problem, 5, 1))
    assert check_folder(tmp_path).n_runs == 1
    path = next(tmp_path.rglob("*.dat"))
    path.write_text("")
    assert f"{path}: truncated: the file is empty" in check_folder(tmp_path).complaints


def test_no_logs_and_no_folder(tmp_path: Path) -> None:
    assert check_folder(tmp_path).notes == ("no IOHprofiler files found",)
    with pytest.raises(NotADirectoryError):
        check_folder(tmp_path / "absent")


def test_iohinspector_disagreeing_is_a_complaint(finished: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = type(data_manager())
    load = manager.load
    monkeypatch.setattr(manager, "load", lambda self, **options: load(self, **options)[:-1])
    found = complaints(finished)
    assert "only our reader sees 1 x" in found
    assert "only iohinspector sees 1 x" in found


def test_what_only_we_can_read_is_a_complaint(tmp_path: Path) -> None:
    """An instance that iohinspector's type cannot hold."""
    problem = tiny.table_problem()
    write(tmp_path / "a", problem, random_run(problem, 5, 1))
    path = next(tmp_path.rglob("*.json"))
    path.write_text(path.read_text().replace('"instance": 1,', '"instance": 70000,'))
    (complaint,) = check_folder(tmp_path).complaints
    assert "iohinspector cannot read it" in complaint


def test_faults_are_one_line() -> None:
    assert str(Fault(Path("a.dat"), "truncated", "why")) == "a.dat: truncated: why"
