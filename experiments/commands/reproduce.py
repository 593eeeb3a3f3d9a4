"""``iohnas reproduce``: a paper's numbers compared with ours."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.console import make_console, print_table
from experiments.papers import reproductions
from experiments.papers.times import time_of
from experiments.steps import told


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
        rows = [
            [entry.name, time_of(entry.name), time_of(entry.name, quick=True), entry.family, entry.summary]
            for entry in reproductions
        ]
        print_table(console, ["name", "takes about", "--quick", "source", "what is reproduced"], rows)
        return
    if not name:
        raise ValueError(f"reproduce: wanted one of {', '.join(reproductions.names())}, found no name")
    reproduction = reproductions[name].factory
    folder = out or Path("results") / name
    took = time_of(name, quick=quick)
    console.print(
        f"{name}: takes about {took} on two cores" if took else f"{name}: nobody has measured how long it takes"
    )
    with told(console.print):
        page = reproduction(folder, quick=quick, seed=seed)
    if page.claims:
        columns = ["claim", "verdict", "published", "ours"]
        print_table(console, columns, [[c.text, c.verdict, c.published, c.ours] for c in page.claims])
    console.print(f"page: {page.folder / 'index.html'}")
