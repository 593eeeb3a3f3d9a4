"""Tables of all that is registered: problems, solvers, one-shot methods, feature sets, reproductions and so on."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import nas_problems
import optimizers
from docs.results import stored_pages
from ela.feature.registry import DEFAULT_SETS, SELECTIONS, feature_sets
from experiments.executor import executors
from experiments.papers import reproductions
from experiments.papers.times import time_of
from nas_problems.registry import Entry
from nas_problems.suites import suites
from nas_problems.variant import Variant
from optimizers import one_shot
from optimizers.option import Option, options_of
from optimizers.registry import collections, initializers

_MOST_LISTED = 20  # names of a collection on the page
FAILURES = Path(__file__).parents[2] / "tests" / "optimizers" / "catalog" / "nevergrad_failures.json"


def pages() -> dict[str, str]:
    """Path and text of every page."""
    makers: dict[str, Callable[[], Iterator[str]]] = {
        "problems": _problems,
        "solvers": _solvers,
        "one_shot": _one_shot,
        "initializers": _initializers,
        "features": _features,
        "executors": _executors,
        "reproductions": _reproductions,
    }
    return {f"reference/{name}.md": "\n".join(lines()) + "\n" for name, lines in makers.items()}


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    columns = list(columns)
    yield "| " + " | ".join(columns) + " |"
    yield "| " + " | ".join("---" for _ in columns) + " |"
    for row in rows:
        yield "| " + " | ".join(text.replace("|", "\\|") for text in row) + " |"
    yield ""


def _problems() -> Iterator[str]:
    yield "# Problems"
    yield ""
    yield "All registered problems, by suite; `iohnas list problems --all` says the same. A suite's name is what"
    yield "`--suite` and `nas_problems.adapters.ioh.suite` take. `iohnas data list` says where the files behind a"
    yield "problem come from, `iohnas data fetch NAME` downloads those that do not come with a package."
    yield ""
    summaries = {entry.name: entry.summary for entry in nas_problems.problems}
    for suite, names in suites().items():
        yield f"## {suite}"
        yield ""
        yield from _table(("name", "what it is"), ((f"`{name}`", _summary(name, summaries)) for name in names))


def _summary(text: str, summaries: dict[str, str]) -> str:
    variant = Variant.parse(text)
    return summaries[variant.name] if variant.objective is None else ", ".join(f"`{m}`" for m in variant.objective)


def _solvers() -> Iterator[str]:
    yield "# Solvers"
    yield ""
    yield "All take any space and any initializer, and return valid candidates. `iohnas list solvers` and"
    yield "`optimizers.options(name)` say the same."
    yield ""
    entries = sorted(optimizers.solvers, key=lambda entry: (entry.family, entry.name))
    columns = ("name", "what it is", "what it can do", "options and their defaults")
    yield from _table(columns, (_solver(entry) for entry in entries))
    for collection in collections:
        yield f"## {collection.name}"
        yield ""
        yield f"{collection.summary[:1].upper()}{collection.summary[1:]}: each is a solver, `{collection.name}:<NAME>`."
        yield from _members(collection.name, collection.factory.names())
        yield ""
    failures: dict[str, str] = json.loads(FAILURES.read_text(encoding="utf-8"))
    yield "## Optimizers of nevergrad that cannot run"
    yield ""
    yield "Those below cannot run with the libraries that come with iohnas: they raise an `ImportError` that says what"
    yield "is missing. All others of nevergrad finish a run and repeat it from the same seed, which"
    yield "`python -m pytest -m slow tests/optimizers/catalog/test_nevergrad_any.py` checks, name by name."
    yield ""
    rows = (
        (reason, ", ".join(f"`{name}`" for name, why in failures.items() if why == reason))
        for reason in sorted(set(failures.values()))
    )
    yield from _table(("why", "names"), rows)


def _members(collection: str, names: tuple[str, ...]) -> Iterator[str]:
    """The names of a collection, or where the many of it are listed."""
    if len(names) > _MOST_LISTED:
        yield f"`iohnas list solvers --all` has all {len(names)} names."
    else:
        yield ", ".join(f"`{collection}:{name}`" for name in names) + "."


def _one_shot() -> Iterator[str]:
    yield "# One-shot methods"
    yield ""
    yield "Searches that train a supernet of their own; [Search with a supernet](../tutorials/one_shot.md) shows them"
    yield "at work. `iohnas list one-shot` and `optimizers.one_shot.options(name)` say the same."
    yield ""
    entries = sorted(one_shot.methods, key=lambda entry: (entry.family, entry.name))
    yield from _table(("name", "what it is", "options and their defaults"), map(_plug_in, entries))


def _initializers() -> Iterator[str]:
    yield "# Initializers"
    yield ""
    yield "What chooses the first candidates of a population: `--initializers` of `iohnas run`, `initializer` of"
    yield "`optimizers.run`. [A tutorial](../tutorials/initializer.md) uses one in pymoo, DEAP and Nevergrad."
    yield ""
    yield from _table(("name", "what it is", "options and their defaults"), map(_plug_in, initializers))


def _features() -> Iterator[str]:
    yield "# Landscape features"
    yield ""
    yield "Feature sets of `ela.features(X, y, ..., sets=...)`. A name of a set, of a selection or of a single feature"
    yield f"will do; without one, these are computed: {', '.join(f'`{name}`' for name in DEFAULT_SETS)}."
    yield "A feature does not depend on unit and zero of the values, on the zero of the points, nor on the order of"
    yield "points and variables, unless it is said below; `ela.testing.check_feature_set` checks it."
    yield ""
    for entry in feature_sets:
        yield f"## {entry.name}"
        yield ""
        yield f"{entry.summary[:1].upper()}{entry.summary[1:]}."
        yield ""
        yield ", ".join(f"`{name}`" for name in entry.factory.features)
        yield ""
        for change, names in entry.factory.varies.items():
            which = [name for name in entry.factory.features if name in names]
            every = "all of them" if len(which) == len(entry.factory.features) else ", ".join(f"`{n}`" for n in which)
            yield f"- with {change} these may change: {every}"
        if entry.factory.varies:
            yield ""
    yield "## Selections"
    yield ""
    rows = ((f"`{name}`", ", ".join(f"`{feature}`" for feature in chosen)) for name, chosen in SELECTIONS.items())
    yield from _table(("name", "features"), rows)


def _executors() -> Iterator[str]:
    yield "# Executors"
    yield ""
    yield "Where `iohnas run --executor NAME` carries out runs, and the options that each has;"
    yield "[Scale out](../tutorials/scale.md) shows them at work."
    yield ""
    yield from _table(("name", "what it is"), ((f"`{entry.name}`", entry.summary) for entry in executors))


def _reproductions() -> Iterator[str]:
    yield "# Reproductions"
    yield ""
    yield "`iohnas reproduce NAME` computes the tables and figures of a paper and sets the published numbers next to"
    yield "ours, with a line per claim: holds, does not hold, or cannot be tested here. With `--quick` it does so from"
    yield "a tiny budget. Names that are links lead to [the page as it came out](../results/README.md); times are"
    yield "processor time."
    yield ""
    stored = set(stored_pages())
    rows = (
        (
            f"[`{each.name}`](../results/{each.name}/README.md)" if each.name in stored else f"`{each.name}`",
            each.summary,
            time_of(each.name),
            time_of(each.name, quick=True),
            f"[{each.family}](bibliography.md#{each.family})",
        )
        for each in reproductions
    )
    yield from _table(("name", "what is reproduced", "takes", "`--quick`", "paper"), rows)


def _solver(entry: Entry[Any]) -> tuple[str, ...]:
    options = _options(optimizers.options(entry.name).values()) or "none"
    return f"`{entry.name}`", entry.summary, str(optimizers.traits(entry.name)), options


def _plug_in(entry: Entry[Any]) -> tuple[str, str, str]:
    return f"`{entry.name}`", entry.summary, _options(options_of(entry.factory).values()) or "none"


def _options(options: Iterable[Option]) -> str:
    return ", ".join(f"`{option.name}={option.default}`" for option in options)
