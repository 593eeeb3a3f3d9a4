"""One process at a time works in a folder."""

import dataclasses
import errno
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import optimizers
from optimizers import lock
from optimizers.ioh_format import read_runs
from optimizers.lock import LOCK_NAME, Holder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks are not kept by the system there")

DEAD = 2**22 + 1
"""A process that cannot be: beyond the largest number of Linux."""

HOLD = """
import sys, time
from pathlib import Path
from optimizers.lock import locked
with locked(Path(sys.argv[1]), next_to=sys.argv[2:] == ["next to"]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path) -> "subprocess.Popen[str]":
    """A process that holds the lock of the folder."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_another_process_is_named_and_its_death_frees_the_lock(other: "subprocess.Popen[str]", tmp_path: Path) -> None:
    try:
        found = lock.holder(tmp_path)
        assert found is not None
        assert (found.pid, found.host) == (other.pid, platform.node())
        assert 0 <= time.time() - found.since < 120
        message = (
            f"{tmp_path}: another process is working in this folder: process {other.pid} on {platform.node()} since"
        )
        with pytest.raises(BlockingIOError, match=message), lock.locked(tmp_path):
            pass
    finally:
        end(other)
    assert lock.holder(tmp_path) is None
    with lock.locked(tmp_path) as before:
        assert before == found
        mine = lock.holder(tmp_path)
        assert mine is not None
        assert mine.pid == os.getpid()
    assert lock.holder(tmp_path) is None
    assert (tmp_path / LOCK_NAME).read_text() == ""


def test_a_lock_is_free_after_an_exception(tmp_path: Path) -> None:
    with pytest.raises(KeyError), lock.locked(tmp_path):
        raise KeyError
    with lock.locked(tmp_path) as before:
        assert before is None


def test_readers_do_not_disturb(tmp_path: Path) -> None:
    assert lock.holder(tmp_path) is None
    assert not list(tmp_path.iterdir())
    with lock.locked(tmp_path):
        for _ in range(3):
            assert lock.holder(tmp_path) is not None


def test_a_lock_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / LOCK_NAME).symlink_to(precious)
    assert lock.holder(tmp_path) is None
    with pytest.raises(OSError, match=r"symbolic link.*\.lock"), lock.locked(tmp_path):
        pass
    assert precious.read_text() == "mine"


@pytest.mark.parametrize("text", ["{", "[]", '{"pid": 1, "host": "\\u001b", "since": 1.0, "boot": ""}', "[" * 4000])
def test_a_note_that_cannot_be_read_is_no_holder(tmp_path: Path, text: str) -> None:
    (tmp_path / LOCK_NAME).write_text(text)
    assert lock.holder(tmp_path) is None
    with lock.locked(tmp_path) as before:
        assert before is None


def test_file_systems_without_locks_go_by_the_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, kind: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    mine = Holder.this()
    with lock.locked(tmp_path):
        found = lock.holder(tmp_path)
        assert found is not None
        assert found.pid == mine.pid
    for pid, host, is_held in ((DEAD, mine.host, False), (os.getppid(), mine.host, True), (DEAD, "elsewhere", True)):
        note = dataclasses.replace(mine, pid=pid, host=host).note
        (tmp_path / LOCK_NAME).write_text(note)
        assert (lock.holder(tmp_path) is not None) is is_held
        if is_held:
            with pytest.raises(BlockingIOError, match=r"if it has ended, delete .*\.lock"), lock.locked(tmp_path):
                pass
            assert (tmp_path / LOCK_NAME).read_text() == note
        else:
            with lock.locked(tmp_path) as before:
                assert before is not None


def test_other_errors_of_the_lock_are_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, kind: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(OSError, match="Input/output"), lock.locked(tmp_path):
        pass


def test_a_lock_next_to_a_folder_holds_while_the_folder_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", HOLD, str(folder), "next to"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        folder.mkdir()
        folder.rmdir()
        with pytest.raises(BlockingIOError, match=f"{folder}: .* process {process.pid} "):
            optimizers.run("random-search", "nb201-cifar10", budget=3, seed=1, folder=folder)
    finally:
        end(process)
    optimizers.run("random-search", "nb201-cifar10", budget=3, seed=1, folder=folder)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_two_runs_do_not_write_one_folder(tmp_path: Path) -> None:
    """Also not in threads of one process, and not where the second one may remove an earlier log."""
    folder = tmp_path / "log"
    optimizers.run("random-search", "nb201-cifar10", budget=3, seed=1, folder=folder)

    def run_another(problem: Any, rng: np.random.Generator) -> None:
        with pytest.raises(BlockingIOError, match=f"process {os.getpid()} on"):
            optimizers.run("random-search", "nb201-cifar10", budget=3, seed=2, folder=folder, overwrite=True)
        problem([0] * 6)

    optimizers.run(run_another, "nb201-cifar10", budget=3, seed=1, folder=folder, overwrite=True)
    (run,) = read_runs(folder)
    assert (run.algorithm, run.attributes["seed"]) == ("run_another", 1.0)


def test_a_lock_that_its_holder_removed_is_taken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened before the holder removed it and locked after: a file that is not there keeps nobody out."""
    fcntl = pytest.importorskip("fcntl", reason="the system keeps no locks")
    path, take = tmp_path / "log.lock", fcntl.flock
    removed: list[Path] = []

    def remove_once(handle: int, operation: int) -> None:
        if not removed:
            path.unlink()
            removed.append(path)
        take(handle, operation)

    monkeypatch.setattr(fcntl, "flock", remove_once)
    with lock.locked(tmp_path / "log", next_to=True):
        assert path.exists() and removed
        with pytest.raises(BlockingIOError), lock.locked(tmp_path / "log", next_to=True):
            pass
    assert not path.exists()
