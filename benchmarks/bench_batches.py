"""What batches bring and cost: seconds of a run with two workers, and regret after as many evaluations.

python -m benchmarks.bench_batches
"""

import time
from collections.abc import Iterator
from functools import partial

import numpy as np

import nas_problems
import optimizers
from benchmarks.measure import Row, show
from experiments.executors.local import LocalExecutor
from experiments.parallel import in_parallel
from nas_problems import Problem, from_function
from nas_problems.parameter import Config

SOLVERS = ("optuna-tpe", "bayesian-optimization", "aging-evolution", "bananas")
SECONDS = 0.25
N_RUNS, BUDGET = 8, 80


def wait(config: Config, *, seconds: float) -> float:
    """An evaluation that takes a while and no processor."""
    time.sleep(seconds)
    return float(sum(str(value) != "none" for value in config.values()))


def slow_problem() -> Problem:
    """Cells of NAS-Bench-201 that take a quarter of a second."""
    space = nas_problems.make("nb201-cifar10").space
    return from_function(partial(wait, seconds=SECONDS), space, name="slow")


def rows() -> Iterator[Row]:
    """Seconds of a run, by solver and batch size; the note has the price in quality."""
    executor = LocalExecutor(2)
    slow = in_parallel(slow_problem(), executor)
    slow(slow.space.sample(4, np.random.default_rng(0)))  # starts the workers
    table = nas_problems.make("nb201-cifar10")
    assert table.optimum is not None
    for name in SOLVERS:
        one_by_one = 0.0
        for batch_size in (1, 2, 4):
            solver = optimizers.make(name, batch_size=batch_size)
            started = time.perf_counter()
            optimizers.run(solver, slow, budget=40, seed=1)
            seconds = time.perf_counter() - started
            one_by_one = one_by_one or seconds
            found = [optimizers.run(solver, table, budget=BUDGET, seed=seed).y.min() for seed in range(N_RUNS)]
            regret = np.array(found) - table.optimum.y
            yield Row(
                f"40 evaluations of {SECONDS:g} s by {name} on two workers, batches of {batch_size}",
                seconds,
                "s",
                {"one by one": one_by_one},
                note=f"regret on nb201-cifar10 after {BUDGET}: {regret.mean():.3f}, sd {regret.std(ddof=1):.3f}",
            )
    executor.close()


if __name__ == "__main__":
    from benchmarks import bench_batches  # workers import the function by the name of its module

    show(bench_batches.rows())
