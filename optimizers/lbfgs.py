"""L-BFGS for functions of some thousands of variables whose values take well under a millisecond.

The steps are those of L-BFGS-B where nothing is bounded; scipy's routine spends most of its time on bounds and checks
that such functions do not need.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dtrtrs

from nas_problems.array import FloatArray, IntArray

Function = Callable[[FloatArray], tuple[float, FloatArray]]
"""Gives the value at a point (n,), and its gradient (n,)."""

_MEMORY = 10  # steps that the model of the curvature remembers
_SMALLEST_GAIN = 1e7 * np.finfo(float).eps  # relative; a step that gains less is the last
_DECREASE, _CURVATURE, _WIDTH = 1e-3, 0.9, 0.1  # of the line search, as in L-BFGS-B
_MOST_TRIALS = 20


def minimise(function: Function, x: FloatArray, *, max_steps: int, tolerance: float) -> FloatArray:
    """Go down from a point.

    Args:
        function: What is minimised.
        x: The point, (n,).
        max_steps: Steps after which it ends.
        tolerance: It also ends where no entry of the gradient is larger, or where a step gains next to nothing.

    Returns:
        The last point, (n,).

    Source: byrd1995 (L-BFGS-B); byrd1994, eq. 3.1, for the product of the inverse and the gradient.
    """
    value, gradient = function(x)
    memory = _Memory(len(x))
    for step in range(max_steps):
        if np.abs(gradient).max() <= tolerance:
            break
        direction = memory.direction(gradient)
        slope = float(gradient @ direction)
        length = 1.0 if step else 1 / math.sqrt(float(direction @ direction))
        line = _search(function, x, direction, value, slope, length) if slope < 0 else None
        if line is None:
            if not memory.n_seen:
                break
            memory = _Memory(len(x))  # the model misleads: once more along the gradient
            continue
        length, new_value, new_gradient, new_slope = line
        x = x + length * direction
        gain = (value - new_value) / max(abs(value), abs(new_value), 1.0)
        curvature = length * (new_slope - slope)
        if curvature > np.finfo(float).eps * -slope * length:
            memory.add(length * direction, new_gradient - gradient, curvature)
        value, gradient = new_value, new_gradient
        if gain <= _SMALLEST_GAIN:
            break
    return x


class _Memory:
    """The last steps and changes of the gradient, and the inverse Hessian that they imply."""

    def __init__(self, n: int) -> None:
        self._W = np.zeros((2 * _MEMORY, n))  # steps, then changes
        self._steps_changes, self._changes_changes = np.zeros((_MEMORY, _MEMORY)), np.zeros((_MEMORY, _MEMORY))
        self._scale = 1.0
        self.n_seen = 0

    def _order(self) -> IntArray:
        """Rows, the oldest first."""
        return np.arange(max(0, self.n_seen - _MEMORY), self.n_seen) % _MEMORY

    def add(self, step: FloatArray, change: FloatArray, curvature: float) -> None:
        row = self.n_seen % _MEMORY
        self._W[row], self._W[_MEMORY + row] = step, change
        products = self._W @ change
        self._steps_changes[:, row] = products[:_MEMORY]
        self._changes_changes[:, row] = self._changes_changes[row] = products[_MEMORY:]
        self._scale = curvature / float(products[_MEMORY + row])
        self.n_seen += 1

    def direction(self, gradient: FloatArray) -> FloatArray:
        """Minus the inverse Hessian times the gradient."""
        if not self.n_seen:
            return -gradient
        order = self._order()
        products = self._W @ gradient
        square = order[:, None], order
        R = self._steps_changes[square]  # of which the upper triangle counts
        u = dtrtrs(R, products[order])[0]
        inner = R.diagonal() * u + self._scale * (self._changes_changes[square] @ u - products[_MEMORY + order])
        weights = np.zeros(2 * _MEMORY)
        weights[order], weights[_MEMORY + order] = dtrtrs(R, inner, trans=1)[0], -self._scale * u
        return np.asarray(-(self._scale * gradient + weights @ self._W))


class _End(NamedTuple):
    """An end of the interval of a line search: a length of step, and value and slope there."""

    length: float
    value: float
    slope: float

    def tilted(self, slope: float) -> "_End":
        """The same of the function less a line."""
        return _End(self.length, self.value - self.length * slope, self.slope - slope)


def _search(
    function: Function, x: FloatArray, direction: FloatArray, value: float, slope: float, length: float
) -> tuple[float, float, FloatArray, float] | None:
    """A length of step with sufficient decrease and a flatter slope, and value, gradient and slope there.

    Where the interval gets too small, its better end. None: not found in some trials.

    Source: more1994, sections 2 to 4.
    """
    best = other = _End(0.0, value, slope)
    bracketed, first_stage = False, True
    width = width_before = math.inf
    lowest, highest = 0.0, 5 * length
    for _ in range(_MOST_TRIALS):
        reached, gradient = function(x + length * direction)
        here = _End(length, reached, float(gradient @ direction))
        enough = reached <= value + length * _DECREASE * slope
        if enough and abs(here.slope) <= _CURVATURE * -slope:
            return length, reached, gradient, here.slope
        if bracketed and _is_over(length, lowest, highest):
            return length, reached, gradient, here.slope
        first_stage = first_stage and not (enough and here.slope >= 0)
        tilt = _DECREASE * slope if first_stage and not enough and reached <= best.value else 0.0
        ends = best.tilted(tilt), other.tilted(tilt), here.tilted(tilt)
        length = _trial(*ends, bracketed, lowest, highest)
        if ends[2].value > ends[0].value:
            other, bracketed = here, True
        else:
            if ends[2].slope * ends[0].slope < 0:
                other, bracketed = best, True
            best = here
        if bracketed:
            if abs(other.length - best.length) >= 0.66 * width_before:
                length = best.length + 0.5 * (other.length - best.length)
            width_before, width = width, abs(other.length - best.length)
            lowest, highest = sorted((best.length, other.length))
            if _is_over(length, lowest, highest):
                length = best.length
        else:
            lowest, highest = length + 1.1 * (length - best.length), length + 4 * (length - best.length)
    return None


def _is_over(length: float, lowest: float, highest: float) -> bool:
    return not lowest < length < highest or highest - lowest <= _WIDTH * highest


def _trial(best: _End, other: _End, here: _End, bracketed: bool, lowest: float, highest: float) -> float:
    """The next length to be tried: the minimum of a cubic through two ends, or of a parabola, or between them."""
    if here.value > best.value:
        cubic = _cubic(best, here)
        chord = (best.value - here.value) / (here.length - best.length) + best.slope
        parabola = best.length + best.slope / chord / 2 * (here.length - best.length)
        near = abs(cubic - best.length) <= abs(parabola - best.length)
        return cubic if near else cubic + (parabola - cubic) / 2
    if here.slope * best.slope < 0:
        return _farther(here, _cubic(here, best), _secant(here, best))
    if abs(here.slope) < abs(best.slope):
        end = highest if here.length > best.length else lowest
        cubic, secant = _cubic(here, best, otherwise=end), _secant(here, best)
        if not bracketed:
            return min(max(_farther(here, cubic, secant), lowest), highest)
        trial = min(cubic, secant, key=lambda length: abs(length - here.length))
        limit = here.length + 0.66 * (other.length - here.length)
        return min(limit, trial) if here.length > best.length else max(limit, trial)
    if bracketed:
        return _cubic(here, other)
    return highest if here.length > best.length else lowest


def _farther(here: _End, cubic: float, secant: float) -> float:
    return cubic if abs(cubic - here.length) > abs(secant - here.length) else secant


def _secant(a: _End, b: _End) -> float:
    """Where the slope would be 0 if it changed evenly."""
    return a.length + a.slope / (a.slope - b.slope) * (b.length - a.length)


def _cubic(a: _End, b: _End, *, otherwise: float | None = None) -> float:
    """The minimum of the cubic with the values and slopes of both ends; ``otherwise`` where it is not beyond ``a``."""
    theta = 3 * (b.value - a.value) / (a.length - b.length) + a.slope + b.slope
    scale = max(abs(theta), abs(a.slope), abs(b.slope))
    gamma = scale * math.sqrt(max(0.0, (theta / scale) ** 2 - a.slope / scale * (b.slope / scale)))
    if a.length > b.length:
        gamma = -gamma
    r = (gamma - a.slope + theta) / (gamma - a.slope + gamma + b.slope)
    if otherwise is not None and not (r < 0 and gamma):
        return otherwise
    return a.length + r * (b.length - a.length)
