"""``iohnas report``: the page of a study."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from experiments.console import make_console, print_table
from experiments.folder import StudyFolder
from experiments.option import Imports, StudyPath
from experiments.unit import load_plugins

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
        typer.Option("--with", help="Any folder with IOHprofiler logs, to be compared on the problems that both have."),
    ] = None,
    landscape: Annotated[
        bool, typer.Option("--landscape", help="Compute the footprints of problems that are recorded tables.")
    ] = False,
    imports: Imports = None,
) -> None:
    """Write a page with tables, charts, pictures and csv files; works on unfinished studies, too."""
    load_plugins(imports or ())
    study_folder = StudyFolder(folder)
    show_report(make_console(), study_folder, out or study_folder.path / "report", other=other, landscape=landscape)


def show_report(
    console: Console, folder: StudyFolder, out: Path, *, other: Path | None = None, landscape: bool = False
) -> None:
    """Write the page of a study and print its table."""
    from experiments.report import write_report

    written = write_report(folder, out, other=other, landscape=landscape)
    if written.table.empty:
        console.print("no run has finished yet; see iohnas status")
    else:
        _print_overview(console, written.table)
    for note in written.other.notes if written.other is not None else ():
        console.print(note.replace("\\", ""))
    for fault in written.faults:
        console.print(f"left out: {fault}", style="red")
    console.print(f"page: {written.page}")


def _print_overview(console: Console, table: "pd.DataFrame") -> None:
    columns = {
        "problem": "problem",
        "solver": "solver",
        "runs": "runs",
        "final_regret": "final regret",
        "rank": "rank",
        "evaluations_to_target": "evaluations to target",
        "cost_seconds": "training s",
        "wall_seconds": "wall s",
        "failed_runs": "failed runs",
    }
    rows = [[getattr(row, name) for name in columns] for row in table.itertuples(index=False)]
    print_table(console, list(columns.values()), rows)
    console.print("medians over runs; the target is the median final regret of all runs on the problem")
