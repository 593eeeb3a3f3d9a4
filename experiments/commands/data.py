"""``iohnas data``: the files behind problems, their hashes, licences and cache."""

from pathlib import Path
from typing import Annotated, Any

import typer

import nas_problems
from experiments.console import make_console, print_table
from experiments.text.number import count
from nas_problems.datasets.cache import cache_folder
from nas_problems.datasets.file import DataFile
from nas_problems.datasets.published_format import format_of, formats
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.registry import Entry, unknown_name
from nas_problems.variant import Variant


def register(app: typer.Typer) -> None:
    """Add the commands."""
    data = typer.Typer(help="List, verify, download and convert the files behind problems.", no_args_is_help=True)
    data.command("list")(list_files)
    data.command("verify")(verify_files)
    data.command("fetch")(fetch_files)
    data.command("import")(import_file)
    data.command("formats")(list_formats)
    app.add_typer(data, name="data", rich_help_panel="Problems and solvers")


def list_files() -> None:
    """List the files behind problems: their licence, and whether they are here."""
    console = make_console()
    rows = [
        [file.name, _shortened(names), file.licence, "here" if file.at_hand else "not here", file.sha256[:16]]
        for file, names in _files_of_problems().items()
    ]
    print_table(console, ["file", "problems", "licence", "state", "sha256"], rows)
    console.print(f"cache: {cache_folder()}  (set IOHNAS_CACHE to use another folder)")


def _files_of_problems() -> dict[DataFile, list[str]]:
    """File -> the problems that need it, or know more with it."""
    problems: dict[DataFile, list[str]] = {}
    for entry in nas_problems.problems:
        for file in entry.files:
            problems.setdefault(file, []).append(entry.name)
    return problems


def _shortened(names: list[str]) -> str:
    """The first of some names, and how many there are besides."""
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def verify_files() -> None:
    """Compare the hash of every downloaded file with the pinned one; ends with code 1 if one differs."""
    console = make_console()
    files = [file for file in _files_of_problems() if file.at_hand or file.is_packaged]
    n_wrong = 0
    for file in files:
        try:
            file.read()
            console.print(f"{file.name}: sha256 {file.sha256} as pinned")
        except (ValueError, OSError, ImportError) as error:
            n_wrong += 1
            console.print(f"{file.name}: {error}", style="red")
    console.print(f"{len(files) - n_wrong} of {len(files)} files are as pinned")
    raise typer.Exit(1 if n_wrong else 0)


def fetch_files(
    name: Annotated[
        str, typer.Argument(help="A problem, the beginning of several such as nb201, a page of 'reproduce', or all.")
    ],
) -> None:
    """Download the files that a problem or a page needs into the cache; ends with code 1 if one cannot be had."""
    console = make_console()
    files = dict.fromkeys(file for entry in _named(name) for file in entry.files)
    if not files:
        console.print(f"{name}: needs no files")
    n_missing = 0
    for file in files:
        try:
            size = len(file.read())
            console.print(f"{file.name}: {size} bytes at {file.path()}, sha256 {file.sha256[:16]}..., {file.licence}")
        except (DataUnavailableError, ValueError, OSError, ImportError) as error:
            n_missing += 1
            console.print(str(error), style="red")
    raise typer.Exit(1 if n_missing else 0)


def _named(name: str) -> list[Entry[Any]]:
    """Entries of problems and pages by a name, by what names begin with, or all of them.

    Raises:
        KeyError: Unknown name.
    """
    wanted = Variant.parse(name).name
    entries: list[Entry[Any]] = [
        entry for entry in nas_problems.problems if name == "all" or f"{entry.name}-".startswith(f"{wanted}-")
    ]
    if name == "all" or not entries:
        from experiments.papers import reproductions  # all pages, which take a second to import

        entries += [entry for entry in reproductions if name in ("all", entry.name)]
        if not entries:
            raise unknown_name("problem or page", name, (*nas_problems.names(), *reproductions.names()))
    return entries


def list_formats() -> None:
    """List the published files and folders that 'iohnas data import' converts."""
    rows = [[entry.name, entry.factory.wanted, entry.factory.problem, entry.summary] for entry in formats]
    print_table(make_console(), ["format", "published as", "problem", "what it is"], rows)


def import_file(
    path: Annotated[
        Path,
        typer.Argument(
            help="A published file or folder, such as nasbench_full.tfrecord or xgb_v1.0; 'iohnas data formats' "
            "lists them."
        ),
    ],
    any_file: Annotated[
        bool, typer.Option("--any-file", help="Accept files that differ from the published ones, e.g. a part.")
    ] = False,
) -> None:
    """Convert published files, once, for a problem that needs them; 'iohnas data formats' lists which."""
    console = make_console()
    published, next_line = format_of(path).factory, 0

    def on_batch(n: int) -> None:
        nonlocal next_line
        if n >= next_line:
            console.print(f"{count(n, published.unit)}")
            next_line += 500_000

    n, stored = published.convert(path, on_batch=on_batch, any_file=any_file)
    remark = f", {published.remark}" if published.remark else ""
    console.print(f"{path}: {count(n, published.unit)}{remark}; {stored}: {stored.stat().st_size} bytes")
