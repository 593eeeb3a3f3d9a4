"""Studies where nothing can be written: tried on real file systems, not with errors made up."""

import json
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from experiments.executor import Failure
from experiments.folder import StudyFolder
from experiments.folder.disk import UnwritableError
from tests.experiments.folder.test_study_folder import STUDY
from tests.experiments.records import KEY

ROOT = Path(__file__).parents[3]
MAY_MOUNT = ["unshare", "--user", "--map-root-user", "--mount"]

Steps = Mapping[str, Mapping[str, Any]]


def may_mount() -> bool:
    try:
        return subprocess.run([*MAY_MOUNT, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disk")


@pytest.fixture(scope="module")
def steps(place: Path) -> Steps:
    """What came out of every step of ``full_disk.py``."""
    if not may_mount():
        pytest.skip("this system lets no process mount a file system of its own")
    command = [*MAY_MOUNT, sys.executable, str(Path(__file__).with_name("full_disk.py")), str(place)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {step.pop("step"): step for step in found}


def test_a_full_disk_leaves_reports_and_repairs_as_they_were(steps: Steps, place: Path) -> None:
    reason = f"iohnas: {place}/study/report: the disk is full; make room; what was there is as it was; then again: "
    for step in ("full report", "full second report"):
        assert steps[step]["code"] == 2
        assert steps[step]["error"] == f"{reason}iohnas report {place}/study\n"
    assert steps["full report"]["report"] is False  # not half of one
    assert steps["report"]["code"] == 0
    assert steps["full second report"]["same"] is True
    assert steps["full repair"]["code"] == 2
    assert "the disk is full; make room" in steps["full repair"]["error"]
    assert "40 of 40 runs are finished" in steps["again"]["out"]


def test_a_full_disk_stops_the_study_and_says_how_to_continue(steps: Steps, place: Path) -> None:
    full = steps["full"]
    assert full["code"] == 2
    assert full["error"] == (
        f"iohnas: {place}/study: the disk is full; make room; what is finished is kept; "
        f"continue with: iohnas run --out {place}/study\n"
    )
    assert 0 < full["n_runs"] < 40
    assert (full["damage"], full["rest"], full["n_failed"]) == ([], [], 0)


def test_the_study_continues_where_there_is_room(steps: Steps) -> None:
    continued = steps["continued"]
    assert continued["code"] == 0
    assert f"{steps['full']['n_runs']} of 40 runs were finished before" in continued["out"]
    assert (continued["n_runs"], continued["damage"], continued["rest"], continued["n_failed"]) == (40, [], [], 0)


def test_a_disk_that_is_full_while_logs_are_merged_keeps_the_earlier_ones(steps: Steps, place: Path) -> None:
    full = steps["full merge"]
    assert full["code"] == 2
    assert full["error"].startswith(f"iohnas: {place}/study: the disk is full; make room")
    assert (full["n_runs"], full["damage"], full["rest"]) == (40, [], [])


@pytest.mark.parametrize("step", ["run", "extend", "merge", "repair"])
def test_a_read_only_folder_has_one_clear_outcome(steps: Steps, place: Path, step: str) -> None:
    assert steps[step]["code"] == 2
    assert steps[step]["error"] == (
        f"iohnas: {place}/study: the file system is read-only; iohnas status and iohnas check read what is there\n"
    )


def test_a_read_only_folder_can_be_looked_at(steps: Steps) -> None:
    assert steps["check"]["code"] == steps["status"]["code"] == 0
    assert "our reader and iohinspector see the same" in steps["check"]["out"]
    assert "40 of 40 runs are finished, 0 are left, 0 failed\n" in steps["status"]["out"]


def test_the_page_on_folders_quotes_what_is_said(steps: Steps, place: Path) -> None:
    page = (ROOT / "docs" / "studies.md").read_text()
    for step in ("full", "run"):
        assert steps[step]["error"].replace(str(place), "results") in page


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2**13, 2**13))
from experiments.cli import main
main(["run", "--problems", "nb201-cifar10", "--solvers", "random-search", "--executor", "serial", "--out", sys.argv[1]])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes have no such limit there")
def test_a_process_that_may_write_small_files_only(tmp_path: Path) -> None:
    """Where nothing can be mounted, this is what comes next to a full disk: half of the log can be written."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    out = tmp_path / "study"
    # Python 3.11 takes half a compiled module, which is all that the limit lets it write, for a whole one.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", LIMITED, str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (
        2,
        f"iohnas: {out}: a file grew larger than a process may write; what is finished is kept; "
        f"continue with: iohnas run --out {out}\n",
    )
    assert StudyFolder(out).finished() == frozenset()
    assert sorted(path.name for path in out.iterdir()) == [".lock", "study.toml", "versions.toml"]


@pytest.mark.parametrize(
    ("number", "message"),
    [(28, "the disk is full"), (122, "the disk quota is used up"), (30, "read-only"), (13, "you may not write here")],
)
def test_what_the_system_says_in_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)

    def refuse(path: Path, *arguments: object, **options: object) -> None:
        raise OSError(number, "no", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(UnwritableError, match=message) as caught, folder.making(KEY):
        pass
    assert caught.value.filename == str(folder.path)
    with pytest.raises(UnwritableError, match=message):
        StudyFolder.prepare(tmp_path / "new", STUDY)


def test_a_run_that_met_a_full_disk_stops_the_study(tmp_path: Path) -> None:
    """Also where what it left made room again, so that the disk is not full when its failure is recorded."""
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    with pytest.raises(UnwritableError) as met, folder.making(KEY) as partial:
        raise OSError(28, "the log could not be written in full", str(partial / "log.dat"))
    failure = pickle.loads(pickle.dumps(Failure.of(met.value)))  # as it comes from a worker
    with pytest.raises(UnwritableError, match="the disk is full") as caught:
        folder.note_failure(KEY, "in other words", unwritable=failure.unwritable)
    assert (caught.value.errno, caught.value.filename) == (28, str(folder.path))
    assert not folder.failures()
    elsewhere = Failure.of(OSError(28, "No space left on device", "/elsewhere/cache"))
    quoted = Failure.of(RuntimeError("UnwritableError: [Errno 28] as somebody else had it"))
    for other in (elsewhere, quoted):
        folder.note_failure(KEY, other.reason, unwritable=other.unwritable)
    assert folder.failures()[KEY].attempts == 2


def test_errors_of_other_files_are_not_ours(tmp_path: Path) -> None:
    """A problem that may not read its own data is a failed run, not a folder that cannot be written."""
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    for error in (
        PermissionError(13, "denied", str(tmp_path / "data.npz")),
        OSError(28, "full", "/elsewhere/data.npz"),
    ):
        with pytest.raises(type(error), match=r"data\.npz") as caught, folder.making(KEY):
            raise error
        assert caught.value is error
