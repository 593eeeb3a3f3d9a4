"""The one registry class behind problems, solvers, initializers and feature sets.

A plug-in is one file in a ``catalog`` folder that calls ``register``; the folder is imported at first
use. Packages of other people add plug-ins through an entry point group of the same name.
"""

import difflib
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Generic, TypeVar

from nas_problems.array import brief
from nas_problems.notebook import facts, listed, table
from nas_problems.parameter import check_file_name

if TYPE_CHECKING:
    from nas_problems.datasets.file import DataFile

T = TypeVar("T")

_LISTED = 12  # names in a message, of hundreds that there may be
_SHOWN = 20  # in a notebook
_NEAREST = 3  # names in a message about one that is not known
_LIKE = 0.75  # similarity of names of which one is a slip of the other
_FEWEST_LETTERS = 4  # of what is looked for in summaries


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A registered plug-in.

    Args:
        name: Unique name.
        factory: Makes the thing.
        summary: One line for lists.
        family: Group in lists, e.g. ``nas201`` or ``deap``.
        files: Data that it needs, or knows more with; ``iohnas data`` lists and fetches them.
    """

    name: str
    factory: T = field(repr=False)
    summary: str
    family: str
    files: "tuple[DataFile, ...]" = field(default=(), repr=False)


def unknown_name(kind: str, name: object, known: Sequence[str], summaries: Sequence[str] = ()) -> KeyError:
    """The error for a name that is not known; its message has the nearest ones.

    Args:
        kind: What was looked for: ``problem``, ``suite``.
        name: What was found.
        known: Names that would have done.
        summaries: What each of them is, where that may be what was typed, as ``nasbench201``; empty: nobody knows.

    >>> unknown_name("problem", "Aa-Bench", ["aa-1", "bb-2", "cc-3"], ["from AA Bench", "from BB Bench", "own"])
    KeyError("unknown problem 'Aa-Bench'; the nearest names are aa-1")
    """
    near = _nearest(str(name), known, summaries)[:_NEAREST]
    more = f", ... ({len(known)} in all)" if len(known) > _LISTED else ""
    hint = f"the nearest names are {', '.join(near)}" if near else f"known are {', '.join(known[:_LISTED])}{more}"
    return KeyError(f"unknown {kind} {brief(name)}; {hint}")


def _nearest(name: str, known: Sequence[str], summaries: Sequence[str]) -> list[str]:
    """Names like this one, names and summaries that have it in them whatever its dashes, and names a little like it."""
    typed = _bare(name)
    like = difflib.get_close_matches(name, known, n=_NEAREST, cutoff=_LIKE)
    within: list[str] = []
    if len(typed) >= _FEWEST_LETTERS:
        within = [other for other in known if typed in _bare(other)]
        within += [other for other, summary in zip(known, summaries, strict=False) if typed in _bare(summary)]
    vague = [] if like or within else difflib.get_close_matches(name, known, n=_NEAREST, cutoff=0.4)
    return list(dict.fromkeys([*like, *within, *vague]))


def _bare(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


class Registry(Generic[T]):
    """Names to factories, filled from a catalog package and from entry points at first use.

    Args:
        kind: What is registered, for messages: ``problem``, ``solver``.
        catalog: Package whose modules register plug-ins when imported; None: no such package.
        entry_points: Group of entry points that name modules to import as well.

    >>> shapes = Registry("shape")
    >>> square = shapes.register("square", summary="four equal sides", family="rectangles")(lambda: 4)
    >>> shapes.names(), shapes["square"].factory()
    (('square',), 4)
    """

    def __init__(self, kind: str, *, catalog: str | None = None, entry_points: str | None = None) -> None:
        self.kind = kind
        self._catalog = catalog
        self._entry_points = entry_points
        self._entries: dict[str, Entry[T]] = {}
        self._loaded = False

    def __repr__(self) -> str:
        """One line: how many there are, and the first ones."""
        return f"<{len(self)} registered: {self.kind} {listed(self.names())}>"

    def _repr_html_(self) -> str:
        rows = [(entry.name, entry.family, entry.summary) for entry in self]
        shown = table((self.kind, "family", "what it is"), rows[:_SHOWN])
        return facts(f"{len(rows)} registered" + (f", the first {_SHOWN}" if len(rows) > _SHOWN else ""), {}, shown)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.names())

    def register(self, name: str, *, summary: str, family: str, files: "Sequence[DataFile]" = ()) -> Callable[[T], T]:
        """Decorator that adds a factory under ``name``.

        Args:
            name: Letters, digits, ``_ . -``.
            summary: One line for lists.
            family: Group in lists.
            files: Data that it needs, or knows more with.

        Raises:
            ValueError: A name of other characters, or one that is taken.
        """
        check_file_name(name, f"{self.kind} name")

        def add(factory: T) -> T:
            if name in self._entries:
                raise ValueError(f"{self.kind} name: {name!r} is registered already")
            self._entries[name] = Entry(name, factory, summary, family, tuple(files))
            return factory

        return add

    def unregister(self, name: str) -> None:
        """Remove a plug-in.

        Raises:
            KeyError: Unknown name.
        """
        del self._entries[self[name].name]

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True  # first: a plug-in may look at the registry while it is imported
        try:
            self._import_plug_ins()
        except BaseException:
            self._loaded = False  # an incomplete registry must not look complete
            raise

    def _import_plug_ins(self) -> None:
        if self._catalog is not None:
            package = importlib.import_module(self._catalog)
            for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
                importlib.import_module(f"{self._catalog}.{module.name}")
        if self._entry_points is not None:
            for entry_point in metadata.entry_points(group=self._entry_points):
                entry_point.load()

    def __getitem__(self, name: str) -> Entry[T]:
        """The entry of ``name``.

        Raises:
            KeyError: Unknown name; the message lists the nearest ones.
        """
        if name in self:
            return self._entries[name]
        raise unknown_name(self.kind, name, self.names(), [entry.summary for entry in self])

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        if name not in self._entries and not self._loaded:
            self._import_alone(name)
        if name not in self._entries:
            self._load()
        return name in self._entries

    def _import_alone(self, name: str) -> None:
        """Import the module of the catalog that is called like a plug-in, where there is one: others can wait."""
        module = name.replace("-", "_")
        if self._catalog is not None and module.isidentifier():
            place = f"{self._catalog}.{module}"
            if importlib.util.find_spec(place) is not None:
                importlib.import_module(place)

    def __iter__(self) -> Iterator[Entry[T]]:
        self._load()
        return iter(sorted(self._entries.values(), key=lambda entry: entry.name))

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(entry.name for entry in self)
