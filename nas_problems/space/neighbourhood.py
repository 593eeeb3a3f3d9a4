"""Candidates one step away from another one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nas_problems.parameter import Codes, Parameter, Real


def one_step(parameters: Sequence[Parameter], code: Codes) -> Codes:
    """All codes that differ from ``code (d,)`` by one step in one parameter, valid or not, shape (k, d)."""
    start = code.tolist()  # lists, because so few numbers are changed one by one
    around = []
    for j, parameter in enumerate(parameters):
        for other in _steps_from(parameter, start[j]):
            row = start.copy()
            row[j] = other
            around.append(row)
    return np.array(around, dtype=code.dtype).reshape(len(around), len(start))


def _steps_from(parameter: Parameter, code: Any) -> list[Any]:
    """Codes one step away from ``code``, ascending."""
    if isinstance(parameter, Real):
        unit = float(parameter.to_unit(np.array([code]))[0])
        moved = np.array([unit - parameter.step, unit + parameter.step])
        slack = 1e-9  # a step to the edge and back must be allowed in spite of rounding
        moved = moved[(moved >= -slack) & (moved <= 1 + slack)]
        near: list[Any] = parameter.from_unit(np.minimum(np.maximum(moved, 0.0), 1.0)).tolist()
        return near
    n = parameter.n_choices
    if parameter.ordered:
        return [other for other in (code - 1, code + 1) if 0 <= other < n]
    return [other for other in range(n) if other != code]
