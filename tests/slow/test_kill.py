"""Studies that are killed at random moments, and continued, until they are done.

``$IOHNAS_KILLS`` says how often (20). What is compared is every byte of the merged logs.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]  # ships none
import pytest

from experiments.folder import StudyFolder
from tests.slow.interrupted import duration_seconds, merged, n_kills, start, undisturbed

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="kills with signals")]

FLAGS = ("--workers", "2")


def seeded() -> np.random.Generator:
    """Moments and victims; the seed is shown where a test fails."""
    seed = int(os.environ.get("IOHNAS_KILL_SEED", np.random.SeedSequence().generate_state(1)[0]))
    print(f"IOHNAS_KILL_SEED={seed}")
    return np.random.default_rng(seed)


def test_the_whole_process_group_is_killed(tmp_path: Path) -> None:
    rng, longest = seeded(), 1.2 * duration_seconds(*FLAGS)
    n_left, n_studies = n_kills(), 0
    while n_left:
        n_studies += 1
        out = tmp_path / f"study-{n_studies}"
        finished: frozenset[str] = frozenset()
        while True:
            process = start(out, *FLAGS)
            try:
                assert process.wait(rng.uniform(0, longest) if n_left else None) == 0
                break
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                n_left -= 1
            before, finished = finished, StudyFolder.open(out).finished()
            assert before <= finished
        assert merged(StudyFolder.open(out)) == undisturbed()
        assert not StudyFolder.open(out).failures()


def kill_a_worker(process: "subprocess.Popen[bytes]", rng: np.random.Generator) -> bool:
    """Kill one of the worker processes, if there is one."""
    with suppress(psutil.NoSuchProcess):
        workers = psutil.Process(process.pid).children()
        if workers:
            workers[rng.integers(len(workers))].kill()
            return True
    return False


def disturb(process: "subprocess.Popen[bytes]", kill: Callable[[], bool], pause: Callable[[], float], n: int) -> int:
    """Kill until the process ends, at most ``n`` times; how often it was."""
    n_killed = 0
    while True:
        try:
            assert process.wait(pause() if n_killed < n else None) == 0
            return n_killed
        except subprocess.TimeoutExpired:
            n_killed += kill()


def test_single_workers_are_killed(tmp_path: Path) -> None:
    """Each costs one attempt of one run, and nothing else."""
    rng, longest = seeded(), 0.25 * duration_seconds(*FLAGS)
    n_left, n_studies = n_kills(), 0
    while n_left:
        n_studies += 1
        out = tmp_path / f"study-{n_studies}"
        process = start(out, *FLAGS, "--retries", "1000")
        n_left -= disturb(process, partial(kill_a_worker, process, rng), partial(rng.uniform, 0, longest), n_left)
        assert merged(StudyFolder.open(out)) == undisturbed()
        assert not StudyFolder.open(out).failures()
