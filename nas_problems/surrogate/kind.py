"""What a model of a space's candidates is, and the registry of its kinds."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from numpy.typing import NDArray

from nas_problems.array import FloatArray
from nas_problems.array_file import Arrays, Layout
from nas_problems.registry import Registry, unknown_name
from nas_problems.space import SearchSpace


class Model(Protocol):
    """A fitted model; a single one is an ensemble of one member."""

    layouts: ClassVar[Mapping[str, Layout]]
    """What a file of its arrays must hold."""

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of ``arrays``.

        Raises:
            ValueError: Arrays that do not make such a model.
        """
        ...

    @property
    def arrays(self) -> Arrays:
        """Its arrays by name, for storing."""
        ...

    @property
    def n_columns(self) -> int:
        """Columns that the rows of ``predict`` must have at least."""
        ...

    @property
    def n_members(self) -> int:
        """Members of the ensemble."""
        ...

    def predict_members(self, X: FloatArray) -> FloatArray:
        """What each member predicts for rows (n, columns), (n, members); no row depends on the others."""
        ...

    def predict(self, X: FloatArray) -> FloatArray:
        """Mean over the members, (n,)."""
        ...


class Fit(Protocol):
    """Fits a model."""

    def __call__(self, X: FloatArray, y: FloatArray, *, n_trees: int, space: SearchSpace) -> Model:
        """Fit rows to values.

        Args:
            X: Rows (n, columns): first the expanded code of ``space``, then what else is known of a row.
            y: Values, (n,).
            n_trees: Trees of a forest, half as many as boosting has; the steps of a network are proportional to it.
            space: The space of the candidates.
        """
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of model.

    Args:
        fit: Fits one.
        stored: Its class, which reads it from arrays.
        library: Package without which it cannot be fitted; None: it always can.
        install: What pip is told to install it.
        suits: Whether a space is one whose candidates it knows how to read.
    """

    fit: Fit
    stored: type[Model]
    library: str | None
    install: str
    suits: Callable[[SearchSpace], bool]

    @property
    def is_installed(self) -> bool:
        """Whether its library is there."""
        return self.library is None or importlib.util.find_spec(self.library) is not None


kinds: Registry[Kind] = Registry("model", catalog="nas_problems.surrogate.catalog", entry_points="iohnas.surrogates")
"""All registered kinds."""


def _any_space(space: SearchSpace) -> bool:
    return True


def register(
    name: str,
    *,
    stored: type[Model],
    summary: str,
    family: str,
    library: str | None = None,
    install: str = "",
    suits: Callable[[SearchSpace], bool] = _any_space,
) -> Callable[[Fit], Fit]:
    """Decorator that registers a function that fits models; see ``Kind``.

    Raises:
        ValueError: A name that is taken.
    """

    def add(fit: Fit) -> Fit:
        kinds.register(name, summary=summary, family=family)(Kind(fit, stored, library, install or name, suits))
        return fit

    return add


def available_kinds(space: SearchSpace) -> tuple[str, ...]:
    """Names of the kinds whose library is installed and that suit a space."""
    return tuple(entry.name for entry in kinds if entry.factory.is_installed and entry.factory.suits(space))


def check_kind(name: str, space: SearchSpace) -> Kind:
    """The kind of a name, if it can be fitted.

    Raises:
        KeyError: There is no such kind.
        ImportError: Its library is not installed; the message has the command that installs it.
        ValueError: It does not suit the space.
    """
    if name not in kinds:
        raise unknown_name("model", name, ("best", *kinds.names()))
    kind = kinds[name].factory
    if not kind.is_installed:
        raise ImportError(f"the model {name} needs {kind.library}: pip install {kind.install}")
    if not kind.suits(space):
        suitable = ", ".join(available_kinds(space))
        raise ValueError(f"model: wanted one that suits the space ({suitable}), found {name}: {kinds[name].summary}")
    return kind
