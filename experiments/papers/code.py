"""Which code made a page: a digest of each module that it is computed by, without git and without a network.

A page's modules are found by reading, not by running: what its own module imports, also within functions and
indirectly, and the modules of the problems, solvers, initializers and so on that its texts name. A digest is of what a
module says to Python: it stays the same where only comments, docstrings or the layout change, and between versions of
Python.
"""

import ast
import csv
import functools
import hashlib
import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from experiments.papers import reproductions
from nas_problems.atomic import replacing
from nas_problems.variant import Variant

CODE = "code.csv"
"""File in a page's folder: module, digests."""

PACKAGES = ("nas_problems", "optimizers", "ela", "experiments")
OWN = "experiments.papers"
"""Where the modules of pages are; all others are the library."""

_LENGTH = 12  # hexadecimal digits of a digest
_SHORTEST = 5  # letters of a text with more behind it, of which names may begin


def digest_of_source(source: str) -> str:
    """Digest of a module's text.

    >>> digest_of_source("x = 1  # one") == digest_of_source("'A module.'; x = 1")
    True
    >>> digest_of_source("x = 1") == digest_of_source("x = 2")
    False
    """
    return _digest_of_tree(ast.parse(source))


def _digest_of_tree(tree: ast.Module) -> str:
    return hashlib.sha256(repr(_stripped(tree)).encode()).hexdigest()[:_LENGTH]


def _stripped(node: Any) -> Any:
    """A tree without docstrings and places, as nested tuples; what is empty is left out, as versions differ in it."""
    if isinstance(node, list):
        return [_stripped(part) for part in node if not _is_docstring(part)]
    if isinstance(node, ast.JoinedStr):  # 3.12 has empty parts in nested ones
        return ("JoinedStr", *(_stripped(part) for part in node.values if getattr(part, "value", None) != ""))
    if not isinstance(node, ast.AST):
        return (type(node).__name__, node)
    parts = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, []) and name != "kind"]
    return (type(node).__name__, *((name, _stripped(value)) for name, value in parts))


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def _tree(module: str) -> ast.Module:
    path = _file_of(module)
    assert path is not None
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _file_of(name: str) -> Path | None:
    """The file of a module in one of our packages, looked up without importing those that it is in; None: no module."""
    package, *parts = name.split(".")
    if package not in PACKAGES:
        return None
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    place = Path(spec.origin).parent.joinpath(*parts)
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


def _is_module(name: str) -> bool:
    """Whether there is such a module in one of our packages."""
    return _file_of(name) is not None


@cache
def _imports(module: str) -> frozenset[str]:
    """Our modules that a module imports, with the packages that they are in."""
    found = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if _is_module(name):
                parts = name.split(".")
                found |= {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
    return frozenset(found)


def _closure(start: frozenset[str]) -> frozenset[str]:
    known: set[str] = set()
    waiting = set(start)
    while waiting:
        module = waiting.pop()
        known.add(module)
        waiting |= _imports(module) - known
    return frozenset(known)


@cache
def _registered() -> Mapping[str, frozenset[str]]:
    """Name of a problem, solver, initializer, one-shot method, feature set or surrogate -> the modules that make it."""
    import nas_problems
    from ela.feature.registry import feature_sets
    from nas_problems.surrogate.kind import kinds
    from optimizers.one_shot.registry import methods
    from optimizers.registry import initializers, solvers

    found: dict[str, set[str]] = {}
    registries = (nas_problems.problems, solvers, initializers, methods, feature_sets, kinds)
    for registry in registries:
        for entry in registry:
            factory = entry.factory
            while isinstance(factory, functools.partial):
                factory = factory.func
            module = getattr(factory, "__module__", "")
            if _is_module(module):
                found.setdefault(entry.name, set()).add(module)
    return {name: frozenset(modules) for name, modules in found.items()}


def _named(module: str) -> frozenset[str]:
    """The modules of what a module names in its texts: whole names, and beginnings of texts that are put together."""
    found: set[str] = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            beginning = str(node.values[0].value)
            if len(beginning) >= _SHORTEST and beginning.endswith("-"):
                found |= {m for name, ms in _registered().items() if name.startswith(beginning) for m in ms}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 100:
            try:
                name = Variant.parse(node.value).name
            except ValueError:
                continue
            found |= _registered().get(name, frozenset())
    return frozenset(found)


def modules_of(page: str) -> tuple[str, ...]:
    """All our modules that a page is computed by, sorted; none of a page that is registered elsewhere.

    Args:
        page: Name of the reproduction.

    Raises:
        KeyError: Unknown page.
    """
    start = reproductions[page].factory.__module__
    if not _is_module(start):
        return ()
    own = frozenset(
        name
        for name in _closure(frozenset({start}))
        if name.startswith(f"{OWN}.")  # the package itself imports no page
    )
    named = frozenset(module for name in own for module in _named(name))
    return tuple(sorted(_closure(own | named)))


def digests_of(page: str) -> dict[str, str]:
    """Module -> digest, of all our modules that a page is computed by.

    Raises:
        KeyError: Unknown page.
    """
    return {module: _digest(module) for module in modules_of(page)}


@cache
def _digest(module: str) -> str:
    return _digest_of_tree(_tree(module))


@contextmanager
def noted(folder: Path, page: str) -> Iterator[None]:
    """Write the page's ``code.csv`` when its computation ends or is interrupted.

    A folder may keep parts of a page that earlier code computed, so digests of earlier sessions stay in front of the
    latest: only a page in a new folder is for certain of one code.

    Args:
        folder: Of the page; nothing is written where there is none.
        page: Name of the reproduction.
    """
    now = digests_of(page)  # as it was imported
    try:
        yield
    finally:
        if folder.is_dir():
            before = read(folder / CODE)
            with replacing(folder / CODE) as new, new.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(("module", "digests"))
                for module, digest in now.items():
                    earlier = [other for other in before.get(module, ()) if other != digest]
                    writer.writerow((module, " ".join([*earlier, digest])))


def read(path: Path) -> dict[str, tuple[str, ...]]:
    """Module -> digests, oldest first, of a ``code.csv``; empty where there is none."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["module"]: tuple(row["digests"].split()) for row in csv.DictReader(file)}


def changed(page: str, recorded: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Modules that are not as they were when a page was made, new and removed ones included, sorted.

    Args:
        page: Name of the reproduction.
        recorded: What ``read`` gives.
    """
    now = digests_of(page)
    return tuple(
        sorted(
            module for module in now.keys() | recorded.keys() if recorded.get(module, ()) != (now.get(module, "none"),)
        )
    )
