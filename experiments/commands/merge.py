"""``iohnas merge``: one IOHprofiler folder per solver, from a study's runs or from any logs."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.console import make_console
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_folders, merge_logs


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("merge", rich_help_panel="Studies")(merge)


def merge(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Studies, or folders with logs in IOHprofiler format.")
    ],
    zipped: Annotated[bool, typer.Option("--zip", help="Also zip each folder.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", file_okay=False, help="Folder of the result; default: `ioh` in the one study."),
    ] = None,
) -> None:
    """Merge runs into one folder per solver, for IOHanalyzer.

    Takes a study and renews its `ioh`; with --out, any number of studies, single runs and logs of other programs.
    """
    console = make_console()
    if out is None:
        if len(folders) > 1:
            named = ", ".join(map(str, folders))
            raise ValueError(f"merge: wanted the folder of one study, or --out for the result, found {named}")
        merged = merge_logs(StudyFolder.open(folders[0]), zipped=zipped)
    else:
        merged = merge_folders(folders, out, zipped=zipped)
    for path in merged:
        console.print(str(path))
