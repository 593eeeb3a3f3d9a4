"""The conformance suite for indicators: run it on your own before you plug it in.

>>> check_indicator("epsilon")
"""

from collections.abc import Iterator

import numpy as np

from experiments.indicator import Indicator, indicators
from nas_problems.array import FloatArray
from nas_problems.pareto import nondominated

_TOLERANCE = 1e-9


def pairs() -> Iterator[tuple[str, FloatArray, FloatArray]]:
    """The suite: a name, what was found (n, m), and the front that is compared with (k, m)."""
    rng = np.random.default_rng(1)
    for m in (2, 3, 4):
        points = rng.random((60, m))
        front = points[nondominated(points)]
        yield f"{m} objectives", points[:20], front
        yield f"{m} objectives, one point found", points[:1], front
        yield f"{m} objectives, a front of one point", points[:20], front[:1]
        yield f"{m} objectives, equal points", np.repeat(points[:3], 4, axis=0), front
        yield f"{m} objectives, ties", np.round(points[:20], 1), np.unique(np.round(front, 1), axis=0)
        yield f"{m} objectives, far behind", points[:20] + 1e6, front


def check_indicator(indicator: str | Indicator) -> None:
    """Check everything that reports rely on.

    A finite number >= 0; 0 where the whole front was found; the same whatever the order of the points and however
    often each is there; never larger where every point is better (weak Pareto compliance); arguments are not changed.

    Args:
        indicator: What to check, or its registered name.

    Raises:
        AssertionError: Which check failed, on which sets, and how.
        KeyError: An unknown name.
    """
    checked = indicators[indicator].factory if isinstance(indicator, str) else indicator
    for name, found, target in pairs():
        value = _value(checked, name, found, target)
        _require(value >= -_TOLERANCE, name, f"wanted a number >= 0, found {value}")
        whole = _value(checked, name, target, target)
        _require(abs(whole) <= _TOLERANCE, name, f"wanted 0 where the whole front was found, found {whole}")
        repeated = _value(checked, name, np.concatenate([found[::-1], found[:1]]), target[::-1])
        _require(_equal(repeated, value), name, f"another order or a repeated point: wanted {value}, found {repeated}")
        better = _value(checked, name, found - 0.01, target)
        _require(better <= value + _TOLERANCE, name, f"every point better by 0.01: wanted <= {value}, found {better}")


def _value(indicator: Indicator, name: str, found: FloatArray, target: FloatArray) -> float:
    given = found.copy(), target.copy()
    value = indicator.compute(*given)
    _require(bool(np.isfinite(value)), name, f"wanted a finite number, found {value}")
    is_same = np.array_equal(given[0], found) and np.array_equal(given[1], target)
    _require(is_same, name, "the arguments were changed")
    return float(value)


def _equal(a: float, b: float) -> bool:
    return bool(np.isclose(a, b, rtol=1e-9, atol=_TOLERANCE))


def _require(condition: bool, name: str, message: str) -> None:
    if not condition:
        raise AssertionError(f"on {name}: {message}")
