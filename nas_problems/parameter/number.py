"""Parameters whose values are a range of numbers: integer and real ones."""

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from nas_problems.array import FloatArray, brief
from nas_problems.parameter.value import (
    Codes,
    Value,
    another_of,
    bins_from_unit,
    bins_to_unit,
    check_name,
    plain,
    plain_bound,
)

_LARGEST_BOUND = 2**53  # exact in float64
_MOST_VALUES = 2**32  # so that each has its own interval of the box


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _check_log(name: str, log: object) -> None:
    """Refuse a scale that is neither True nor False."""
    if not isinstance(log, (bool, np.bool_)):
        raise ValueError(f"{name}: wanted log True or False, found {brief(log)}")


def _is_finite(value: float) -> bool:
    """Whether float64 holds the number, which an integer may be too large for."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer range, both ends included; neighbours differ by one.

    Args:
        name: Parameter name.
        low: Smallest value; its code is 0.
        high: Largest value.
        log: Give each value a share of the unit interval that is proportional to its width on a log
            scale; otherwise all shares are equal. By these shares values are drawn and mutated, everywhere.

    Raises:
        ValueError: ``low > high``, a bound that is not an integer or beyond 2**53, more than 2**32 values, or
            ``log`` with ``low < 1``.

    >>> import numpy as np
    >>> Integer("width", 8, 64, log=True).from_unit(np.array([0.0, 0.5, 0.99])) + 8  # codes begin at 0
    array([ 8, 22, 63])
    """

    name: str
    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        check_name(self.name, "parameter name")
        for end in ("low", "high"):
            bound = plain(getattr(self, end))
            if not isinstance(bound, int) or isinstance(bound, bool) or abs(bound) > _LARGEST_BOUND:
                raise ValueError(f"{self.name}: wanted integer bounds within +-2**53, found {brief(bound)}")
            object.__setattr__(self, end, bound)
        if not 1 <= self.n_choices <= _MOST_VALUES:
            raise ValueError(f"{self.name}: wanted 1 ... 2**32 values, found [{self.low}, {self.high}]")
        _check_log(self.name, self.log)
        if self.log and self.low < 1:
            raise ValueError(f"{self.name}: wanted low >= 1 on a log scale, found {self.low}")

    @property
    def n_choices(self) -> int:
        """Number of values."""
        return self.high - self.low + 1

    @property
    def ordered(self) -> bool:
        """True: codes have an order that means something."""
        return True

    def decode(self, codes: Codes) -> list[Value]:
        """Codes (n,) to values."""
        return [int(value) for value in (codes.astype(np.int64) + self.low).tolist()]

    def encode(self, values: Sequence[Value]) -> Codes:
        """Values to codes (n,).

        Raises:
            ValueError: Not a number of this range.
        """
        codes = np.empty(len(values), dtype=np.int64)
        for row, value in enumerate(values):
            if not (_is_number(value) and self.low <= value <= self.high and int(value) == value):
                raise ValueError(f"{self.name}: wanted an integer in [{self.low}, {self.high}], found {brief(value)}")
            codes[row] = int(value) - self.low
        return codes

    def to_unit(self, codes: Codes) -> FloatArray:
        """Codes (n,) to [0, 1], on a log scale where asked for."""
        if not self.log:
            return bins_to_unit(codes, self.n_choices)
        start, width = self._log_range()
        return np.asarray(np.log1p((codes + 0.5) / start) / width, dtype=np.float64)

    def from_unit(self, unit: FloatArray) -> Codes:
        """Numbers in [0, 1] (n,) to codes."""
        if not self.log:
            return bins_from_unit(unit, self.n_choices)
        start, width = self._log_range()
        codes = np.rint(start * np.expm1(unit * width) - 0.5).astype(np.int64)
        return np.minimum(np.maximum(codes, 0), self.n_choices - 1)  # rounding at the two edges

    def _log_range(self) -> tuple[float, float]:
        """Start of the first value's interval, and logarithm of the last one's end over it.

        Values are ``start + distance from it``, so that neither large nor few values lose their digits.
        """
        start = self.low - 0.5
        return start, math.log1p(self.n_choices / start)

    @property
    def equally_likely(self) -> bool:
        """Whether every value is drawn equally often: unless the scale is logarithmic."""
        return not self.log

    def another(self, codes: Codes, unit: FloatArray) -> Codes:
        """Another value for each code (n,), as values are drawn, from numbers in [0, 1) (n,).

        On a log scale the unit interval is read on from the end of the present value's share to its start.
        """
        if not self.log or self.n_choices == 1:
            return another_of(codes, unit, self.n_choices)
        start, width = self._log_range()
        present = codes.astype(np.int64)
        low, high = (np.log1p((present + end) / start) / width for end in (0, 1))
        drawn = self.from_unit((high + unit * (1 - (high - low))) % 1.0)
        following = np.where(present == self.n_choices - 1, 0, present + 1)
        return np.where(drawn == present, following, drawn)  # by rounding, at an edge of the share


