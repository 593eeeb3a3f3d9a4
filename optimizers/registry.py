"""The registered solvers and initializers, and how a name becomes one that is ready to run."""

import difflib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from nas_problems.problem import Problem
from nas_problems.registry import Registry
from optimizers.option import Option, check_options, options_of
from optimizers.solver import ConfiguredSolver, Initializer, Solver


class SolverCollection(Protocol):
    """The solvers of a library that has its own registry; they are named ``<collection>:<NAME>``."""

    def names(self) -> tuple[str, ...]:
        """The library's names, sorted; this imports the library."""
        ...

    def factory(self, name: str) -> Callable[..., Solver]:
        """The factory of one of ``names()``, with options as keyword-only parameters."""
        ...


solvers: Registry[Callable[..., Solver]] = Registry(
    "solver", catalog="optimizers.catalog", entry_points="iohnas.solvers"
)
"""All registered solvers; a factory is a function or class ``(task, *, option=default)`` that returns a
Solver."""

register = solvers.register
"""Decorator that registers a solver; see ``Registry.register``."""

collections: Registry[SolverCollection] = Registry(
    "solver collection", catalog="optimizers.catalog", entry_points="iohnas.solvers"
)
"""All registered collections."""

initializers: Registry[Callable[..., Initializer]] = Registry(
    "initializer", catalog="optimizers.initializers", entry_points="iohnas.initializers"
)
"""All registered initializers; a factory is a function or class ``(problem, *, option=default)`` that returns one."""


def _split(name: str) -> tuple[str, str]:
    collection, colon, member = str(name).partition(":")
    return (collection, member) if colon else ("", collection)


def _factory(name: str) -> Callable[..., Solver]:
    collection, member = _split(name)
    if not collection:
        return solvers[member].factory
    found = collections[collection].factory
    known = found.names()
    if member not in known:
        near = difflib.get_close_matches(member, known, n=3, cutoff=0.4)
        hint = f"the nearest names are {', '.join(f'{collection}:{n}' for n in near)}" if near else "see names()"
        raise KeyError(f"unknown solver {name!r}; {hint}")
    return found.factory(member)


def names(*, collected: bool = True) -> tuple[str, ...]:
    """Names of all solvers: the registered ones sorted, then those of every collection.

    Args:
        collected: Whether to list the collections' solvers, such as ``nevergrad:DE``, too; this imports
            their libraries.
    """
    listed = list(solvers.names())
    if collected:
        for entry in collections:
            listed.extend(f"{entry.name}:{member}" for member in entry.factory.names())
    return tuple(listed)


def options(name: str) -> Mapping[str, Option]:
    """The options of a solver, by name.

    Raises:
        KeyError: Unknown solver; the message has the nearest names.
    """
    return options_of(_factory(name))


def make(name: str, /, **options: object) -> ConfiguredSolver:
    """Configure a solver.

    Args:
        name: One of ``names()``.
        options: Its options; see ``optimizers.options(name)``.

    Raises:
        KeyError: Unknown name; the message has the nearest ones.
        ValueError: An unknown option or a wrong value; the message lists the options.

    >>> make("local-search", variant="query-until-lower").label
    'local-search.variant-query-until-lower'
    """
    factory = _factory(name)
    checked = check_options(name, factory, options)
    defaults = options_of(factory)
    changed = {key: value for key, value in checked.items() if value != defaults[key].default}
    return ConfiguredSolver(name, partial(factory, **changed), changed)


def initializer_names() -> tuple[str, ...]:
    """Names of all registered initializers, sorted."""
    return initializers.names()


def make_initializer(name: str, problem: Problem, /, **options: object) -> Initializer:
    """Configure an initializer for a problem.

    Args:
        name: One of ``initializer_names()``.
        problem: What will be searched; initializers that learn from data sample from it.
        options: The initializer's options.

    Raises:
        KeyError: Unknown name; the message has the nearest ones.
        ValueError: An unknown option or a wrong value; the message lists the options.
    """
    factory = initializers[name].factory
    return factory(problem, **check_options(name, factory, options))
