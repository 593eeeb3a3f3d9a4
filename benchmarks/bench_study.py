"""A large study: runs per second at its start and at its end, memory, and what reading it back costs.

    python benchmarks/bench_study.py                 2,000 runs
    python benchmarks/bench_study.py --runs 500      10,000 runs: 5 tables x 4 solvers x 500 seeds

Every command is a process of its own, as a user would start it. Runs per second come from the times at
which records appeared, so that they hold what other processes took, too; the same run in the full folder and
in an empty one, in turns, shows what the folder's size costs.
"""

import argparse
import dataclasses
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, show
from experiments.folder import StudyFolder
from experiments.folder.record import RECORD_NAME
from experiments.unit import execute

PROBLEMS = "nb201-cifar10,nb201-cifar100,nb201-imagenet16-120,fcnet-naval,fcnet-protein"
SOLVERS = "random-search,local-search,aging-evolution,deap-ga"
SHARE = 0.2
"""Of the runs that count as start and as end."""

N_MORE = 11
"""Further seeds in both folders, the first of which does not count."""


def rows(*, n_seeds: int = 100, n_workers: int = 2, out: Path | None = None) -> Iterator[Row]:
    """Wall-clock times and peak memory of one study and of what reads it.

    Args:
        n_seeds: Seeds of each problem and solver.
        n_workers: Worker processes.
        out: Keep the study here; None: nowhere.
    """
    with tempfile.TemporaryDirectory() as scratch:
        out = out or Path(scratch) / "study"
        study = ["--problems", PROBLEMS, "--solvers", SOLVERS, "--budget", "100", "--runs", str(n_seeds)]
        seconds, peak = call("run", *study, "--workers", str(n_workers), "--out", str(out))
        folder = StudyFolder.open(out)
        n_runs = len(folder.finished())
        start, end = rates(folder)
        what = f"study of {n_runs:,} runs"
        yield Row(f"{what}, {n_workers} workers", seconds, "s")
        yield Row(f"{what}, memory of the parent", peak, "MB", target=500)
        at = {"at the start": 1e3 / start}
        yield Row(f"{what}, one run at the end", 1e3 / end, "ms", at, target_ratio=0.9)
        for command in ("status", "merge", "check", "report"):
            seconds, peak = call(command, str(out))
            yield Row(f"{what}, iohnas {command}", seconds, "s", target=60, note=f"memory {peak:.0f} MB")
        full, empty = in_turns(folder, StudyFolder.prepare(Path(scratch) / "empty", folder.study))
        yield Row(f"one more run next to {n_runs:,} others", 1e3 * full, "ms", {"in an empty folder": 1e3 * empty})


def call(*arguments: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of one ``iohnas`` command, without its workers."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from experiments.cli import main; main()", *arguments], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"iohnas {' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - started, peak_megabytes(usage)


def peak_megabytes(usage: resource.struct_rusage) -> float:
    """Largest resident memory of a process."""
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def rates(folder: StudyFolder) -> tuple[float, float]:
    """Runs per second among the first runs, once workers have loaded their tables, and among the last."""
    times = sorted((folder.run_path(key) / RECORD_NAME).stat().st_mtime for key in folder.finished())
    n = max(2, int(SHARE * len(times)))
    first, last = times[n // 4 :][:n], times[-n:]
    start, end = ((n - 1) / max(part[-1] - part[0], 1e-9) for part in (first, last))
    return start, end


def in_turns(full: StudyFolder, empty: StudyFolder) -> tuple[float, float]:
    """Mean seconds of a run in each folder; new runs, which are removed again."""
    plan = dataclasses.replace(full.study, runs=full.study.runs + N_MORE).plan()
    new = [run for run in plan if run.repetition > full.study.runs]
    seconds = dict.fromkeys((full, empty), 0.0)
    for i, run in enumerate(new):
        for folder in (full, empty) if i % 2 else (empty, full):
            started = time.perf_counter()
            execute(run, folder=str(folder.path), suite="", plugins={})
            seconds[folder] += time.perf_counter() - started if i >= len(new) // N_MORE else 0.0  # tables are loaded
            shutil.rmtree(folder.run_path(run.key))
    n_counted = len(new) - len(new) // N_MORE
    return seconds[full] / n_counted, seconds[empty] / n_counted


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100, help="seeds of each problem and solver")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="keep the study here")
    options = parser.parse_args()
    show(rows(n_seeds=options.runs, n_workers=options.workers, out=options.out))
