"""Candidates one step away from another one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nas_problems.parameter import Codes, Parameter, Real


def one_step(parameters: Sequence[Parameter], code: Codes) -> Codes:
    """All codes that differ from ``code (d,)`` by one step in one parameter, valid or not, shape (k, d)."""
    steps = [_steps_from(parameter, code[j]) for j, parameter in enumerate(parameters)]
    changed = np.repeat(np.arange(len(parameters)), [len(step) for step in steps])
    around = np.repeat(code[None, :], len(changed), axis=0)
    around[np.arange(len(changed)), changed] = np.concatenate(steps)
    return around


def _steps_from(parameter: Parameter, code: Any) -> Codes:
    """Codes one step away from ``code``, ascending."""
    if isinstance(parameter, Real):
        unit = float(parameter.to_unit(np.array([code]))[0])
        moved = np.array([unit - parameter.step, unit + parameter.step])
        slack = 1e-9  # a step to the edge and back must be allowed in spite of rounding
        moved = moved[(moved >= -slack) & (moved <= 1 + slack)]
        return parameter.from_unit(np.minimum(np.maximum(moved, 0.0), 1.0))
    n = parameter.n_choices
    if parameter.ordered:
        return np.array([other for other in (code - 1, code + 1) if 0 <= other < n], dtype=np.int64)
    others = np.arange(n)
    different: Codes = others[others != code]
    return different
