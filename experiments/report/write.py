"""The page of a study."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.figures import drawn_in
from experiments.folder import StudyFolder
from experiments.folder.record import key_parts
from experiments.page import Page, literal
from experiments.page.missing import reason_to_show
from experiments.report.best import add_best
from experiments.report.front_section import add_fronts
from experiments.report.head import add_head
from experiments.report.landscape import add_landscapes
from experiments.report.other import Other, read_other
from experiments.report.overview import overview, shown_finals
from experiments.report.result import load_results
from experiments.report.runs import by_problem, measure, solvers_of
from experiments.report.sections import add_curves, add_effort, add_finals, add_found, add_overview
from experiments.report.selection import Selection
from experiments.study import Study
from experiments.text.number import count
from nas_problems.array import FloatArray
from optimizers.ioh_format import Fault

FORMATS = ("png", "pdf")
"""Formats in which pictures are written next to a page, unless others are asked for."""


@dataclass(frozen=True, eq=False)
class Written:
    """What a report says.

    Args:
        table: See ``overview``.
        faults: Files that could not be trusted and were left out.
        page: The page.
        finals: Median final regrets, or values as they were measured, of the rows of the table, (rows,).
        measure: What these numbers are: ``regret``, ``value``, or both.
        other: What was compared with; None: nothing.
    """

    table: pd.DataFrame
    faults: Sequence[Fault]
    page: Path
    finals: FloatArray
    measure: str = "regret"
    other: Other | None = None


def write_report(
    folder: StudyFolder,
    out: Path,
    *,
    other: Path | None = None,
    landscape: bool = False,
    selection: Selection | None = None,
    style: Path | None = None,
    formats: Sequence[str] = FORMATS,
    trust_data: bool = False,
) -> Written:
    """Write the page of a study: tables, charts, pictures, csv.

    Args:
        folder: The study's folder; what cannot be read is left out, and the page says so.
        out: Folder of the page, made if absent.
        other: Folder with further logs in IOHprofiler format, to be compared with.
        landscape: Compute the footprints of problems that are recorded tables.
        selection: What is shown; None: everything.
        style: A style file of matplotlib, for the static pictures; see ``experiments.figures.drawn_in``.
        formats: Formats of the pictures next to the page, of ``experiments.page.picture.FORMATS``.
        trust_data: Take numbers of evaluations and best values of ``other`` from its rows; see
            ``optimizers.ioh_format.scan``.

    Raises:
        ValueError: ``folder`` holds neither a study nor runs, ``other`` no logs, or an unknown format.
        KeyError: A solver or problem that is to be shown and has no run.
        OSError: The page cannot be written, ``other`` is not a folder, or ``style`` cannot be read.
    """
    if not folder.exists and not folder.runs_path.is_dir():
        raise ValueError(f"{folder.path}: wanted the folder of a study, found neither study.toml nor runs")
    chosen = Selection() if selection is None else selection
    faults: list[Fault] = []
    results = load_results(folder, faults.append)
    study, damage = _study(folder)
    compared = None if other is None else read_other(other, results, faults.append, trust_data=trust_data)
    if compared is not None:
        results = sorted([*results, *compared.results], key=lambda run: (run.record.problem, run.record.algorithm))
    results = chosen.of(results)
    failures = {key: why for key, why in folder.failures().items() if chosen.shows(*key_parts(key)[:2])}
    problems = by_problem(results, compared.budgets if compared is not None else None)
    table = overview(problems, failures)
    solvers = solvers_of(problems)
    name = folder.path.resolve().name
    with drawn_in(style):
        page = Page(
            out,
            f"Study {name}" if other is None else f"Study {name} with {other.resolve().name}",
            _command(folder.path, other, landscape, chosen, style),
            solvers=solvers,
            problems=[one.problem for one in problems],
            formats=formats,
        )
        add_head(page, problems, table, len(failures), len(faults), study if chosen == Selection() else None)
        if damage:
            page.text(f"**The plan of this study cannot be read:** {literal(damage)}")
        if compared is not None:
            _add_other(page, compared)
        if problems:
            add_overview(page, problems, table)
            add_curves(page, problems, solvers)
            add_finals(page, problems, solvers)
            add_fronts(page, problems, solvers, study)
            add_best(page, [run.record for run in results])
            add_found(page, problems, study)
        add_effort(page, table, [run.record for run in results], failures, faults)
        add_landscapes(page, folder.path, study, compute=landscape)
        finals = shown_finals(table, problems)[:, 0]
        return Written(table, faults, page.write(), finals, measure(problems) if problems else "regret", compared)


def _command(folder: Path, other: Path | None, landscape: bool, selection: Selection, style: Path | None) -> str:
    """The command line that makes the page."""
    words = ["iohnas", "report", str(folder)]
    for option, value in (("--with", other), ("--style", style)):
        words += [] if value is None else [option, str(value)]
    for option, names in (("--solvers", selection.solvers), ("--problems", selection.problems)):
        words += [] if names is None else [option, ",".join(names)]
    return shlex.join([*words, "--landscape"] if landscape else words)


def _study(folder: StudyFolder) -> tuple[Study | None, str]:
    try:
        return folder.study, ""
    except (OSError, ValueError) as error:
        return None, reason_to_show(error)


def _add_other(page: Page, other: Other) -> None:
    page.heading("What was compared")
    page.text(f"{count(other.n_compared, 'run')} of {literal(other.path)} next to this study's.")
    for note in other.notes:
        page.text(f"- {note}")
