"""Numbers, counts and durations as every page, table and line of the command line shows them.

>>> number(12_345.678), number(0.000123456), count(1, "run"), count(2_000, "run"), duration(160)
('12,346', '0.0001235', '1 run', '2000 runs', '2.7 minutes')
"""

import math
import sys

_UNITS = (("second", 1.0, 120.0), ("minute", 60.0, 120.0), ("hour", 3600.0, 48.0), ("day", 86400.0, math.inf))
_LARGEST_PLAIN = 1e9  # larger numbers have an exponent
_LARGEST_FLOAT = sys.float_info.max


def number(value: float, digits: int = 4) -> str:
    """A number with ``digits`` significant digits, and all digits before the point where these are at most nine.

    Args:
        value: Any number.
        digits: Significant digits, >= 1.

    Returns:
        Never an exponent between 0.0001 and 10**9; nothing for NaN.

    >>> number(9_999.6), number(1e301), number(160.0, 2), number(math.inf), number(math.nan), number(7)
    ('10,000', '1e+301', '160', '∞', '', '7')
    """
    if not isinstance(value, int):
        value = float(value) + 0.0  # of numpy's kinds, too; and -0 is 0
    if value != value:  # NaN
        return ""
    if abs(value) > _LARGEST_FLOAT:
        return "∞" if value > 0 else "−∞"
    if isinstance(value, int) and abs(value) < _LARGEST_PLAIN:
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if 10**digits - 0.5 <= abs(value) < _LARGEST_PLAIN - 0.5:  # digits before the point are all shown
        return f"{value:,.0f}" if abs(value) >= 9_999.5 else f"{value:.0f}"
    text = f"{value:.{digits}g}"
    decimals = len(text.partition(".")[2])
    return f"{float(text):,.{decimals}f}" if 9_999.5 <= abs(value) < _LARGEST_PLAIN - 0.5 else text


def count(n: float, singular: str, plural: str | None = None) -> str:
    """A number of things.

    Args:
        n: How many.
        singular: What one of them is called.
        plural: What several are called; None: with an s.

    >>> count(0, "evaluation"), count(1.0, "second"), count(0.5, "second"), count(2, "study", "studies")
    ('0 evaluations', '1 second', '0.5 seconds', '2 studies')
    """
    text = number(n)
    return f"{text} {singular if text == '1' else plural or f'{singular}s'}"


def duration(seconds: float) -> str:
    """Seconds in the unit in which they are easily read, with two significant digits.

    Args:
        seconds: Any number; below zero counts as zero.

    >>> duration(0.0123), duration(1), duration(59.6), duration(300), duration(21_600), duration(345_600)
    ('0.012 seconds', '1 second', '60 seconds', '5 minutes', '6 hours', '4 days')
    """
    if math.isnan(seconds):
        return "an unknown time"
    if math.isinf(seconds):
        return "for ever" if seconds > 0 else "0 seconds"
    if 0 < seconds < 0.001:
        return "less than 0.001 seconds"
    unit, size = next((unit, size) for unit, size, limit in _UNITS if max(0.0, seconds) / size + 0.5 < limit)
    value = max(0.0, seconds) / size
    return count(float(f"{value:.{2 if value < 100 else 3}g}") if value < 1000 else value, unit)
