"""Parameters whose values are a range of numbers: integer and real ones."""

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.parameter.value import Codes, Value, bins_from_unit, bins_to_unit, check_name

_LARGEST_BOUND = 2**53  # exact in float64
_MOST_VALUES = 2**32  # so that each has its own interval of the box


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer range, both ends included; neighbours differ by one.

    Args:
        name: Parameter name.
        low: Smallest value; its code is 0.
        high: Largest value.
        log: Give each value a share of the unit interval that is proportional to its width on a log
            scale; otherwise all shares are equal.

    Raises:
        ValueError: ``low > high``, a bound that is no integer or beyond 2**53, more than 2**32 values, or
            ``log`` with ``low < 1``.
    """

    name: str
    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        check_name(self.name, "parameter name")
        for bound in (self.low, self.high):
            if not isinstance(bound, int) or isinstance(bound, bool) or abs(bound) > _LARGEST_BOUND:
                raise ValueError(f"{self.name}: wanted integer bounds within +-2**53, found {bound!r}")
        if not 1 <= self.n_choices <= _MOST_VALUES:
            raise ValueError(f"{self.name}: wanted 1 ... 2**32 values, found [{self.low}, {self.high}]")
        if self.log and self.low < 1:
            raise ValueError(f"{self.name}: wanted low >= 1 on a log scale, found {self.low}")

    @property
    def n_choices(self) -> int:
        """Number of values."""
        return self.high - self.low + 1

    @property
    def ordered(self) -> bool:
        """Whether codes have an order that means something: yes."""
        return True

    def decode(self, codes: Codes) -> list[Value]:
        """Codes (n,) to values."""
        return [int(value) for value in (codes.astype(np.int64) + self.low).tolist()]

    def encode(self, values: Sequence[Value]) -> Codes:
        """Values to codes (n,).

        Raises:
            ValueError: Not a number of this range.
        """
        for value in values:
            if not (_is_number(value) and self.low <= value <= self.high and int(value) == value):
                raise ValueError(f"{self.name}: wanted an integer in [{self.low}, {self.high}], found {value!r}")
        return np.array([int(value) - self.low for value in values], dtype=np.int64)

    def to_unit(self, codes: Codes) -> FloatArray:
        """Codes (n,) to [0, 1], on a log scale where asked for."""
        if not self.log:
            return bins_to_unit(codes, self.n_choices)
        start, width = self._log_range()
        return np.asarray((np.log(codes + self.low) - start) / width, dtype=np.float64)

    def from_unit(self, unit: FloatArray) -> Codes:
        """Numbers in [0, 1] (n,) to codes."""
        if not self.log:
            return bins_from_unit(unit, self.n_choices)
        start, width = self._log_range()
        values = np.rint(np.exp(start + unit * width)).astype(np.int64)
        return np.minimum(np.maximum(values, self.low), self.high) - self.low  # rounding at the two edges

    def _log_range(self) -> tuple[float, float]:
        start = math.log(self.low - 0.5)
        return start, math.log(self.high + 0.5) - start


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
    """

    name: str
    low: float
    high: float
    log: bool = False
    step: float = 0.1

    def __post_init__(self) -> None:
        check_name(self.name, "parameter name")
        numeric = _is_number(self.low) and _is_number(self.high)
        if not (numeric and math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"{self.name}: wanted finite low < high, found [{self.low}, {self.high}]")
        if self.log and self.low <= 0:
            raise ValueError(f"{self.name}: wanted low > 0 on a log scale, found {self.low}")
        start, width = self._scale
        if not (math.isfinite(width) and width > 1e-9 * abs(start)):
            raise ValueError(f"{self.name}: wanted a range that float64 resolves, found [{self.low}, {self.high}]")
        if not 0 < self.step < 1:
            raise ValueError(f"{self.name}: wanted 0 < step < 1, found {self.step}")

    @property
    def n_choices(self) -> None:
        """None: infinitely many."""
        return None

    @property
    def ordered(self) -> bool:
        """Whether codes have an order that means something: yes."""
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
                raise ValueError(f"{self.name}: wanted a number in [{self.low}, {self.high}], found {value!r}")
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
    def _scale(self) -> tuple[float, float]:
        """Start and width of the range, on a log scale where asked for."""
        start, end = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        return start, end - start
