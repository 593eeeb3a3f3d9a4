"""``iohnas list``: what there is."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

import typer

import nas_problems
import optimizers
from experiments.console import make_console, print_table
from experiments.option import Imports
from experiments.process import load_plugins
from nas_problems.datasets.cache import cache_folder
from nas_problems.datasets.published_format import formats
from nas_problems.space_size import space_size
from nas_problems.suites import suites
from nas_problems.variant import Variant
from optimizers.registry import collections, initializers

Listing = tuple[list[str], Sequence[Sequence[object]]]

_ANALYTIC = {"BBOB", "MA-BBOB", "PBO", "bbob-mixint", "bbob-shuffled"}  # suites that come last
_LARGE = 10**7  # from here on, a number of configurations is rounded
_SHOWN = 8  # problems of a suite, unless all are asked for


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", rich_help_panel="Problems and solvers")(list_names)


def list_names(
    kind: Annotated[
        str,
        typer.Argument(
            help="problems, solvers, one-shot, initializers, features, indicators, surrogates, executors or suites"
        ),
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="Show long suites and collections of solvers in full.")] = False,
    imports: Imports = None,
) -> None:
    """List what is registered: problems, suites of them, solvers and one-shot methods with their options, and so on."""
    load_plugins(imports or ())
    kinds = {
        "problems": _problems,
        "solvers": _solvers,
        "one-shot": _one_shot,
        "initializers": _initializers,
        "features": _features,
        "indicators": _indicators,
        "surrogates": _surrogates,
        "executors": _executors,
        "suites": _suites,
    }
    if kind not in kinds:
        raise ValueError(f"list: wanted one of {', '.join(kinds)}, found {repr(kind) if kind else 'nothing'}")
    console = make_console()
    listing = kinds[kind](every)
    print_table(console, *(_by_suite(listing) if kind == "problems" and console.is_terminal else listing))
    if kind == "problems":
        console.print(
            "d: parameters; size: configurations, of which some may be invalid; files: fetch and import are to be had "
            "with iohnas data"
        )


def _problems(every: bool) -> Listing:
    summaries = {entry.name: entry.summary for entry in nas_problems.problems}
    rows: list[list[object]] = []
    known = [(suite, sorted(names, key=_natural)) for suite, names in suites().items() if suite != "demo"]
    for suite, problems in sorted(known, key=lambda item: (item[0] in _ANALYTIC, item[0].endswith("-mo"))):
        shown = problems if every else problems[:_SHOWN]
        rows += [[name, suite, *_space(name), _files(name), _summary(name, summaries)] for name in shown]
        if len(shown) < len(problems):
            more = f"{len(problems) - len(shown)} more: iohnas list problems --all"
            rows.append(["...", suite, "", "", "", more])
    return ["problem", "suite", "d", "size", "files", "what it is"], rows


def _by_suite(listing: Listing) -> Listing:
    """Problems below the names of their suites, which leaves more room for what they are."""
    columns, rows = listing
    grouped: list[Sequence[object]] = []
    for suite, problems in groupby(rows, key=lambda row: row[1]):
        grouped.append([f"{suite}:", *[""] * (len(columns) - 2)])
        grouped += [[name, *others] for name, _, *others in problems]
    return [columns[0], *columns[2:]], grouped


def _space(text: str) -> tuple[int | str, str]:
    """Number of parameters of a problem, and how many configurations it has."""
    known = space_size(Variant.parse(text).name)
    if known is None:
        return "", ""
    n_parameters, size = known
    if size is None:
        return n_parameters, "continuous"
    return n_parameters, f"{size:,}" if size < _LARGE else f"{size:.1e}".replace("e+0", "e").replace("e+", "e")


def _files(text: str) -> str:
    """Whether the files that a problem needs, or knows more with, are here; empty: it needs none."""
    name = Variant.parse(text).name
    imported = [entry.name for entry in formats if entry.factory.problem == name]
    if imported:
        return "here" if all((cache_folder() / "imported" / f"{each}.npz").is_file() for each in imported) else "import"
    here = [file.at_hand or file.is_packaged for file in nas_problems.problems[name].files]
    return "" if not here else "here" if all(here) else "partly" if any(here) else "fetch"


def _natural(name: str) -> list[tuple[int, str]]:
    """What names are sorted by: numbers in them by their size, so that f2 comes before f10.

    >>> sorted(["f10", "f2", "a"], key=_natural)
    ['a', 'f2', 'f10']
    """
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _summary(text: str, summaries: dict[str, str]) -> str:
    variant = Variant.parse(text)
    of = "" if variant.objective is None else f"; of {' and '.join(variant.objective)}"
    return summaries[variant.name] + of


def _solvers(every: bool) -> Listing:
    rows = []
    for entry in optimizers.solvers:
        options = optimizers.options(entry.name).values()
        texts = [f"{option.name}={option.default} ({option.wanted})" for option in options]
        rows.append([entry.name, entry.summary, str(optimizers.traits(entry.name)), "; ".join(texts)])
    for collection in collections:
        if every:
            rows += [[f"{collection.name}:{name}", "", "", ""] for name in collection.factory.names()]
        else:
            rows.append([f"{collection.name}:<NAME>", collection.summary, "", "names: iohnas list solvers --all"])
    return ["solver", "what it is", "what it can do", "options"], rows


def _one_shot(every: bool) -> Listing:
    from optimizers import one_shot

    rows = []
    for entry in one_shot.methods:
        options = one_shot.options(entry.name).values()
        texts = [f"{option.name}={option.default} ({option.wanted})" for option in options]
        rows.append([entry.name, entry.summary, "; ".join(texts)])
    return ["method", "what it is", "options"], rows


def _initializers(every: bool) -> Listing:
    return ["initializer", "what it is"], [[entry.name, entry.summary] for entry in initializers]


def _features(every: bool) -> Listing:
    from ela.feature.registry import feature_sets

    rows = [[entry.name, entry.summary, ", ".join(entry.factory.features)] for entry in feature_sets]
    return ["feature set", "what it is", "features"], rows


def _indicators(every: bool) -> Listing:
    from experiments.indicator import indicators

    return ["indicator", "what it is"], [[entry.name, entry.summary] for entry in indicators]


def _surrogates(every: bool) -> Listing:
    from nas_problems.surrogate import kinds

    rows = [
        [entry.name, entry.summary, "" if entry.factory.is_installed else f"pip install {entry.factory.install}"]
        for entry in kinds
    ]
    return ["surrogate", "what it is", "needs"], rows


def _executors(every: bool) -> Listing:
    from experiments.executor import executors

    return ["executor", "what it is"], [[entry.name, entry.summary] for entry in executors]


def _suites(every: bool) -> Listing:
    rows = []
    for name, problems in suites().items():
        problems = problems if name == "demo" else tuple(sorted(problems, key=_natural))
        shown = problems if every else problems[:_SHOWN]
        more = f", ... ({len(problems)} in all)" if len(shown) < len(problems) else ""
        rows.append([name, ", ".join(shown) + more])
    return ["suite", "problems"], rows
