"""The page of a study, section by section."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from experiments.figures import MAX_PANELS, draw
from experiments.folder import StudyFolder
from experiments.folder.record import RunRecord, failed_evaluations
from experiments.page import Heat, Lines, Page, literal
from experiments.report.curves import convergence_panels, curves_table, ecdf_panels, time_panels
from experiments.report.figures import draw_boxes, draw_ranks, draw_shares
from experiments.report.final import compare, final_boxes, final_table, pairs_table, ranks_chart, verdict
from experiments.report.head import add_head
from experiments.report.incumbent import incumbent_shares, shares_table
from experiments.report.landscape import add_landscapes
from experiments.report.other import Other, read_other
from experiments.report.overview import overview, problems_table, shown_effort, shown_overview, summary
from experiments.report.result import load_results
from experiments.report.runs import ProblemRuns, by_problem, caption, solvers_of
from experiments.statistics.comparison import LEVEL
from experiments.study import Study
from experiments.text.number import count, number
from optimizers.ioh_format import Fault

T = TypeVar("T")
_SHOWN = 20  # faults and failures that are listed one by one
_STILL = 9  # problems with a static picture of their incumbents; the chart has all
_MOST_PICTURES = 4  # of each kind; what does not fit is in the chart and the csv


@dataclass(frozen=True, eq=False)
class Written:
    """What a report says.

    Args:
        table: See ``overview``.
        faults: Files that could not be trusted and were left out.
        page: The page.
        other: What was compared with; None: nothing.
    """

    table: pd.DataFrame
    faults: Sequence[Fault]
    page: Path
    other: Other | None = None


def write_report(folder: StudyFolder, out: Path, *, other: Path | None = None, landscape: bool = False) -> Written:
    """Write the page of a study: tables, charts, pictures, csv.

    Args:
        folder: The study's folder; what cannot be read is left out, and the page says so.
        out: Folder of the page, made if absent.
        other: Folder with further logs in IOHprofiler format, to be compared with.
        landscape: Compute the footprints of problems that are recorded tables.

    Raises:
        ValueError: ``folder`` holds neither a study nor runs, or ``other`` no logs.
        OSError: The page cannot be written, or ``other`` is no folder.
    """
    if not folder.exists and not folder.runs_path.is_dir():
        raise ValueError(f"{folder.path}: wanted the folder of a study, found neither study.toml nor runs")
    faults: list[Fault] = []
    results = load_results(folder, faults.append)
    failures = folder.failures()
    study, damage = _study(folder)
    compared = None if other is None else read_other(other, results, faults.append)
    if compared is not None:
        results = sorted([*results, *compared.results], key=lambda run: (run.record.problem, run.record.algorithm))
    problems = by_problem(results, compared.budgets if compared is not None else None)
    table = overview(problems, failures)
    command = f"iohnas report {shlex.quote(str(folder.path))}"
    command += "" if other is None else f" --with {shlex.quote(str(other))}"
    solvers = solvers_of(problems)
    name = folder.path.resolve().name
    page = Page(
        out,
        f"Study {name}" if other is None else f"Study {name} with {other.resolve().name}",
        command + (" --landscape" if landscape else ""),
        solvers=solvers,
        problems=[one.problem for one in problems],
    )
    add_head(page, problems, table, len(failures), len(faults), study)
    if damage:
        page.text(f"**The plan of this study cannot be read:** {literal(damage)}")
    if compared is not None:
        _with_other(page, compared)
    if problems:
        _overview(page, problems, table)
        _curves(page, problems, solvers)
        _finals(page, problems, solvers)
        _found(page, problems, study)
    _effort(page, table, [run.record for run in results], failures, faults)
    add_landscapes(page, folder.path, study, compute=landscape)
    return Written(table, faults, page.write(), compared)


def _study(folder: StudyFolder) -> tuple[Study | None, str]:
    try:
        return folder.study, ""
    except (OSError, ValueError) as error:
        return None, str(error)


def _with_other(page: Page, other: Other) -> None:
    page.heading("What was compared")
    page.text(f"{count(other.n_compared, 'run')} of {literal(other.path)} next to this study's.")
    for note in other.notes:
        page.text(f"- {note}")


def _overview(page: Page, problems: Sequence[ProblemRuns], table: pd.DataFrame) -> None:
    page.heading("Overview")
    ranked = summary(table)
    if len(ranked) > 1:
        page.table(
            ranked,
            name="summary",
            caption="Solvers over all problems. Rank: of the median final regret on each problem. Not told apart: not "
            f"the best, but the rank-sum test against the best has p ≥ {LEVEL} after Holm's correction.",
            digits=3,
        )
    shown, marks = shown_overview(table)
    page.table(table, name="overview", shown=shown, marks=marks, caption=_overview_caption(problems, table), digits=3)
    page.table(
        problems_table(problems),
        name="problems",
        caption="What was minimised, and the targets of the expected running times: the upper quartile, the median and "
        f"the lower quartile of the final regrets of all runs on the problem. {caption(problems)}.",
    )


def _overview_caption(problems: Sequence[ProblemRuns], table: pd.DataFrame) -> str:
    coverage = table["coverage"].dropna()
    covers = "" if coverage.empty else f"at least {number(min(95.0, 100 * coverage.min()), 3)} %"
    text = (
        "Final regret: median over runs of the incumbent's value, without noise where that is known, above the optimum "
        "(or bound) of the problem; in brackets the interval for the median between order statistics"
        + (f", which covers it with probability {covers}" if covers else "")
        + ". **Bold**: the best; ≈: not told apart from it (two-sided rank-sum test, Holm-corrected on each problem, "
        f"level {LEVEL}). AOCC: area over the convergence curve, larger is better. ERT: expected evaluations to a "
        "target, with restarts; ∞: no run reached it."
    )
    if any(one.samples for one in problems):
        text += " A solver that only samples searches nothing: its result is the mean of its draws, not the best."
    return f"{text} {caption(problems)}."


def _curves(page: Page, problems: Sequence[ProblemRuns], solvers: Sequence[str]) -> None:
    convergence, seconds, ecdf = convergence_panels(problems), time_panels(problems), ecdf_panels(problems)
    samples = " Level lines: means of solvers that only sample." if any(one.samples for one in problems) else ""
    for heading, name, x_name, panels, text in (
        (
            "Convergence",
            "convergence",
            "evaluations",
            convergence,
            f"Regret of the incumbent against evaluations: median and quartiles over runs.{samples}",
        ),
        (
            "Convergence in time",
            "seconds",
            "seconds",
            seconds,
            "Regret of the incumbent against seconds of training, as recorded in the tables or measured: median and "
            "quartiles over runs, from when all runs of a solver have a value up to the median of their durations.",
        ),
        (
            "Targets reached",
            "ecdf",
            "evaluations",
            ecdf,
            "Fraction of (run, target) pairs reached against evaluations (ECDF); targets spread evenly over the "
            "logarithm between the median first value and the best value of any run on the problem.",
        ),
    ):
        if not panels:
            continue
        page.heading(heading)
        full = f"{text} {caption(problems)}.{_limit(panels)}"
        figures = [draw(chunk, caption=caption(problems), labels=solvers) for chunk in _chunks(panels)]
        page.chart(Lines(panels), figures=figures, data=curves_table(panels, x_name), name=name, caption=full)
    missing = [one.problem for one in problems if one.problem not in {panel.title for panel in seconds}]
    if missing:
        page.text(f"Without seconds of training in the logs: {', '.join(map(literal, missing))}.")


def _finals(page: Page, problems: Sequence[ProblemRuns], solvers: Sequence[str]) -> None:
    page.heading("Final values")
    boxes = final_boxes(problems)
    names = [problem for problem, groups in boxes.panels.items() if groups]
    if names:
        figures = [draw_boxes(boxes, chunk, solvers) for chunk in _chunks(names)]
        text = "Final regret of every run, a point each; box from quartile to quartile, whiskers up to 1.5 times that."
        if any(one.samples for one in problems):
            text += " Solvers that only sample: the mean of each run, not its best."
        text = f"{text} {caption(problems)}.{_limit(names)}"
        page.chart(boxes, figures=figures, data=final_table(problems), name="final", caption=text)
    comparison, notes = compare(problems)
    page.heading("Ranks over problems")
    if comparison is None:
        page.text("Fewer than two solvers have searched every problem: there are no ranks to compare.")
    else:
        page.text(literal(verdict(comparison)))
        page.chart(
            ranks_chart(comparison),
            figures=[draw_ranks(comparison, solvers)],
            data=None,
            name="ranks",
            caption=f"Rank of the median final regret on {len(comparison.ranks)} problems (and instances): each one a "
            "dot, their mean a diamond. A bar joins solvers that are not told apart (Wilcoxon's signed-rank test on "
            f"all pairs, Holm-corrected, level {LEVEL}). {caption(problems)}.",
        )
        page.table(
            pairs_table(comparison),
            name="pairs",
            caption="Mean rank; problems on which a solver differs from the best, which the test counts; "
            "and Holm-corrected p-values of Wilcoxon's signed-rank test on every pair, exact for few problems.",
            digits=3,
        )
    for note in notes:
        page.text(f"- Left out of the ranks: {literal(note)}")


def _found(page: Page, problems: Sequence[ProblemRuns], study: Study | None) -> None:
    if study is None:
        return
    found, reasons = incumbent_shares(problems, study)
    if not found and not reasons:
        return
    page.heading("What the searches found")
    if found:
        panels = {problem: (shares.rows, shares.solvers, shares.values) for problem, shares in found.items()}
        first = dict(list(found.items())[:_STILL])
        page.chart(
            Heat(panels, "share of runs"),
            figures=[draw_shares(first)],
            data=shares_table(found),
            name="incumbents",
            caption="Share of runs (%) whose final incumbent has a value; numbers with more than 12 values in five "
            f"parts of their scale. {caption(problems)}."
            + (f" The picture shows the first {_STILL} problems." if len(found) > _STILL else ""),
        )
    for problem, reason in reasons.items():
        page.text(f"- {literal(problem)}: {literal(reason)}")


def _effort(
    page: Page,
    table: pd.DataFrame,
    records: Sequence[RunRecord],
    failures: Mapping[str, object],
    faults: Sequence[Fault],
) -> None:
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


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """What each static picture shows."""
    for i in range(0, min(len(items), MAX_PANELS * _MOST_PICTURES), MAX_PANELS):
        yield items[i : i + MAX_PANELS]


def _limit(items: Sequence[object]) -> str:
    """What a caption says where static pictures do not show everything."""
    most = MAX_PANELS * _MOST_PICTURES
    return f" Static pictures: the first {most} of {len(items)} panels." if len(items) > most else ""
