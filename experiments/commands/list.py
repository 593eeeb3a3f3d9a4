"""``iohnas list``: what there is."""

import re
from typing import Annotated

import typer

import nas_problems
import optimizers
from experiments.console import make_console, print_table
from experiments.option import Imports
from experiments.process import load_plugins
from nas_problems.suites import suites
from nas_problems.variant import Variant
from optimizers.registry import collections, initializers

_ANALYTIC = {"BBOB", "MA-BBOB", "PBO", "bbob-mixint", "bbob-shuffled"}  # suites that come last
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
    columns, rows = kinds[kind](every)
    print_table(make_console(), columns, rows)


Listing = tuple[list[str], list[list[str]]]


def _problems(every: bool) -> Listing:
    summaries = {entry.name: entry.summary for entry in nas_problems.problems}
    rows = []
    known = [(suite, sorted(names, key=_natural)) for suite, names in suites().items() if suite != "demo"]
    for suite, problems in sorted(known, key=lambda item: (item[0] in _ANALYTIC, item[0].endswith("-mo"))):
        shown = problems if every else problems[:_SHOWN]
        rows += [[name, suite, _summary(name, summaries)] for name in shown]
        if len(shown) < len(problems):
            rows.append(["...", suite, f"{len(problems) - len(shown)} more: iohnas list problems --all"])
    return ["problem", "suite", "what is minimised"], rows


def _natural(name: str) -> list[tuple[int, str]]:
    """What names are sorted by: numbers in them by their size, so that f2 comes before f10.

    >>> sorted(["f10", "f2", "a"], key=_natural)
    ['a', 'f2', 'f10']
    """
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _summary(text: str, summaries: dict[str, str]) -> str:
    variant = Variant.parse(text)
    of = "" if variant.objective is None else f"; {' and '.join(variant.objective)}"
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
