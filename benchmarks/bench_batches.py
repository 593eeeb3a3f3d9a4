"""How busy two workers are, and how long a run takes on them: a run on one worker is the rival.

python -m benchmarks.bench_batches
"""

import os
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

import nas_problems
import optimizers
from benchmarks.measure import Row, show
from experiments.executors.local import LocalExecutor
from experiments.parallel import in_parallel
from nas_problems import Fidelities, Problem, from_function
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


def busy_share(log: str, n_workers: int) -> float:
    """Share of the time between the first start and the last end in which workers evaluated, in percent."""
    spans = np.array([line.split() for path in Path(log).iterdir() for line in path.read_text().splitlines()], float)
    return float(100 * np.diff(spans).sum() / (n_workers * (spans[:, 1].max() - spans[:, 0].min())))


def measured(name: str, n_workers: int, budget: int) -> tuple[float, float]:
    """Seconds of a run, and how busy its workers were."""
    executor = LocalExecutor(n_workers)
    with tempfile.TemporaryDirectory() as log, tempfile.TemporaryDirectory() as warm:
        starts = in_parallel(slow_problem(warm), executor)
        starts.evaluate(starts.space.sample(2 * n_workers, np.random.default_rng(0)), fidelity=1)  # starts the workers
        problem = in_parallel(slow_problem(log), executor)
        optimizers.run(name, problem, budget=1, seed=2)  # imports what the solver needs
        for path in Path(log).iterdir():
            path.unlink()
        started = time.perf_counter()
        optimizers.run(name, problem, budget=budget, seed=1)
        seconds = time.perf_counter() - started
        executor.close()
        return seconds, busy_share(log, n_workers)


def rows() -> Iterator[Row]:
    """Seconds of a run on two workers, compared with one; the note says how busy they were."""
    for name in (*BATCHED, *ASYNCHRONOUS):
        budget = 40 if name in BATCHED else 12
        alone, _ = measured(name, 1, budget)
        seconds, busy = measured(name, N_WORKERS, budget)
        yield Row(
            f"{budget} evaluations of {SECONDS:g} s by {name} on {N_WORKERS} workers",
            seconds,
            "s",
            {"one worker": alone},
            note=f"busy {busy:.0f} % of the time",
        )


if __name__ == "__main__":
    from benchmarks import bench_batches  # workers import the function by the name of its module

    show(bench_batches.rows())
