"""What parameters have in common: names, values, codes, and intervals of equal width."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray

Value = int | float | str | bool
"""A parameter's value as the user writes it."""

Config = Mapping[str, Value]
"""One candidate as the user writes it: parameter name -> value."""

Codes = NDArray[Any]
"""Codes of candidates, shape (n, d): int64 on finite spaces, float64 where a parameter is real."""

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")


def check_name(name: str, what: str) -> None:
    """Refuse names that log formats and file systems cannot carry.

    Raises:
        ValueError: ``name`` is not a text made of ``A-Z a-z 0-9 _ . -``, or starts with a dot or a dash.
    """
    if not isinstance(name, str) or not name or not _NAME_CHARACTERS.issuperset(name) or name[0] in ".-":
        raise ValueError(f"{what}: wanted a name of letters, digits, '_', '.', '-', found {name!r}")


def bins_to_unit(codes: Codes, n: int) -> FloatArray:
    """Codes 0 ... n - 1 to the middle of their intervals in [0, 1]."""
    return np.asarray((codes + 0.5) / n, dtype=np.float64)


def bins_from_unit(unit: FloatArray, n: int) -> Codes:
    """Numbers in [0, 1] to the codes of the n intervals that they lie in."""
    return np.minimum((unit * n).astype(np.int64), n - 1)  # unit = 1 belongs to the last bin
