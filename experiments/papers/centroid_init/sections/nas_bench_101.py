"""The paper's own space: starts and searches on NAS-Bench-101, where a random start can be no cell at all.

Source: traore2023.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

import nas_problems
import optimizers
from experiments.page import Claim, Page
from experiments.statistics.comparison import rank_sum
from nas_problems.array import FloatArray
from nas_problems.cell.graph101 import EDGES, MAX_EDGES, OPERATIONS
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.initializers.centroid import Centroids, Recipe, draw_sample
from optimizers.initializers.centroid.fit import best_round, decode_centroids
from optimizers.solver import Initializer, uniform

POPULATION, BUDGET = 19, 1_995  # traore2023, section 5: short code
SOLVERS = ("deap-ga", "deap-mu-plus-lambda", "aging-evolution")

PUBLISHED = pd.DataFrame(
    [
        {"start": "random, invalid = 0 (published logs)", "mean accuracy (%)": 71.52, "invalid (%)": 16.4},
        {"start": "random, valid ones (published logs)", "mean accuracy (%)": 85.57, "invalid (%)": 0.0},
        {"start": "centroids (published logs)", "mean accuracy (%)": 85.60, "invalid (%)": 0.0},
    ]
)
"""Generation 0 in the logs of the authors' 800 runs, 36 and 108 epochs."""


def as_authors_draw(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    """Codes as the authors draw them: every edge with probability 9/21, at most nine edges, operations alike.

    A draw that has no path from input to output is not a cell, and is not drawn again.

    Args:
        space: That of NAS-Bench-101.
        n: Number of codes.
        rng: Source of randomness.
    """
    Z = np.empty((n, space.n_parameters), dtype=np.int64)
    Z[:, len(EDGES) :] = rng.integers(0, len(OPERATIONS), size=(n, space.n_parameters - len(EDGES)))
    for z in Z:
        while True:
            z[: len(EDGES)] = rng.random(len(EDGES)) < MAX_EDGES / len(EDGES)
            if z[: len(EDGES)].sum() <= MAX_EDGES:
                break
    return Z


def nas_bench_101(page: Page, *, n_runs: int, seed: int) -> None:
    """The section; a sentence where the file is not there.

    Args:
        page: Written to.
        n_runs: Runs per solver and start, and fits of centroids.
        seed: Seed of everything that is drawn.
    """
    page.heading("NAS-Bench-101: is the head start anything but validity?")
    try:
        problem = nas_problems.make("nb101-cifar10")
    except DataUnavailableError as error:
        page.text(f"Left out: {error}")
        return
    page.text(
        "The paper's random start draws codes of which some are no cells; these have fitness 0. Its centroids are "
        "cells. Here: test accuracy after 108 epochs, all cells known; a code that is no cell fails, which is "
        "accuracy 0 as well."
    )
    fits = [_fit(problem, np.random.default_rng([seed, i])) for i in range(n_runs)]
    first = _first(problem, fits, seed)
    page.table(
        pd.concat([first, PUBLISHED], ignore_index=True),
        name="nb101-starts",
        caption=f"Mean accuracy of first populations: 20,000 draws; centroids of {n_runs} fits.",
    )
    by_start = first.set_index("start")["mean accuracy (%)"]
    invalid, valid, centroids = (float(by_start[name]) for name in ("invalid = 0", "valid ones", "centroids"))
    page.claim(
        Claim(
            "Centroids start NAS-Bench-101 searches better than random ones",
            "85.6 % against 71.5 % in generation 0 (their logs)",
            f"{centroids:.1f} % against {invalid:.1f} %; {valid:.1f} % without random draws that are no cells",
            "holds" if centroids > valid + 0.5 else "does not hold",
            "the head start is what not being a cell costs, unless centroids are also better than random cells",
            "half a point better than random draws that are cells",
        )
    )
    finals = _searches(problem, fits, n_runs, seed)
    page.table(
        _compared(finals),
        name="nb101-searches",
        caption=f"Accuracy of the best cell after {BUDGET} evaluations, {n_runs} runs each; p of rank sums against "
        "centroid starts.",
    )


def _fit(problem: Problem, rng: np.random.Generator) -> Centroids:
    recipe = Recipe(sizes="1000 500 250 100", rest="uniform")
    sample = draw_sample(problem, 1000, rng)
    best, rounds = best_round(problem.space, sample, POPULATION, recipe, rng)
    return decode_centroids(problem, sample, best, rounds, POPULATION, recipe)


def _first(problem: Problem, fits: list[Centroids], seed: int) -> pd.DataFrame:
    Z = as_authors_draw(problem.space, 20_000, np.random.default_rng(seed))
    valid = problem.space.is_valid(Z)
    accuracy = 100 - problem(Z)
    of_centroids = np.concatenate([100 - problem(fit.codes(problem.space)) for fit in fits])
    uniform_codes = 100 - problem(problem.space.sample(20_000, np.random.default_rng(seed)))
    rows: list[tuple[str, FloatArray, float]] = [
        ("invalid = 0", accuracy, 100 * float((~valid).mean())),
        ("valid ones", accuracy[valid], 0.0),
        ("uniform valid codes", uniform_codes, 0.0),
        ("centroids", of_centroids, 0.0),
    ]
    return pd.DataFrame(
        [{"start": name, "mean accuracy (%)": float(part.mean()), "invalid (%)": share} for name, part, share in rows]
    )


def _searches(problem: Problem, fits: list[Centroids], n_runs: int, seed: int) -> Mapping[tuple[str, str], FloatArray]:
    found: dict[tuple[str, str], FloatArray] = {}
    for solver in SOLVERS:
        for start in ("invalid = 0", "uniform", "centroids"):
            finals = np.empty(n_runs)
            for run in range(n_runs):
                initializer: Initializer = {"invalid = 0": as_authors_draw, "uniform": uniform}.get(start, fits[run])
                log = optimizers.run(solver, problem, budget=BUDGET, seed=seed + run, initializer=initializer)
                finals[run] = 100 - float(np.min(log.y))
            found[solver, start] = finals
    return found


def _compared(finals: Mapping[tuple[str, str], FloatArray]) -> pd.DataFrame:
    rows = []
    for (solver, start), values in finals.items():
        p = float("nan") if start == "centroids" else rank_sum(values, finals[solver, "centroids"])
        rows.append({"solver": solver, "start": start, "mean (%)": values.mean(), "sd": values.std(), "p": p})
    return pd.DataFrame(rows)
