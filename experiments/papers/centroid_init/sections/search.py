"""Searches from all starts: populations over time, the best found, and rank-sum tests."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

import nas_problems
from experiments.page import Page
from experiments.papers.centroid_init import claims, figures
from experiments.papers.centroid_init.plan import NOISES, SOLVERS, STARTS, TRANSFER, Sizes
from experiments.papers.centroid_init.work import POPULATION, Key, Searched, accuracy
from experiments.statistics import rank_sum
from nas_problems.array import FloatArray
from nas_problems.problem import Problem
from nas_problems.space import Codes


def runs_table(searched: Mapping[Key, Searched]) -> pd.DataFrame:
    """One row per run: accuracy of the first population and of the best found, noise-free, and test accuracy."""
    frames = []
    for (name, noise, solver, start), found in searched.items():
        problem = nas_problems.make(name.removeprefix(f"{TRANSFER} "))
        columns = {
            "problem": name,
            "noise": noise,
            "solver": solver,
            "start": start,
            "run": np.arange(len(found.initial)),
            "initial": found.initial,
            "best": accuracy(problem, found.incumbents),
            "is_optimal": problem(found.incumbents) == problem.target,
            "test": _test_accuracy(problem, found.incumbents),
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _test_accuracy(problem: Problem, Z: Codes) -> FloatArray:
    if problem.test_metric is None:
        return np.full(len(Z), np.nan)
    return problem.evaluate(Z, metrics=(problem.test_metric,)).metrics[problem.test_metric]


def main_searches(page: Page, sizes: Sizes, searched: Mapping[Key, Searched], runs: pd.DataFrame) -> None:
    """Figures 8 and 9 and the tests."""
    page.heading("Searches")
    here = f"{sizes.runs} runs of {sizes.budget} evaluations, population {POPULATION}, 200 epochs"
    for noise in NOISES:
        page.figure(
            figures.population_curves(searched, sizes.problems, noise, SOLVERS),
            name=f"figure-8-{noise}",
            caption="Mean accuracy of the population and its range from worst to best, means over runs, cut "
            f"below the lowest mean; noise {noise}; {here}.",
        )
    main = runs[runs["problem"].isin(sizes.problems) & runs["start"].isin(STARTS)]
    page.figure(
        figures.best_boxes(main, sizes.problems, (*SOLVERS, "RS")),
        name="figure-9",
        caption=f"Noise-free validation accuracy of the best found; {here}; RS: random search.",
    )
    summary = main.groupby(["problem", "noise", "solver", "start"], sort=False).agg(
        initial=("initial", "mean"),
        best=("best", "mean"),
        sd=("best", "std"),
        optimal=("is_optimal", "mean"),
        test=("test", "mean"),
    )
    page.table(
        summary.reset_index(),
        name="searches",
        caption="Mean accuracy of the first population (with uniform fill) and of the best found, its standard "
        f"deviation, the share of runs that end at the best cell, and test accuracy where the data is at hand; {here}.",
    )
    tests = _tests(main)
    page.table(
        tests,
        name="rank-sum",
        caption="Wilcoxon rank-sum tests (two-sided, ties corrected) of the best found; difference of means in points; "
        f"{here}. Runs from one of the {sizes.fits} fits share their centroids: the p-values are rather too small.",
    )
    for claim in (
        *claims.final_claims(tests),
        claims.forgetting_claim(searched, sizes.problems),
        *claims.solver_claims(main),
    ):
        page.claim(claim)


def _tests(runs: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for (name, noise, solver), group in runs[runs["solver"] != "RS"].groupby(
        ["problem", "noise", "solver"], sort=False
    ):
        best = {str(start): part["best"].to_numpy() for start, part in group.groupby("start")}
        rows.extend(
            {
                "problem": name,
                "noise": noise,
                "solver": solver,
                "start": start,
                "rival": rival,
                "difference": best[start].mean() - best[rival].mean(),
                "p": rank_sum(best[start], best[rival]),
            }
            for start in claims.CENTROIDS
            for rival in claims.RIVALS
        )
    return pd.DataFrame(rows)