@dataclass(frozen=True, slots=True)
class Real:
    """A real interval; the code is the value itself.

    Args:
        name: Parameter name.
        low: Lower bound, included.
        high: Upper bound, included.
        log: Uniform on a log scale.
        step: A neighbour lies this far away on the unit scale, up or down, where the range allows it.

    Raises:
        ValueError: Bounds not finite or not increasing, ``log`` with ``low <= 0``, a range that is too wide
            or too narrow for float64, or ``step`` outside (0, 1).

    >>> import numpy as np
    >>> Real("learning_rate", 1e-4, 1e-1, log=True).from_unit(np.array([0.5])).round(6)
    array([0.003162])
    """

    name: str
    low: float
    high: float
    log: bool = False
    step: float = 0.1

    def __post_init__(self) -> None:
        check_name(self.name, "parameter name")
        for end in ("low", "high"):
            object.__setattr__(self, end, plain_bound(getattr(self, end)))
        numeric = _is_number(self.low) and _is_number(self.high)
        if not (numeric and _is_finite(self.low) and _is_finite(self.high) and self.low < self.high):
            raise ValueError(f"{self.name}: wanted finite low < high, found [{brief(self.low)}, {brief(self.high)}]")
        _check_log(self.name, self.log)
        if self.log and self.low <= 0:
            raise ValueError(f"{self.name}: wanted low > 0 on a log scale, found {self.low}")
        start, width = self._scale
        if not (math.isfinite(width) and width > 1e-9 * abs(start)):
            raise ValueError(f"{self.name}: wanted a range that float64 resolves, found [{self.low}, {self.high}]")
        if not (_is_number(self.step) and 0 < self.step < 1):
            raise ValueError(f"{self.name}: wanted 0 < step < 1, found {brief(self.step)}")

    @property
    def n_choices(self) -> None:
        """None, as there are infinitely many."""
        return None

    @property
    def ordered(self) -> bool:
        """True: codes have an order that means something."""
        return True

    def decode(self, codes: Codes) -> list[Value]:
        """Codes (n,) to values."""
        return [float(value) for value in codes.tolist()]

    def encode(self, values: Sequence[Value]) -> Codes:
        """Values to codes (n,).

        Raises:
            ValueError: Not a number of this range.
        """
        for value in values:
            if not (_is_number(value) and self.low <= value <= self.high):
                raise ValueError(f"{self.name}: wanted a number in [{self.low}, {self.high}], found {brief(value)}")
        return np.array(values, dtype=np.float64)

    def to_unit(self, codes: Codes) -> FloatArray:
        """Codes (n,) to [0, 1], on a log scale where asked for."""
        start, width = self._scale
        unit = ((np.log(codes) if self.log else codes) - start) / width
        return np.minimum(np.maximum(unit, 0.0), 1.0)  # rounding at the two edges

    def from_unit(self, unit: FloatArray) -> Codes:
        """Numbers in [0, 1] (n,) to codes."""
        start, width = self._scale
        values = start + unit * width
        return np.minimum(np.maximum(np.exp(values) if self.log else values, self.low), self.high)

    @property
    def equally_likely(self) -> bool:
        """True without a log scale: equal parts of the range are drawn equally often."""
        return not self.log

    def another(self, codes: Codes, unit: FloatArray) -> Codes:
        """A value drawn anew for each code (n,), from numbers in [0, 1) (n,)."""
        return self.from_unit(unit)

    @property
    def _scale(self) -> tuple[float, float]:
        """Start and width of the range, on a log scale where asked for."""
        start, end = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        return start, end - start
