"""Ctrl-C reaches every process of a terminal's group: the study stops at once, and says how to continue."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships none
import pytest

from experiments.folder import StudyFolder
from tests.slow.interrupted import STUDY, merged, start, undisturbed

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="sends signals to groups")]


def wait_for_a_run(process: "subprocess.Popen[bytes]", folder: StudyFolder) -> None:
    """Wait until a run is finished."""
    while not folder.finished():
        try:
            raise AssertionError(f"the command ended with {process.wait(0.05)}")
        except subprocess.TimeoutExpired:
            pass


@pytest.mark.parametrize(
    "flags", [("--executor", "serial"), ("--workers", "2"), ("--executor", "dask", "--workers", "2")]
)
def test_ctrl_c_stops_cleanly(flags: tuple[str, ...], tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", STUDY)
    with (tmp_path / "output").open("wb") as output:
        process = start(folder.path, *flags, output=output)
        wait_for_a_run(process, folder)
        started = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 130
    text = (tmp_path / "output").read_text()
    assert "Traceback" not in text
    assert f"stopped with {len(STUDY.plan()) - len(folder.finished())} of {len(STUDY.plan())} runs left" in text
    assert f"continue with: iohnas run --out {folder.path}" in text
    assert psutil.wait_procs(started, timeout=30)[1] == []
    assert not folder.failures()
    assert start(folder.path).wait() == 0
    assert merged(folder) == undisturbed()
