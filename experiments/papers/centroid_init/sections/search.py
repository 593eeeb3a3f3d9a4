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
            caption="Mean accuracy of the population (solid) and the band from its worst (dotted) to its best member "
            f"(dashed), means over runs; cut below the lowest mean; noise {noise}; {here}.",
        )
    main = runs[runs["problem"].isin(sizes.problems) & runs["start"].isin(STARTS)]
    optima = {name: 100.0 - nas_problems.make(name).target for name in sizes.problems}
    page.figure(
        figures.best_boxes(main, optima, (*SOLVERS, "RS")),
        name="figure-9",
        caption=f"Noise-free validation accuracy of the best found; {here}; RS: random search; dashed: the best cell "
        "of the space.",
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
        shown=_by_start(summary),
        caption="Mean noise-free accuracy of the best found, in brackets its standard deviation over runs and the "
        f"share of runs that end at the best cell; {here}. The csv also has the mean of the first population (with "
        "uniform fill), and the test accuracy where the data is available.",
    )
    tests = _tests(main)
    page.table(
        tests,
        name="rank-sum",
        shown=_by_comparison(tests),
        caption="Best found, centroid starts against the others: difference of means in points (positive: centroids "
        "are better), in brackets the p-value of a Wilcoxon rank-sum test (two-sided, ties corrected, not corrected "
        f"for the number of tests); {here}. Runs that take the same fit share their centroids: the p-values are rather "
        "too small.",
    )
    for claim in (
        *claims.final_claims(tests),
        claims.forgetting_claim(searched, sizes.problems),
        *claims.solver_claims(main),
    ):
        page.claim(claim)


def _by_start(summary: pd.DataFrame) -> pd.DataFrame:
    """One column per start of ``summary``, whose index is (problem, noise, solver, start)."""
    cells = summary.apply(lambda row: f"{row['best']:.2f} ({row['sd']:.2f}, {row['optimal']:.0%})", axis=1)
    return cells.unstack("start", fill_value="").reindex(columns=list(STARTS)).reset_index()


def _by_comparison(tests: pd.DataFrame) -> pd.DataFrame:
    """One column per pair of starts of what ``_tests`` returns."""
    cells = tests.apply(lambda row: f"{row['difference']:+.2f} ({row['p']:.2g})", axis=1)
    pair = tests["start"] + " - " + tests["rival"]
    keys = [tests["problem"], tests["noise"], tests["solver"], pair.rename("comparison")]
    return cells.groupby(keys, sort=False).first().unstack("comparison").reset_index()


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
