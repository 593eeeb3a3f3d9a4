"""The registered solvers and initializers, and how a name becomes one that is ready to run."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal, Protocol, TypeVar, cast

from nas_problems.datasets.file import DataFile
from nas_problems.problem import Problem
from nas_problems.registry import Registry
from optimizers.ioh_algorithm import IohAlgorithm, takes_ioh_problem
from optimizers.option import Option, check_options, options_of
from optimizers.solver import ConfiguredSolver, Initializer, SolverFactory, Traits, of_ioh_algorithm

Plugin = TypeVar("Plugin", bound="SolverPlugin")


class SolverCollection(Protocol):
    """The solvers of a library that has its own registry; they are named ``<collection>:<NAME>``."""

    def names(self) -> tuple[str, ...]:
        """The library's names, sorted; this imports the library."""
        ...

    def factory(self, name: str) -> "SolverPlugin":
        """One of ``names()``, with options as keyword-only parameters."""
        ...

    def traits(self, name: str) -> Traits:
        """What one of ``names()`` can do."""
        ...


SolverPlugin = Callable[..., object] | IohAlgorithm
"""What can be registered as a solver: a factory ``(task, *, option=default)`` that returns a Solver, or a function of
an ioh problem, ``(problem, *, option=default)``, also with ``budget`` and ``rng``, bare or as an IohAlgorithm."""


class SolverRegistry(Registry[SolverPlugin]):
    """The registry of solvers, which knows what each can do."""

    def __init__(self, kind: str, *, catalog: str | None = None, entry_points: str | None = None) -> None:
        super().__init__(kind, catalog=catalog, entry_points=entry_points)
        self._traits: dict[str, Traits] = {}

    def register(
        self,
        name: str,
        *,
        summary: str,
        family: str,
        objectives: Literal["one", "any"] = "one",
        fidelities: bool = False,
        samples: bool = False,
        asynchronous: bool = False,
        files: Sequence[DataFile] = (),
    ) -> Callable[[Plugin], Plugin]:
        """Decorator that adds a solver under ``name``.

        Args:
            name: Letters, digits, ``_ . -``.
            summary: One line for lists.
            family: Group in lists.
            objectives: See ``Traits``.
            fidelities: See ``Traits``.
            samples: See ``Traits``.
            asynchronous: See ``Traits``.
            files: Data that it needs.

        Raises:
            ValueError: A name of other characters, or one that is taken; or what is not a ``SolverPlugin``.
        """
        add = super().register(name, summary=summary, family=family, files=files)
        traits = Traits(objectives, fidelities, samples, asynchronous)

        def add_with_traits(plugin: Plugin) -> Plugin:
            if not isinstance(plugin, IohAlgorithm):
                takes_ioh_problem(plugin)  # says what is wrong with it
            add(plugin)
            self._traits[name] = traits
            return plugin

        return add_with_traits

    def traits(self, name: str) -> Traits:
        """What a solver can do.

        Raises:
            KeyError: Unknown name; the message lists the nearest ones.
        """
        return self._traits[self[name].name]


solvers = SolverRegistry("solver", catalog="optimizers.catalog", entry_points="iohnas.solvers")
"""All registered solvers."""

register = solvers.register
"""Decorator that registers a solver; see ``SolverRegistry.register``."""

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


def _plugin(name: str) -> tuple[SolverPlugin, Traits]:
    collection, member = _split(name)
    if not collection:
        return solvers[member].factory, solvers.traits(member)
    library = collections[collection].factory
    known = library.names()
    if member not in known:
        near = difflib.get_close_matches(member, known, n=3, cutoff=0.4)
        hint = f"the nearest names are {', '.join(f'{collection}:{n}' for n in near)}" if near else "see names()"
        raise KeyError(f"unknown solver {name!r}; {hint}")
    return library.factory(member), library.traits(member)


def _function(plugin: SolverPlugin) -> Callable[..., object]:
    return plugin.function if isinstance(plugin, IohAlgorithm) else plugin


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
    return options_of(_function(_plugin(name)[0]))


def traits(name: str) -> Traits:
    """What a solver can do.

    Raises:
        KeyError: Unknown solver; the message has the nearest names.
    """
    return _plugin(name)[1]


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
    plugin, can = _plugin(name)
    function = _function(plugin)
    checked = check_options(name, function, options)
    defaults = options_of(function)
    changed = {key: value for key, value in checked.items() if value != defaults[key].default}
    if isinstance(plugin, IohAlgorithm) or takes_ioh_problem(plugin):
        algorithm = plugin if isinstance(plugin, IohAlgorithm) else IohAlgorithm(plugin)
        return of_ioh_algorithm(algorithm, name, changed)
    return ConfiguredSolver(name, partial(cast(SolverFactory, function), **changed), changed, can)


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
