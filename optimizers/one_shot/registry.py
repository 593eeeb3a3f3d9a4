"""The registered one-shot methods, and how a name becomes one that is ready to start searches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from nas_problems.parameter import Value
from nas_problems.registry import Registry
from optimizers.one_shot.setting import Setting
from optimizers.option import Option, check_options, options_of

if TYPE_CHECKING:
    from optimizers.one_shot.search import Search

methods: Registry[Callable[..., Search]] = Registry(
    "one-shot method", catalog="optimizers.one_shot.catalog", entry_points="iohnas.one_shot"
)
"""All registered methods; a factory is a function or class ``(setting, *, option=default)`` that returns a Search."""

register = methods.register
"""Decorator that registers a method; see ``Registry.register``."""


@dataclass(frozen=True, slots=True)
class ConfiguredMethod:
    """A registered method with its options, ready to start searches.

    Args:
        name: Registered name, e.g. ``gdas``.
        factory: Starts one search.
        options: Options that differ from the method's defaults.
    """

    name: str
    factory: Callable[[Setting], Search]
    options: Mapping[str, Value] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name in logs and files, with the options: ``darts.order-2``."""
        return ".".join([self.name, *(f"{key}-{value}" for key, value in sorted(self.options.items()))])


def names() -> tuple[str, ...]:
    """Names of all methods, sorted."""
    return methods.names()


def options(name: str) -> Mapping[str, Option]:
    """The options of a method, by name.

    Raises:
        KeyError: Unknown method; the message has the nearest names.
    """
    return options_of(methods[name].factory)


def make(name: str, /, **options: Any) -> ConfiguredMethod:
    """Configure a method.

    Args:
        name: One of ``names()``.
        options: Its options; see ``options(name)``.

    Raises:
        KeyError: Unknown name; the message has the nearest ones.
        ValueError: An unknown option or a wrong value; the message lists the options.
    """
    factory = methods[name].factory
    checked = check_options(name, factory, options)
    defaults = options_of(factory)
    changed = {key: value for key, value in checked.items() if value != defaults[key].default}
    return ConfiguredMethod(name, partial(factory, **changed), changed)
