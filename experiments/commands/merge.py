"""``iohnas merge``: one IOHprofiler folder per solver from a study's runs."""

from typing import Annotated

import typer

from experiments.console import make_console
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_logs
from experiments.option import StudyPath


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("merge", rich_help_panel="Studies")(merge)


def merge(
    folder: StudyPath, zipped: Annotated[bool, typer.Option("--zip", help="Zip each folder, too.")] = False
) -> None:
    """Merge the logs of a study's finished runs into one folder per solver, as IOHanalyzer takes them."""
    console = make_console()
    for path in merge_logs(StudyFolder.open(folder), zipped=zipped):
        console.print(str(path))
