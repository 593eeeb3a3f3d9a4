"""``iohnas reproduce``: a paper's numbers compared with ours."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.console import make_console, print_table
from experiments.papers import reproductions


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reproduce", rich_help_panel="Papers")(reproduce)


def reproduce(
    name: Annotated[str, typer.Argument(help="One of those that --list shows.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the page; default: results/<NAME>.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="The same page from a tiny budget, for a first look.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Show what can be reproduced.")] = False,
) -> None:
    """Compute a paper's tables and figures here, and write a page with both."""
    console = make_console()
    if listed:
        rows = [[entry.name, entry.family, entry.summary] for entry in reproductions]
        print_table(console, ["name", "source", "what is reproduced"], rows)
        return
    if not name:
        raise ValueError(f"reproduce: wanted one of {', '.join(reproductions.names())}, found no name")
    reproduction = reproductions[name].factory
    folder = out or Path("results") / name
    page = reproduction(folder, quick=quick, seed=seed)
    if page.claims:
        columns = ["claim", "published", "ours", "verdict"]
        print_table(console, columns, [[c.text, c.published, c.ours, c.verdict] for c in page.claims])
    console.print(f"page: {page.folder / 'index.html'}")
