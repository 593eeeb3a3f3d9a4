"""``iohnas report``: table, figures and csv of a study."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from experiments.console import make_console, print_table
from experiments.folder import StudyFolder
from experiments.option import StudyPath

if TYPE_CHECKING:
    import pandas as pd


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    folder: StudyPath,
    out: Annotated[Path | None, typer.Option(help="Folder of the page.  [default: FOLDER/report]")] = None,
) -> None:
    """Print a table and write a page with figures and csv files; works on unfinished studies, too."""
    study_folder = StudyFolder.open(folder)
    if not study_folder.finished() and not study_folder.failures():
        raise ValueError(f"{folder}: no run has finished yet; see iohnas status")
    show_report(make_console(), study_folder, out or study_folder.path / "report")


def show_report(console: Console, folder: StudyFolder, out: Path) -> None:
    """Write the page of a study and print its table."""
    from experiments.report import write_report

    table, faults, page = write_report(folder, out)
    _print_overview(console, table)
    for fault in faults:
        console.print(f"left out: {fault}", style="red")
    console.print(f"page with figures: {page}")


def _print_overview(console: Console, table: "pd.DataFrame") -> None:
    columns = {
        "problem": "problem",
        "solver": "solver",
        "runs": "runs",
        "final_regret": "final regret",
        "evaluations_to_target": "evaluations to target",
        "cost_seconds": "training s",
        "wall_seconds": "wall s",
        "failed_runs": "failed runs",
    }
    rows = [[getattr(row, name) for name in columns] for row in table.itertuples(index=False)]
    print_table(console, list(columns.values()), rows)
    console.print("medians over runs; the target is the median final regret of all runs on the problem")
