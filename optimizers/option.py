"""Options of plug-ins, read from the keyword-only parameters of their factories.

A factory ``def f(task, *, n_starts: PositiveInt = 1)`` has one option; its
annotation says what may be given: ``bool``, ``int``, ``float``, ``str``, a ``Literal``, or one of them
``Annotated`` with a ``Between``.
"""

import inspect
import math
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from nas_problems.array import brief, is_number
from nas_problems.parameter import Value


@dataclass(frozen=True, slots=True)
class Between:
    """A closed range of numbers, for ``Annotated``; ``also`` is allowed outside it."""

    low: float = -math.inf
    high: float = math.inf
    also: float | None = None


LARGEST_COUNT = 1_000_000
"""Of candidates, steps, members, ...: more would be asked for by mistake, and fill the memory or never end."""

Count = Annotated[int, Between(0, LARGEST_COUNT)]
"""An integer of at least 0."""

PositiveInt = Annotated[int, Between(1, LARGEST_COUNT)]
"""An integer of at least 1."""

AtLeastTwo = Annotated[int, Between(2, LARGEST_COUNT)]
"""An integer of at least 2, for populations that recombine."""

Probability = Annotated[float, Between(0, 1)]
"""A number in [0, 1]."""

BatchSize = Annotated[int, Between(1, also=0)]
"""Candidates that are evaluated at a time; 0: as many as there are workers, see ``Task.batch``."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a plug-in.

    Args:
        name: As written in Python.
        default: Its value where none is given.
        kind: ``bool``, ``int``, ``float`` or ``str``.
        choices: The only values allowed; empty: any value of the kind and range.
        between: Allowed range of a number.
    """

    name: str
    default: Value
    kind: type
    choices: tuple[Value, ...] = ()
    between: Between = Between()

    @property
    def wanted(self) -> str:
        """What may be given, in words.

        >>> Option("rate", 0.5, float, between=Between(0, 1)).wanted
        'a number in [0, 1]'
        """
        if self.choices:
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        if self.kind in (bool, str):
            return "True or False" if self.kind is bool else "a string"
        words = "an integer" if self.kind is int else "a number"
        low, high = self.between.low, self.between.high
        if self.between.also is not None:
            words = f"{self.between.also:g} or {words}"
        if math.isinf(high):
            return words if math.isinf(low) else f"{words} >= {low:g}"
        return f"{words} in [{low:.9g}, {high:.9g}]"

    def check(self, value: object) -> Value:
        """Return ``value`` in this option's kind.

        Raises:
            ValueError: Another kind of value, or one outside the choices or the range.
        """
        if self.kind is float and isinstance(value, int) and is_number(value):
            value = float(value)
        if isinstance(value, (bool, int, float, str)) and type(value) is self.kind and self._allows(value):
            return value
        raise ValueError(f"{self.name}: wanted {self.wanted}, found {brief(value)}")

    def _allows(self, value: Value) -> bool:
        if self.choices:
            return value in self.choices
        if isinstance(value, str) or value is None:
            return value is not None
        in_range = (isinstance(value, bool) or is_number(value)) and self.between.low <= value <= self.between.high
        return in_range or value == self.between.also

    def parse(self, text: str) -> Value:
        """Read the option from a command line or file.

        Raises:
            ValueError: A string that is not a value of this option.

        >>> Option("n_starts", 1, int).parse("20")
        20
        """
        value: object = text
        if self.kind is bool:
            value = {"true": True, "false": False}.get(text.lower(), text)
        elif self.kind in (int, float):
            try:
                value = self.kind(text)
            except ValueError:
                value = text
        return self.check(value)


def options_of(factory: Callable[..., object]) -> Mapping[str, Option]:
    """The options of a factory by name, in the order of its parameters.

    Raises:
        TypeError: A keyword-only parameter without a default, or with an annotation that is not an option's.
    """
    called = inspect.unwrap(factory)
    if not inspect.isfunction(called):
        called = inspect.getattr_static(factory, "__init__" if isinstance(factory, type) else "__call__")
    hints = typing.get_type_hints(called, include_extras=True)
    return {
        name: _option(name, parameter.default, hints.get(name))
        for name, parameter in inspect.signature(factory).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and name not in ("budget", "rng")  # given by the run
    }


def _option(name: str, default: Any, hint: Any) -> Option:
    between = Between()
    if typing.get_origin(hint) is Annotated:
        hint, *notes = typing.get_args(hint)
        between = next((note for note in notes if isinstance(note, Between)), between)
    choices = typing.get_args(hint) if typing.get_origin(hint) is Literal else ()
    kind = type(choices[0]) if choices else hint
    if kind not in (bool, int, float, str) or default is inspect.Parameter.empty:
        raise TypeError(f"option {name!r}: wanted bool, int, float, str or Literal with a default, found {hint!r}")
    option = Option(name, default, kind, choices, between)
    option.check(default)
    return option


def check_options(plugin: str, factory: Callable[..., object], given: Mapping[str, object]) -> dict[str, Value]:
    """The given options in their kinds.

    Args:
        plugin: Name of the plug-in, for messages.
        factory: Its factory.
        given: Name -> value.

    Raises:
        ValueError: An unknown option or a wrong value; the message lists the options.
    """
    known = options_of(factory)
    try:
        for name in given:
            if name not in known:
                raise ValueError(f"{name}: no such option")
        return {name: known[name].check(value) for name, value in given.items()}
    except ValueError as error:
        listed = "; ".join(f"{option.name} ({option.wanted}; default {option.default!r})" for option in known.values())
        raise ValueError(f"{plugin}: {error}. Its options are: {listed or 'none'}") from None
