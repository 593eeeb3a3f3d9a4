"""``iohnas reproduce``: a paper's numbers compared with ours."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.completion import page_names
from experiments.console import make_console, print_table
from experiments.papers import reproductions
from experiments.papers.code import noted
from experiments.papers.times import time_of, timed
from experiments.steps import told
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.exception import describe

ALL = "all"
"""In place of a name: every page."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reproduce", rich_help_panel="Papers")(reproduce)


def reproduce(
    name: Annotated[str, typer.Argument(help="A name that --list shows, or all.", autocompletion=page_names)] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            file_okay=False,
            help="Folder of the page; default: results/<NAME>. With 'all': the folder of all pages.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="The same page with a tiny budget, for a first look.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Show what can be reproduced.")] = False,
) -> None:
    """Recompute a paper's tables and figures, and write a page that compares them with the published ones."""
    console = make_console()
    if listed:
        rows = [
            [entry.name, time_of(entry.name), time_of(entry.name, quick=True), entry.family, entry.summary]
            for entry in reproductions
        ]
        print_table(console, ["name", "processor time", "--quick", "source", "what is reproduced"], rows)
        return
    if not name:
        raise ValueError(f"reproduce: wanted all, or one of {', '.join(reproductions.names())}, found no name")
    if name == ALL:
        _reproduce_all(console, out or Path("results"), seed=seed, quick=quick)
    else:
        _reproduce_one(console, name, out or Path("results") / name, seed=seed, quick=quick)


def _reproduce_one(console: Console, name: str, folder: Path, *, seed: int, quick: bool) -> None:
    reproduction = reproductions[name].factory
    took = time_of(name, quick=quick)
    console.print(f"{name}: about {took} of processor time" if took else f"{name}: its time has not been measured")
    with told(console.print), noted(folder, name), timed(folder, quick=quick):
        page = reproduction(folder, quick=quick, seed=seed)
    if page.claims:
        columns = ["claim", "verdict", "published", "ours"]
        print_table(console, columns, [[c.text, c.verdict, c.published, c.ours] for c in page.claims])
    console.print(f"page: {page.folder / 'index.html'}")


def _reproduce_all(console: Console, folder: Path, *, seed: int, quick: bool) -> None:
    """Every page; one that lacks files or a library is named at the end, and the others are made.

    Raises:
        ValueError: No page could be made.
    """
    missing: dict[str, str] = {}
    for name in reproductions.names():
        try:
            _reproduce_one(console, name, folder / name, seed=seed, quick=quick)
        except (DataUnavailableError, ImportError) as error:
            missing[name] = describe(error)
            console.print(f"{name}: {missing[name]}")
    made = len(reproductions) - len(missing)
    console.print(f"{made} of {len(reproductions)} pages in {folder}")
    if not made:
        raise ValueError(f"reproduce: no page could be made; {next(iter(missing.values()))}")
