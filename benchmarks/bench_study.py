"""A large study: runs per second at its start and at its end, memory, and what reading it back costs.

    python benchmarks/bench_study.py                 2,000 runs
    python benchmarks/bench_study.py --runs 500      10,000 runs: 5 tables x 4 solvers x 500 seeds

Every command is a process of its own, as a user would start it. Runs per second come from the times at
which records appeared: a rate that falls would be a folder, a lock or a list that slows down as it grows.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from experiments.folder import RECORD_NAME, StudyFolder

PROBLEMS = "nb201-cifar10,nb201-cifar100,nb201-imagenet16-120,fcnet-naval,fcnet-protein"
SOLVERS = "random-search,local-search,aging-evolution,deap-ga"
SHARE = 0.2
"""Of the runs that count as start and as end."""


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100, help="seeds of each problem and solver")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="keep the study here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or Path(scratch) / "study"
        study = ["--problems", PROBLEMS, "--solvers", SOLVERS, "--budget", "100", "--runs", str(options.runs)]
        seconds, peak = call("run", *study, "--workers", str(options.workers), "--out", str(out))
        folder = StudyFolder.open(out)
        n_runs = len(folder.finished())
        start, end = rates(folder)
        print(f"{n_runs} runs with {options.workers} workers: {seconds:.0f} s, parent {peak:.0f} MB (target 500)")
        print(f"runs per second: start {start:.0f}, end {end:.0f}, ratio {end / start:.2f} (target 0.9)")
        for command in ("status", "merge", "check", "report"):
            seconds, peak = call(command, str(out))
            print(f"iohnas {command}: {seconds:.1f} s (target 60), {peak:.0f} MB (target 500)")
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


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
    """Runs per second among the first and among the last runs."""
    times = sorted((folder.run_path(key) / RECORD_NAME).stat().st_mtime for key in folder.finished())
    n = max(2, int(SHARE * len(times)))
    first, last = times[:n], times[-n:]
    start, end = ((n - 1) / max(part[-1] - part[0], 1e-9) for part in (first, last))
    return start, end


if __name__ == "__main__":
    main()
