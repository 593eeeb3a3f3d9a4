"""The sections of a study's page."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd

from experiments.figures import MAX_PANELS, Panel, draw
from experiments.folder.record import RunRecord, failed_evaluations
from experiments.page import Heat, Lines, Page, literal
from experiments.report.curves import convergence_panels, curves_table, ecdf_panels, time_panels
from experiments.report.figures import draw_boxes, draw_ranks, draw_shares
from experiments.report.final import compare, final_boxes, final_table, pairs_table, ranks_chart, verdict
from experiments.report.incumbent import incumbent_shares, shares_table
from experiments.report.overview import problems_table, shown_effort, shown_overview, summary
from experiments.report.runs import ProblemRuns, below_bounds, caption, measure
from experiments.statistics.comparison import LEVEL
from experiments.study import Study
from experiments.text.number import count, number
from optimizers.ioh_format import Fault

T = TypeVar("T")
_SHOWN = 20  # faults and failures that are listed one by one
_STILL = 9  # problems with a static picture of their incumbents; the chart has all
SEVERAL = (
    "Of several objectives, regret is the share of the hypervolume of the exact front (where none is known, of the "
    "reference's ideal) that what was found so far does not have."
)
MOST_PICTURES = 4  # of each kind; what does not fit is in the chart and the csv


def add_overview(page: Page, problems: Sequence[ProblemRuns], table: pd.DataFrame) -> None:
    """Add tables of solvers, of solvers on each problem, and of problems."""
    page.heading("Overview")
    final = measure(problems)
    ranked = summary(table)
    if len(ranked) > 1:
        page.table(
            ranked,
            name="summary",
            caption=f"Solvers over all problems. Rank: of the median final {final} on each problem. Not told apart: "
            f"not the best, but the rank-sum test against the best has p ≥ {LEVEL} after Holm's correction.",
            digits=3,
        )
    shown, marks = shown_overview(table, final, problems)
    page.table(table, name="overview", shown=shown, marks=marks, caption=_overview_caption(problems, table), digits=3)
    page.table(
        problems_table(problems),
        name="problems",
        caption="What was measured, and the targets of the expected running times: the upper quartile, the median and "
        "the lower quartile of what all runs on the problem ended with. AOCC between: the hardest and the easiest "
        f"target of areas and of targets reached, as these runs have them. {literal(caption(problems))}.",
    )
    for line in below_bounds(problems):
        page.text(f"- {literal(line)}")


def _overview_caption(problems: Sequence[ProblemRuns], table: pd.DataFrame) -> str:
    coverage = table["coverage"].dropna()
    covers = "" if coverage.empty else f"at least {number(min(95.0, 100 * coverage.min()), 3)} %"
    text = (
        f"Final {measure(problems)}: median over runs of the incumbent's value, without noise where that is known, "
        f"{_above(problems)}; in brackets the interval for the median between order statistics"
        + (f", which covers it with probability {covers}" if covers else "")
        + ". **Bold**: the best; ≈: not told apart from it (two-sided rank-sum test, Holm-corrected on each problem, "
        f"level {LEVEL}). AOCC: area over the convergence curve, larger is better. ERT: expected evaluations to a "
        "target, with restarts; ∞: no run reached it."
    )
    if np.isinf(table["final_high"]).any():
        text += " A final ∞: every evaluation failed, so that there is no incumbent."
    if any(one.is_several for one in problems):
        text += f" {SEVERAL}"
    if any(one.samples for one in problems):
        text += " A solver that only samples searches nothing: its result is the mean of its draws, not the best."
    return f"{text} {literal(caption(problems))}."


def _above(problems: Sequence[ProblemRuns]) -> str:
    """From where values are measured."""
    records = [one.record for one in problems if not one.is_several]
    if not records:
        return "as the share of the front's hypervolume that is missing"
    if all(record.target_is_optimum for record in records):
        return "above the optimum of the problem"
    if not any(record.target_is_optimum or (record.target_is_bound and record.target) for record in records):
        return "as it is, as no optimum is known"
    return "above what the table of problems says"


def add_curves(page: Page, problems: Sequence[ProblemRuns], solvers: Sequence[str]) -> None:
    """Add convergence against evaluations and seconds, and fractions of targets reached."""
    what = measure(problems).capitalize()
    samples = " Level lines: means of solvers that only sample." if any(one.samples for one in problems) else ""
    seconds = time_panels(problems)
    _add_lines(
        page,
        "Convergence",
        "convergence",
        convergence_panels(problems),
        f"{what} of the incumbent against evaluations: median and quartiles over runs.{samples}",
        problems,
        solvers,
    )
    _add_lines(
        page,
        "Convergence in time",
        "seconds",
        seconds,
        f"{what} of the incumbent against seconds of training, as recorded in the tables or measured: median and "
        "quartiles over runs, from when all runs of a solver have a value up to the median of their durations.",
        problems,
        solvers,
    )
    _add_lines(
        page,
        "Targets reached",
        "ecdf",
        ecdf_panels(problems),
        "Fraction of (run, target) pairs reached against evaluations (ECDF); targets spread evenly, over the logarithm "
        "where 0 is the best there can be, between the median first value and the best value of any run on the "
        "problem.",
        problems,
        solvers,
    )
    missing = [one.problem for one in problems if one.problem not in {panel.title for panel in seconds}]
    if missing:
        page.text(f"Without seconds of training in the logs: {', '.join(map(literal, missing))}.")


def _add_lines(
    page: Page,
    heading: str,
    name: str,
    panels: Sequence[Panel],
    text: str,
    problems: Sequence[ProblemRuns],
    solvers: Sequence[str],
) -> None:
    if not panels:
        return
    page.heading(heading)
    note = caption(problems)
    figures = [partial(draw, chunk, caption=note, labels=solvers) for chunk in chunks(panels)]
    data = curves_table(panels, "seconds" if name == "seconds" else "evaluations")
    page.chart(Lines(panels), figures=figures, data=data, name=name, caption=f"{text} {literal(note)}.{limit(panels)}")


def add_finals(page: Page, problems: Sequence[ProblemRuns], solvers: Sequence[str]) -> None:
    """Add distributions of what runs ended with, and ranks over problems."""
    page.heading("Final values")
    boxes = final_boxes(problems)
    names = [problem for problem, groups in boxes.panels.items() if groups]
    if names:
        figures = [partial(draw_boxes, boxes, chunk, solvers) for chunk in chunks(names)]
        text = f"Final {measure(problems)} of every run, a point each; box from quartile to quartile, whiskers up to "
        text += "1.5 times that."
        if any(one.samples for one in problems):
            text += " Solvers that only sample: the mean of each run, not its best."
        text = f"{text} {literal(caption(problems))}.{limit(names)}"
        page.chart(boxes, figures=figures, data=final_table(problems), name="final", caption=text)
    comparison, notes = compare(problems)
    page.heading("Ranks over problems")
    if comparison is None:
        page.text("Fewer than two solvers have searched every problem: there are no ranks to compare.")
    else:
        page.text(literal(verdict(comparison)))
        page.chart(
            ranks_chart(comparison),
            figures=[partial(draw_ranks, comparison, solvers)],
            data=None,
            name="ranks",
            caption=f"Rank of the median final {measure(problems)} on {count(len(comparison.ranks), 'problem')} (and "
            "instances): dots, whose area is the number of problems with this rank, and their mean as a diamond. A bar "
            f"joins solvers that are not told apart: p ≥ {LEVEL} in Wilcoxon's signed-rank test on all pairs, "
            f"Holm-corrected. {literal(caption(problems))}.",
        )
        page.table(
            pairs_table(comparison),
            name="pairs",
            caption="Mean rank; problems on which a solver differs from the best, which the test counts; and "
            "Holm-corrected p-values of Wilcoxon's signed-rank test on every pair, exact for few problems.",
            digits=3,
        )
    for note in notes:
        page.text(f"- Left out of the ranks: {literal(note)}")


def add_found(page: Page, problems: Sequence[ProblemRuns], study: Study | None) -> None:
    """Add how often each choice is in the final incumbents; nothing where the study cannot be read."""
    if study is None:
        return
    shares_of, reasons = incumbent_shares(problems, study)
    if not shares_of and not reasons:
        return
    page.heading("What the searches found")
    if shares_of:
        panels = {problem: (shares.rows, shares.solvers, shares.values) for problem, shares in shares_of.items()}
        first = dict(list(shares_of.items())[:_STILL])
        page.chart(
            Heat(panels, "share of runs (%)"),
            figures=[partial(draw_shares, first)],
            data=shares_table(shares_of),
            name="incumbents",
            caption="Share of runs (%) whose final incumbent has a value; numbers with more than 12 values in at most "
            f"five parts of their scale. {literal(caption(problems))}."
            + (f" The picture shows the first {_STILL} problems." if len(shares_of) > _STILL else ""),
        )
    for problem, reason in reasons.items():
        page.text(f"- {literal(problem)}: {literal(reason)}")


def add_effort(
    page: Page,
    table: pd.DataFrame,
    records: Sequence[RunRecord],
    failures: Mapping[str, object],
    faults: Sequence[Fault],
) -> None:
    """Add what runs cost, and what failed or was left out."""
    if not table.empty or failures or faults:
        page.heading("Effort and failures")
    if not table.empty:
        page.table(
            shown_effort(table),
            name="effort",
            caption="Medians per run: evaluations, distinct candidates among them, seconds of training (recorded or "
            "measured), seconds that the run took here; failed evaluations of all runs.",
        )
    for line in failed_evaluations(records)[:_SHOWN]:
        page.text(f"- {literal(line)}")
    for key, failure in list(failures.items())[:_SHOWN]:
        page.text(f"- failed: {literal(key)}: {literal(getattr(failure, 'reason', failure))}")
    if len(failures) > _SHOWN:
        page.text(f"- and {count(len(failures) - _SHOWN, 'more failed run')}; `iohnas status` names them")
    for fault in faults[:_SHOWN]:
        page.text(f"- left out: {literal(fault)}")
    if len(faults) > _SHOWN:
        page.text(f"- and {count(len(faults) - _SHOWN, 'more file')}; `iohnas check` names them")


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """What each static picture shows."""
    for i in range(0, min(len(items), MAX_PANELS * MOST_PICTURES), MAX_PANELS):
        yield items[i : i + MAX_PANELS]


def limit(items: Sequence[object]) -> str:
    """What a caption says where static pictures do not show everything."""
    most = MAX_PANELS * MOST_PICTURES
    return f" Static pictures: the first {most} of {len(items)} panels." if len(items) > most else ""
