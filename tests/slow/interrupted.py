"""A study for the tests that kill: how it is started, what it gives undisturbed, and how often to kill."""

import os
import subprocess
import sys
import time
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_logs
from experiments.session import work_on
from experiments.study import Study

ROOT = Path(__file__).parents[2]

STUDY = Study(
    problems=("nb201-cifar10", "fcnet-protein", "mlp-car"),
    solvers=("random-search", "local-search", "aging-evolution", "cma-es", "deap-ga"),
    budget=40,
    runs=4,
    noise=("sampled",),
    instances=(1, 2),
)
"""120 runs on tables, whose costs are recorded: no byte of their logs is a measured time."""


def n_kills() -> int:
    """How often to kill: ``$IOHNAS_KILLS``, else 20."""
    return int(os.environ.get("IOHNAS_KILLS", "20"))


def start(out: Path, *flags: str, output: IO[bytes] | int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
    """Work on the study in a process group of its own, which can be killed as a whole.

    Args:
        out: Folder of the study.
        flags: More flags of ``iohnas run``.
        output: Where what it prints is written.
    """
    if not (out / "study.toml").exists():
        StudyFolder.prepare(out, STUDY)
    return subprocess.Popen(
        [sys.executable, "-c", "from experiments.cli import main; main()", "run", "--out", str(out), *flags],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@cache
def undisturbed() -> dict[str, bytes]:
    """The merged logs of the study, one run after the other in this process; computed once."""
    with TemporaryDirectory() as place, closing(SerialExecutor()) as executor:
        folder = StudyFolder.prepare(Path(place) / "study", STUDY)
        assert len(list(work_on(folder, executor))) == len(STUDY.plan())
        return merged(folder)


def merged(folder: StudyFolder) -> dict[str, bytes]:
    """Name -> bytes of all merged logs."""
    merge_logs(folder)
    root = folder.merged_path
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@cache
def duration_seconds(*flags: str) -> float:
    """How long the study takes here and now, from the start of the command to its end; measured once."""
    with TemporaryDirectory() as place:
        started = time.perf_counter()
        assert start(Path(place) / "study", *flags).wait() == 0
        return time.perf_counter() - started
