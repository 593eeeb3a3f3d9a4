"""What parameters have in common: names, values, codes, and intervals of equal width."""

import json
import math
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import LONGEST_FILE_NAME, FloatArray, brief

Value = int | float | str | bool | None
"""A parameter's value as the user writes it; None only among listed values."""

Config = Mapping[str, Any]
"""One candidate as the user writes it: parameter name -> ``Value``, whose type is the parameter's to know."""

Codes = NDArray[Any]
"""Codes of candidates, shape (n, d): int64 on finite spaces, float64 where a parameter is real."""

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")


_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def config_text(config: Config) -> str:
    """A configuration as JSON in one line, whatever its values are.

    >>> config_text({"width": np.int64(3), "depth": None, "rate": float("inf")})
    '{"width": 3, "depth": null, "rate": "inf"}'
    """
    return json.dumps({name: _plain(value) for name, value in config.items()})


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def check_file_name(name: str, what: str) -> None:
    """Refuse names that log formats and file systems, also that of Windows, cannot carry.

    Raises:
        ValueError: See ``check_name``; or ``name`` ends with a dot, or is what Windows calls a device, with or without
            a suffix.
    """
    check_name(name, what)
    if name.endswith(".") or name.partition(".")[0].lower() in _DEVICES:
        raise ValueError(f"{what}: wanted a name that Windows can hold, found {brief(name)}")


def check_name(name: str, what: str) -> None:
    """Refuse names that log formats cannot carry.

    Raises:
        ValueError: ``name`` is not a string made of ``A-Z a-z 0-9 _ . -``, starts with a dot or a dash, or has more
            than ``LONGEST_FILE_NAME`` characters.
    """
    if not isinstance(name, str) or not name or not _NAME_CHARACTERS.issuperset(name) or name[0] in ".-":
        raise ValueError(f"{what}: wanted a name of letters, digits, '_', '.', '-', found {brief(name)}")
    if len(name) > LONGEST_FILE_NAME:
        raise ValueError(f"{what}: wanted at most {LONGEST_FILE_NAME} characters, found {len(name)}: {brief(name)}")


def plain(value: Any) -> Any:
    """A numpy scalar as the Python number or string that it holds; anything else as it is.

    So that values print, compare and serialize alike, whether a user took them from an array or typed them.

    >>> plain(np.int64(3)), plain(np.str_("relu")), plain(None)
    (3, 'relu', None)
    """
    return value.item() if isinstance(value, (np.number, np.bool_, np.str_)) else value


def plain_bound(value: Any) -> Any:
    """A bound of a range as a Python integer or float, where it is a number; anything else as it is."""
    value = plain(value)
    if isinstance(value, (bool, int, float)) or not isinstance(value, numbers.Real):
        return value
    return float(value)  # a Fraction


def bins_to_unit(codes: Codes, n: int) -> FloatArray:
    """Codes 0 ... n - 1 to the middle of their intervals in [0, 1]."""
    return np.asarray((codes + 0.5) / n, dtype=np.float64)


def bins_from_unit(unit: FloatArray, n: int) -> Codes:
    """Numbers in [0, 1] to the codes of the n intervals that they lie in."""
    return np.minimum((unit * n).astype(np.int64), n - 1)  # unit = 1 belongs to the last bin


def another_of(codes: Codes, unit: FloatArray, n: int) -> Codes:
    """Another one of the codes 0 ... n - 1, all alike; ``unit`` (n,) is uniform on [0, 1). With n = 1 the same."""
    shifts = 1 + (unit * (n - 1)).astype(np.int64)
    return (codes.astype(np.int64) + shifts) % n if n > 1 else codes.astype(np.int64)
