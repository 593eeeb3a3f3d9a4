"""How busy two workers are, and how long a run takes on them: a run in its own process is the rival.

    python -m benchmarks.bench_batches

Runs with other numbers of workers evaluate other candidates, for other lengths of time, and an asynchronous one ends
with some of its budget unspent, as what is left does not pay for the next candidate. So seconds are those for each
second of evaluation, summed over the workers: 1 is what a run in its own process would take if its solver took no time,
and 0.5 the best that two workers can do.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np

import nas_problems
import optimizers
from benchmarks.measure import Row, show
from experiments.executors.local import LocalExecutor
from experiments.parallel import in_parallel
from nas_problems import Fidelities, Problem, from_function
from nas_problems.array import FloatArray
from nas_problems.parameter import Config

BATCHED = (
    "optuna-tpe", "bayesian-optimization", "bananas", "dngo", "smac", "nevergrad:DE", "aging-evolution",
)  # fmt: skip
ASYNCHRONOUS = ("asha", "pasha")
SECONDS = 0.5
N_WORKERS = 2


def wait(config: Config, *, epochs: float, seconds: float, log: str) -> float:
    """A training of 1, 3 or 9 epochs that takes no processor, and writes down when it began and ended."""
    began = time.time()
    value = sum(str(value) != "nor_conv_3x3" for value in config.values())
    time.sleep(seconds * epochs / 9 * (1 + 0.2 * value / len(config)))
    with Path(log, str(os.getpid())).open("a") as file:
        file.write(f"{began} {time.time()}\n")
    return float(value) + 1 / epochs


def slow_problem(log: str) -> Problem:
    """Cells of NAS-Bench-201 whose 9 epochs take half a second and more."""
    space = nas_problems.make("nb201-cifar10").space
    function = partial(wait, seconds=SECONDS, log=log)
    return from_function(function, space, name="slow", fidelities=Fidelities("epochs", (1, 3, 9)))


def evaluation_spans(log: str) -> FloatArray:
    """When each evaluation began and ended, (n, 2)."""
    lines = [line.split() for path in Path(log).iterdir() for line in path.read_text().splitlines()]
    return np.array(lines, dtype=np.float64)


def measured(name: str, n_workers: int, budget: int) -> tuple[float, float]:
    """Seconds of a run for each second of evaluation, and the share of time in which its workers evaluated, in percent.

    Args:
        name: The solver.
        n_workers: 1: evaluations are made in the run's own process.
        budget: Evaluations in full.
    """
    with tempfile.TemporaryDirectory() as log, tempfile.TemporaryDirectory() as warm, ExitStack() as stack:
        problem = slow_problem(log)
        if n_workers > 1:
            executor = LocalExecutor(n_workers)
            stack.callback(executor.close)
            starts = in_parallel(slow_problem(warm), executor)
            starts.evaluate(starts.space.sample(2 * n_workers, np.random.default_rng(0)), fidelity=1)
            problem = in_parallel(problem, executor)
        optimizers.run(name, problem, budget=1, seed=2)  # imports what the solver needs
        for path in Path(log).iterdir():
            path.unlink()
        started = time.perf_counter()
        optimizers.run(name, problem, budget=budget, seed=1)
        seconds = time.perf_counter() - started
        spans = evaluation_spans(log)
        busy = float(np.diff(spans).sum())
        return seconds / busy, 100 * busy / (n_workers * float(spans[:, 1].max() - spans[:, 0].min()))


def rows() -> Iterator[Row]:
    """Seconds of a run on two workers, compared with one in its own process; the note says how busy they were."""
    for name in (*BATCHED, *ASYNCHRONOUS):
        budget = 40 if name in BATCHED else 12
        alone, _ = measured(name, 1, budget)
        seconds, busy = measured(name, N_WORKERS, budget)
        yield Row(
            f"a second of evaluation by {name} on {N_WORKERS} workers, of {budget} x {SECONDS:g} s",
            seconds,
            "s",
            {"own process": alone},
            note=f"busy {busy:.0f} % of the time",
        )


if __name__ == "__main__":
    from benchmarks import bench_batches  # workers import the function by the name of its module

    show(bench_batches.rows())
