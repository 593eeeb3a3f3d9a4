"""What landscape-selector itself takes, compared with one evaluation of the cheapest live problem.

    python benchmarks/bench_selector.py

Features of 50 candidates, a choice by a model from features of a design, and what ``iohnas recommend`` computes.
"""

import statistics
import time
from collections.abc import Iterator
from functools import partial

import numpy as np

import nas_problems
from benchmarks.measure import Row, alternate, show
from experiments.landscape.judgement import validated
from experiments.landscape.recommend import advise, recorded_alone
from optimizers.selector import NAMES, describe
from optimizers.selector.portfolio import shipped_portfolio

N_POINTS = 50
PROBLEMS = ("nb201-cifar10", "fcnet-protein", "rf-digits")
LIVE = "knn-wine"
"""Of the problems that train on the spot the one with the cheapest evaluation."""


N_LIVE = 15


def rows() -> Iterator[Row]:
    """Milliseconds of features, of a choice, and of advice; an evaluation is timed by the clock."""
    rival = {f"one evaluation of {LIVE}": 1000 * _live_seconds()}
    for name in PROBLEMS:
        problem = nas_problems.make(name)
        Z = problem.space.sample(N_POINTS, np.random.default_rng(1))
        y = np.random.default_rng(2).normal(size=N_POINTS) if problem.is_live else problem(Z)
        seconds = alternate({"ours": partial(describe, problem.space, Z, y)}, repetitions=31)["ours"]
        yield Row(f"{len(NAMES)} features of {N_POINTS} candidates of {name}", 1000 * seconds, "ms", rival, target=10)
    model = validated(recorded_alone(shipped_portfolio()), look=True)
    problem = nas_problems.make("nb201-cifar10")
    Z = problem.space.sample(model.n_design, np.random.default_rng(1))
    y = problem(Z)
    columns = [NAMES.index(name) for name in model.features]
    spent = alternate(
        {
            "choice": lambda: model.choose(describe(problem.space, Z, y)[columns], 300),
            "advice": lambda: advise(problem, budget=300),
        },
        repetitions=15,
    )
    own = "the selector's own time per run: features of its design and a choice"
    yield Row(own, 1000 * spent["choice"], "ms", rival, target_ratio=1)
    yield Row("advice as iohnas recommend gives it, without imports", 1000 * spent["advice"], "ms", rival, target=3000)


def _live_seconds() -> float:
    """Median seconds of an evaluation of candidates that have not been trained before."""
    live = nas_problems.make(LIVE)
    rng = np.random.default_rng(3)
    live(live.space.sample(1, rng), rng=rng)
    seconds = []
    for z in live.space.sample(N_LIVE, rng):
        start = time.perf_counter()
        live(z[None, :], rng=rng)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


if __name__ == "__main__":
    show(rows())
