"""The head of a report: what was run, who leads, and whether there were enough runs to say so."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.page import Page, literal
from experiments.report.overview import summary
from experiments.report.runs import ProblemRuns
from experiments.statistics.comparison import LEVEL, smallest_rank_sum
from experiments.study import Study
from experiments.text.number import count, number


def add_head(
    page: Page,
    problems: Sequence[ProblemRuns],
    table: pd.DataFrame,
    n_failed: int,
    n_faults: int,
    study: Study | None,
) -> None:
    """Add numbers, the leaders, and what the number of runs does not allow to say.

    Args:
        page: The page.
        problems: Finished runs.
        table: See ``overview``.
        n_failed: Runs that failed.
        n_faults: Files that were left out.
        study: The study; None: it cannot be read.
    """
    n_runs = int(table["runs"].sum())
    budgets = sorted({one.budget for one in problems})
    planned = 0 if study is None else study.n_runs
    page.fact("runs", f"{number(n_runs)} of {number(planned)}" if n_runs < planned else number(n_runs))
    page.fact("problems", table["problem"].nunique())
    page.fact("solvers", table["solver"].nunique())
    budget = budgets[0] if len(budgets) == 1 else None if study is None else study.budget
    page.fact("evaluations per run", "–" if budget is None else number(budget))
    page.fact("failed runs", number(n_failed), tone="bad" if n_failed else "good")
    page.fact("files left out", number(n_faults), tone="bad" if n_faults else "good")
    if not n_runs:
        page.text(
            "**No run has finished**, so there is nothing to compare yet. "
            + (f"Tried and failed: {count(n_failed, 'run')}; the reasons are below." if n_failed else "")
        )
        return
    best = summary(table)
    if len(best) > 1:
        page.text(_leaders(best, table.loc[table["rank"].notna(), "problem"].nunique()))
    if int(table["runs"].max()) == 1:
        page.text("Every solver has a single run per problem: nothing can be said about chance.")
    elif note := _too_few_runs(problems):
        page.text(note)


def _too_few_runs(problems: Sequence[ProblemRuns]) -> str:
    """On how many problems no test can reach the level, whatever the runs end with; empty: on none."""
    smallest = [smallest_rank_sum([len(runs) for runs in one.searches.values()]) for one in problems]
    n_tested = int(np.count_nonzero(~np.isnan(smallest)))
    n_vain = int(np.count_nonzero(np.array(smallest) >= LEVEL))
    if not n_vain:
        return ""
    where = "" if n_vain == n_tested else f" on {n_vain} of {n_tested} problems"
    return (
        f"**Too few runs to tell solvers apart{where}:** there the test of the overview, corrected for the number of "
        f"solvers, cannot reach the level {LEVEL}, whatever comes out."
    )


def _leaders(ranked: pd.DataFrame, n_problems: int) -> str:
    """All solvers with the best mean rank; see ``summary``."""
    lowest = ranked["mean rank"].min()
    leaders = [
        f"**{literal(row['solver'])}** (best on {row['best on']})"
        for _, row in ranked[np.isclose(ranked["mean rank"], lowest)].iterrows()
    ]
    over = count(n_problems, "problem")
    return f"Best mean rank, {lowest:.2f} over {over}: {' and '.join(leaders)}."
