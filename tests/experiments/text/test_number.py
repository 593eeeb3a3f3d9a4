"""One way to show numbers, counts and durations: few exponents, and no long rows of digits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.text.number import count, duration, number


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 4, "0"),
        (-0.0, 4, "0"),
        (np.float32(0.1), 4, "0.1"),
        (np.float32(3e38), 2, "3e+38"),
        (np.int64(123_456), 4, "123,456"),
        (10**400, 4, "∞"),
        (-(10**400), 4, "−∞"),
        (0.123456, 3, "0.123"),
        (8.5, 4, "8.5"),
        (9_999.6, 4, "10,000"),  # .4g has 1e+04
        (99.96, 3, "100"),
        (999.96, 3, "1000"),
        (-12_345.6, 4, "-12,346"),
        (1_073_466.0, 7, "1,073,466"),
        (12_345.678, 7, "12,345.68"),
        (12_345.0, 7, "12,345"),
        (123_456.7, 7, "123,456.7"),
        (160.0, 2, "160"),  # .2g has 1.6e+02
        (1e-13, 4, "1e-13"),
        (4.56789e-12, 3, "4.57e-12"),
        (999_999_999.7, 4, "1e+09"),
        (1e301, 4, "1e+301"),  # .0f has 302 digits
        (-1.7976931348623157e308, 4, "-1.798e+308"),
        (10**400, 4, "∞"),
        (15_625, 4, "15,625"),
        (300, 2, "300"),
    ],
)
def test_numbers(value: float, digits: int, text: str) -> None:
    assert number(value, digits) == text


@given(st.floats(-1e300, 1e300), st.integers(1, 6))
def test_a_number_is_short_and_close(value: float, digits: int) -> None:
    text = number(value, digits)
    assert len(text) <= digits + 14
    assert float(text.replace(",", "")) == pytest.approx(value, rel=10.0 ** (1 - digits))
    assert "e" not in text or not 1e-4 <= abs(value) < 1e8


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"),
        (-3, "0 seconds"),
        (0.0004, "less than 0.001 seconds"),
        (0.0123, "0.012 seconds"),
        (1.0, "1 second"),
        (1.04, "1 second"),
        (7.2, "7.2 seconds"),
        (100, "100 seconds"),
        (119.6, "2 minutes"),
        (160, "2.7 minutes"),
        (60 * 119.7, "2 hours"),
        (86400 * 2, "2 days"),
        (86400 * 12_345, "12,345 days"),
        (math.inf, "for ever"),
        (math.nan, "an unknown time"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_counts() -> None:
    assert [count(n, "run") for n in (0, 1, 2, 10_000)] == ["0 runs", "1 run", "2 runs", "10,000 runs"]
    assert count(3, "entry", "entries") == "3 entries"
