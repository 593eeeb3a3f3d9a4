"""Peak memory and time of one long run, and of what reads its log.

    python benchmarks/bench_memory.py                        a run of 2,000,000 evaluations
    python benchmarks/bench_memory.py --evaluations 200000

Memory of many short runs is measured by ``bench_study``. The first row is the memory of a command that reads nothing.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench_study import call
from benchmarks.measure import Row, show


def rows(n_evaluations: int = 2_000_000) -> Iterator[Row]:
    """One row per command.

    Args:
        n_evaluations: Of the run.
    """
    with tempfile.TemporaryDirectory() as scratch:
        out = str(Path(scratch) / "study")
        seconds, empty = call("list", "initializers")
        yield Row("iohnas list initializers", seconds, "s", note=f"memory {empty:.0f} MB")
        study = ["--problems", "nb201-cifar10", "--solvers", "random-search", "--runs", "1", "--executor", "serial"]
        seconds, peak = call("run", *study, "--budget", str(n_evaluations), "--out", out)
        yield Row(f"run of {n_evaluations:,} evaluations", seconds, "s", note=f"memory {peak:.0f} MB")
        for command in ("check", "report"):
            seconds, peak = call(command, out)
            yield Row(f"iohnas {command} of it", seconds, "s", note=f"memory {peak:.0f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--evaluations", type=int, default=2_000_000)
    show(rows(parser.parse_args().evaluations))
