"""``iohnas report``: the page of a study."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from experiments.console import make_console, print_table
from experiments.folder import StudyFolder
from experiments.option import Imports, StudyPath, split_names
from experiments.process import load_plugins
from optimizers.solver_text import parse_solver, split_list

if TYPE_CHECKING:
    import pandas as pd


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", rich_help_panel="Studies")(report)


def report(
    folder: StudyPath,
    out: Annotated[Path | None, typer.Option(help="Folder of the page.  \\[default: FOLDER/report]")] = None,
    other: Annotated[
        Path | None,
        typer.Option("--with", help="Any folder with IOHprofiler logs, to compare on the problems that both have."),
    ] = None,
    trust_data: Annotated[
        bool,
        typer.Option("--trust-data", help="Trust the rows of these logs where their index contradicts them."),
    ] = False,
    landscape: Annotated[
        bool, typer.Option("--landscape", help="Compute the footprints of problems that are recorded tables.")
    ] = False,
    solvers: Annotated[str | None, typer.Option(help="Show only these solvers, e.g. local-search,cma-es.")] = None,
    problems: Annotated[str | None, typer.Option(help="Show only these problems.")] = None,
    style: Annotated[
        Path | None,
        typer.Option(help="Style file of matplotlib for the pictures; its figure.figsize is the size of a panel."),
    ] = None,
    formats: Annotated[
        str | None, typer.Option("--format", help="Formats of the pictures: png, pdf, svg.  \\[default: png,pdf]")
    ] = None,
    imports: Imports = None,
) -> None:
    """Write a page with tables, charts, pictures and csv files; also works on unfinished studies."""
    load_plugins(imports or ())
    study_folder = StudyFolder(folder)
    show_report(
        make_console(),
        study_folder,
        out or study_folder.path / "report",
        other=other,
        landscape=landscape,
        solvers=None if solvers is None else solver_labels(solvers),
        problems=None if problems is None else split_names(problems),
        style=style,
        formats=None if formats is None else split_names(formats),
        trust_data=trust_data,
    )


def solver_labels(text: str) -> tuple[str, ...]:
    """Labels in logs of solvers separated by commas, which may be written with their options in brackets."""
    return tuple(parse_solver(part).label if "[" in part else part for part in split_list(text))


def show_report(
    console: Console,
    folder: StudyFolder,
    out: Path,
    *,
    other: Path | None = None,
    landscape: bool = False,
    solvers: Sequence[str] | None = None,
    problems: Sequence[str] | None = None,
    style: Path | None = None,
    formats: Sequence[str] | None = None,
    trust_data: bool = False,
) -> None:
    """Write the page of a study and print its table; see ``write_report``."""
    from experiments.report import Selection, write_report

    written = write_report(
        folder,
        out,
        other=other,
        landscape=landscape,
        selection=Selection(solvers, problems),
        style=style,
        trust_data=trust_data,
        **({} if formats is None else {"formats": formats}),
    )
    if written.table.empty:
        console.print("no run has finished yet; see iohnas status")
    else:
        _print_overview(console, written.table.assign(final=written.finals), written.measure)
    for note in written.other.notes if written.other is not None else ():
        console.print(note.replace("\\", ""))
    for fault in written.faults:
        console.print(f"left out: {fault}", style="red")
    console.print(f"page: {written.page}")


def _print_overview(console: Console, table: "pd.DataFrame", measure: str) -> None:
    columns = {
        "problem": "problem",
        "solver": "solver",
        "runs": "runs",
        "final": f"final {measure}",
        "rank": "rank",
        "evaluations_to_target": "evaluations to target",
        "cost_seconds": "training s",
        "wall_seconds": "wall s",
        "failed_runs": "failed runs",
    }
    rows = [[getattr(row, name) for name in columns] for row in table.itertuples(index=False)]
    print_table(console, list(columns.values()), rows)
    console.print(f"medians over runs; the target is the median final {measure} of all runs on the problem")
