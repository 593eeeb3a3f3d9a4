"""Prediction across the space: solvers that estimate a cell from other cells, with the same budget.

Source: elsken2019, section 4; white2021bananas; kandasamy2018; snoek2015.
"""

import numpy as np
import pandas as pd

import nas_problems
import optimizers
from experiments.page import Claim, Page, graded
from experiments.page.missing import left_out
from experiments.papers.stored import stored
from experiments.statistics.comparison import rank_sum
from experiments.steps import step
from nas_problems.array import FloatArray
from nas_problems.datasets.upstream import DataUnavailableError

PROBLEMS = ("nb201-cifar10", "nb101-cifar10")
BASELINE = "random-search"
PUBLISHED, OWN = "bananas-published", "bananas"
SOLVERS = (BASELINE, "aging-evolution", OWN, PUBLISHED, "nasbot", "gp-edit-distance", "dngo")


def write_predicted_search(page: Page, *, n_runs: int, budget: int, seed: int) -> None:
    """Write the regret of each solver, and whether BANANAS is best.

    Args:
        page: Written to; finished runs are kept in its folder.
        n_runs: Runs of each solver on each problem.
        budget: Evaluations of a run.
        seed: Of the first run.
    """
    page.heading("Prediction from other cells")
    rows: list[dict[str, object]] = []
    ratios: dict[str, tuple[float, float, float]] = {}
    for problem in PROBLEMS:
        try:
            regrets = {solver: _regrets(page, problem, solver, n_runs, budget, seed) for solver in SOLVERS}
        except DataUnavailableError as error:
            page.text(f"- {problem}: {left_out(error)}")
            continue
        for solver, (end, half) in regrets.items():
            rows.append(
                {
                    "problem": problem,
                    "solver": solver,
                    "half": np.median(half),
                    "end": np.median(end),
                    "lower": np.quantile(end, 0.25),
                    "upper": np.quantile(end, 0.75),
                    "p": 1.0 if solver == BASELINE else rank_sum(end, regrets[BASELINE][0]),
                }
            )
        published, own = regrets[PUBLISHED][0], regrets[OWN][0]
        ratios[problem] = float(np.median(published)), float(np.median(own)), rank_sum(published, own)
    if not rows:
        return
    page.table(
        pd.DataFrame(rows),
        name="predicted-search",
        caption=f"Regret in percentage points of validation error (nb101: test error) after {budget // 2} and {budget} "
        f"evaluations, median and quartiles of {n_runs} runs; p: rank-sum test against random search",
        digits=3,
    )
    page.text(
        "; ".join(
            f"{problem}: BANANAS has a regret of {published:.2f} as published and {own:.2f} as `{OWN}`, p = {p:.2g}"
            for problem, (published, own, p) in ratios.items()
        )
        + "."
    )
    _claim(page, pd.DataFrame(rows), budget)


def _claim(page: Page, frame: pd.DataFrame, budget: int) -> None:
    others = frame[~frame["solver"].isin([OWN])]
    best = others.loc[others.groupby("problem")["end"].idxmin()]
    is_best = bool((best["solver"] == PUBLISHED).all())
    published = frame[frame["solver"] == PUBLISHED].set_index("problem")
    random = frame[frame["solver"] == BASELINE].set_index("problem")
    beats = bool(((published["p"] < 0.05) & (published["end"] < random["end"])).all())
    page.claim(
        Claim(
            "BANANAS ends lower than random search, aging evolution, DNGO, a Gaussian process and NASBOT",
            published="White et al. 2021: the lowest curve after 150 evaluations on NAS-Bench-101 and -201",
            ours=f"lowest median after {budget}: "
            + ", ".join(f"{row.solver} on {row.problem} ({row.end:.2f})" for row in best.itertuples()),
            verdict=graded(is_best, weaker=beats),
            why="" if is_best else "it ends lower than random search" if beats else "",
            rule=f"{PUBLISHED} has the lowest median of all of these on every problem; weaker: on every problem it is "
            "below random search with rank-sum p < .05",
        )
    )


def _regrets(
    page: Page, problem: str, solver: str, n_runs: int, budget: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Regret at the end of each run and halfway through it, (runs,) each."""

    def compute() -> pd.DataFrame:
        step(f"{problem}: {solver}")
        target = nas_problems.make(problem)
        rows = []
        for run in range(n_runs):
            best = np.minimum.accumulate(optimizers.run(solver, target, budget=budget, seed=seed + run).y)
            rows.append((best[-1] - target.target, best[len(best) // 2 - 1] - target.target))
        return pd.DataFrame(rows, columns=["end", "half"])

    frame = stored(page.folder / "runs" / f"{problem}.{solver}.{budget}.csv", compute)
    return frame["end"].to_numpy(), frame["half"].to_numpy()
