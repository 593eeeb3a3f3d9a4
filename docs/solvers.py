"""Write docs/solvers.md from the registry: ``python -m docs.solvers``."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optimizers
from nas_problems.registry import Entry

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "solvers.md"
FAILURES = ROOT / "tests" / "optimizers" / "catalog" / "nevergrad_failures.json"


def page() -> str:
    """The page, in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Solvers"
    yield ""
    yield "Written by `python -m docs.solvers`. `iohnas list solvers` and `optimizers.options(name)` say the same."
    yield "All take any space and any initializer, and return valid candidates."
    yield ""
    yield "| name | what it is | options and their defaults |"
    yield "| --- | --- | --- |"
    for entry in sorted(optimizers.solvers, key=lambda entry: (entry.family, entry.name)):
        yield _row(entry)
    yield ""
    yield "## Nevergrad"
    yield ""
    yield "Every optimizer of nevergrad's registry is a solver, `nevergrad:<NAME>`; `iohnas list solvers --all` has the"
    yield "names. Those below cannot run with the libraries that come with iohnas: they raise an `ImportError` that"
    yield "says what is missing. All others finish a run and repeat it from the same seed, which"
    yield "`python -m pytest -m slow tests/optimizers/catalog/test_nevergrad_any.py` checks, name by name."
    yield ""
    yield "| why | names |"
    yield "| --- | --- |"
    failures: dict[str, str] = json.loads(FAILURES.read_text())
    for reason in sorted(set(failures.values())):
        names = ", ".join(f"`{name}`" for name, why in failures.items() if why == reason)
        yield f"| {reason} | {names} |"


def _row(entry: Entry[Any]) -> str:
    options = optimizers.options(entry.name).values()
    described = ", ".join(f"`{option.name}={option.default}`" for option in options)
    return f"| `{entry.name}` | {entry.summary} | {described or 'none'} |"


if __name__ == "__main__":
    PAGE.write_text(page())
