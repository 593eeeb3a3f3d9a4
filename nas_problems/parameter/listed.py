"""Parameters whose values are listed: categorical and ordinal ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray, brief, is_text
from nas_problems.parameter.value import Codes, Value, another_of, bins_from_unit, bins_to_unit, check_name, plain


def _checked(name: str, values: Sequence[Value], what: str) -> tuple[Value, ...]:
    """The values as Python's own strings, numbers and None, or an error that says what is wrong."""
    check_name(name, "parameter name")
    if not isinstance(values, (tuple, list)) or not values:
        raise ValueError(f"{name}: wanted a non-empty tuple of {what}, found {brief(values)}")
    values = tuple(map(plain, values))
    for value in values:
        if not (value is None or isinstance(value, (int, float, str))) or value != value:  # NaN differs from itself
            raise ValueError(f"{name}: wanted strings, numbers and None, found {brief(value)}")
        if isinstance(value, str) and not is_text(value):
            raise ValueError(f"{name}: wanted strings that files in UTF-8 can hold, found {brief(value)}")
    if len(set(values)) != len(values):
        raise ValueError(f"{name}: wanted distinct {what}, found {brief(values)}")
    return values


class _Listed:
    """What categorical and ordinal parameters share: a tuple of values, coded by position."""

    __slots__ = ()
    name: str

    @property
    def _listed(self) -> tuple[Value, ...]:
        raise NotImplementedError  # given by the two classes below

    @property
    def n_choices(self) -> int:
        """Number of values."""
        return len(self._listed)

    def decode(self, codes: Codes) -> list[Value]:
        """Codes (n,) to values."""
        listed = self._listed
        return [listed[code] for code in codes.astype(np.int64).tolist()]

    def encode(self, values: Sequence[Value]) -> Codes:
        """Values to codes (n,).

        Raises:
            ValueError: A value that is not listed.
        """
        listed = self._listed
        codes = np.empty(len(values), dtype=np.int64)
        for row, value in enumerate(values):
            try:
                codes[row] = listed.index(value)
            except ValueError:  # not listed, or an array, which compares to an array
                raise ValueError(f"{self.name}: wanted one of {listed}, found {brief(value)}") from None
        return codes

    def to_unit(self, codes: Codes) -> FloatArray:
        """Codes (n,) to the middle of their intervals in [0, 1]."""
        return bins_to_unit(codes, self.n_choices)

    def from_unit(self, unit: FloatArray) -> Codes:
        """Numbers in [0, 1] (n,) to codes; all intervals are equally wide."""
        return bins_from_unit(unit, self.n_choices)

    @property
    def equally_likely(self) -> bool:
        """True: every value is drawn equally often."""
        return True

    def another(self, codes: Codes, unit: FloatArray) -> Codes:
        """Another value for each code (n,), all others alike, from numbers in [0, 1) (n,)."""
        return another_of(codes, unit, self.n_choices)


@dataclass(frozen=True, slots=True)
class Categorical(_Listed):
    """A choice among unordered values; any two of them are neighbours.

    Args:
        name: Parameter name.
        choices: Distinct strings, numbers and None, a tuple or list; a choice's code is its position.

    Raises:
        ValueError: No choices, or a repeated one.

    >>> import numpy as np
    >>> Categorical("op", ("conv", "pool", None)).decode(np.array([1, 2]))
    ['pool', None]
    """

    name: str
    choices: tuple[Value, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", _checked(self.name, self.choices, "choices"))

    @property
    def _listed(self) -> tuple[Value, ...]:
        return self.choices

    @property
    def ordered(self) -> bool:
        """False: codes have no order that means something."""
        return False


@dataclass(frozen=True, slots=True)
class Ordinal(_Listed):
    """A choice among listed values with an order; neighbours are the previous and the next one.

    Args:
        name: Parameter name.
        values: Distinct strings, numbers and None in their order, a tuple or list; a value's code is its position.

    Raises:
        ValueError: No values, or a repeated one.

    >>> import numpy as np
    >>> kernel = Ordinal("kernel", (1, 3, 5))
    >>> kernel.encode([5]), kernel.to_unit(np.array([0, 2])).round(2)
    (array([2]), array([0.17, 0.83]))
    """

    name: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _checked(self.name, self.values, "values"))

    @property
    def _listed(self) -> tuple[Value, ...]:
        return self.values

    @property
    def ordered(self) -> bool:
        """True: codes have an order that means something."""
        return True
