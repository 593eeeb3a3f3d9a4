"""Distances between candidates: how many parameters differ, and by how much."""

from collections.abc import Sequence

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.parameter import Codes, Integer, Parameter, Real


def hamming(a: Codes, b: Codes) -> FloatArray:
    """Number of parameters that differ between all rows of ``a (n, d)`` and ``b (m, d)``, shape (n, m)."""
    total = np.zeros((len(a), len(b)))
    for j in range(a.shape[1]):
        total += a[:, j, None] != b[None, :, j]
    return total


def gower(parameters: Sequence[Parameter], a: Codes, b: Codes) -> FloatArray:
    """Mean difference per parameter between all rows of ``a (n, d)`` and ``b (m, d)``, shape (n, m), in [0, 1].

    0 or 1 for a categorical parameter; the difference on the unit scale for an ordered one.

    Source: gower1971, eq. 1.
    """
    total = np.zeros((len(a), len(b)))
    for j, parameter in enumerate(parameters):
        if parameter.ordered:
            scale_a, scale_b = ordered_scale(parameter, a[:, j]), ordered_scale(parameter, b[:, j])
            total += np.abs(scale_a[:, None] - scale_b[None, :])
        else:
            total += a[:, j, None] != b[None, :, j]
    return total / len(parameters)


def ordered_scale(parameter: Parameter, codes: Codes) -> FloatArray:
    """Codes of an ordered parameter on [0, 1], ends included."""
    if isinstance(parameter, Real) or (isinstance(parameter, Integer) and parameter.log):
        return parameter.to_unit(codes)
    n = parameter.n_choices
    assert n is not None
    return np.asarray(codes / max(n - 1, 1), dtype=np.float64)
