"""The section of a page on fronts of several objectives."""

from collections.abc import Sequence
from functools import partial

from experiments.figures import draw
from experiments.page import Lines, Page, literal
from experiments.report.front import (
    Fronts,
    by_objectives,
    front_table,
    fronts_of,
    indicator_table,
    shown_front,
    shown_indicators,
    surface_panels,
    surfaces_table,
)
from experiments.report.front_figures import draw_pairs
from experiments.report.runs import ProblemRuns, caption
from experiments.report.sections import MOST_PICTURES, chunks, limit
from experiments.study import Study


def add_fronts(page: Page, problems: Sequence[ProblemRuns], solvers: Sequence[str], study: Study | None) -> None:
    """Add indicators, surfaces and what was found together; nothing where every problem has one objective."""
    fronts = fronts_of(problems, study)
    if not fronts:
        return
    note = literal(caption([one for one in problems if one.is_several]))
    page.heading("Fronts")
    _add_indicators(page, fronts, note)
    if panels := surface_panels(fronts):
        page.chart(
            Lines(panels),
            figures=[partial(draw, chunk, caption=caption(problems), labels=solvers) for chunk in chunks(panels)],
            data=surfaces_table(panels),
            name="surfaces",
            caption="Median attainment surfaces: half of a solver's runs found something at least as good in both "
            f"objectives as each point of its curve; grey: the exact front, where it is known. {note}.{limit(panels)}",
        )
    more = [one for one in fronts if one.n_objectives > 2]
    for i, one in enumerate(more[:MOST_PICTURES], start=1):
        page.figure(
            draw_pairs(one, solvers),
            name=f"pairs-of-objectives-{i}",
            caption=f"{literal(one.problem)}: the final front of each solver's run of median hypervolume, seen along "
            f"every pair of objectives. {note}.",
        )
    groups = by_objectives(fronts)
    for i, (labels, group) in enumerate(groups.items(), start=1):
        table = front_table(group)
        page.table(
            table,
            name="front" if len(groups) == 1 else f"front-{i}",
            shown=shown_front(table, labels),
            caption="What all runs found together, each value once: values as they are minimised, share of all runs "
            "that found it, and the solver whose runs did most often; the first rows of each problem, the csv has all. "
            f"{note}.",
        )


def _add_indicators(page: Page, fronts: Sequence[Fronts], note: str) -> None:
    table = indicator_table(fronts)
    target = "the exact front"
    if not all(one.is_exact for one in fronts):
        target += ", or where none is known, what all runs found together"
    page.table(
        table,
        name="indicators",
        shown=shown_indicators(table),
        caption="Medians over runs of the final fronts. Hypervolume: of values normalised by ideal and nadir of the "
        f"problem's reference; compared with {target}: share of its hypervolume, IGD+ and additive epsilon (distances "
        f"on the same scale, smaller is better), and how many of its points were found. A run whose evaluations all "
        f"failed has found none, at an infinite distance. {note}.",
    )
