"""Codes that went to the scale of a library and back, such as the box: what that changes in their last bits."""

from collections.abc import Sequence

import numpy as np

from nas_problems.parameter import Codes, Parameter, Real

_STEPS = 1e9 * (1 + 5**0.5) / 2  # irrational, so that no value of a user's own grid lies between two steps


def on_grid(parameters: Sequence[Parameter], Z: Codes) -> Codes:
    """Codes (n, d) with the position of each real number on a fine grid of its range in place of the number.

    Codes that differ by rounding alone, on the way to the box or another scale and back, become equal. Codes of a
    finite space are what they were.

    >>> Z = np.array([[0.1 + 0.2], [0.3], [0.3000001]])
    >>> [len(np.unique(codes)) for codes in (Z, on_grid([Real("x", 0.0, 1.0)], Z))]
    [3, 2]
    """
    columns = [j for j, parameter in enumerate(parameters) if isinstance(parameter, Real)]
    if not columns:
        return Z
    placed = Z.copy()
    for j in columns:
        placed[:, j] = np.rint(_STEPS * parameters[j].to_unit(Z[:, j]))
    return placed
