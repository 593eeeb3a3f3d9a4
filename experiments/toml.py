"""Writes the little TOML that studies and records need; the standard library reads it."""

import json
import math
from collections.abc import Mapping

TomlValue = bool | int | float | str | tuple[str, ...] | tuple[int, ...] | tuple[float, ...]


def to_toml(fields: Mapping[str, TomlValue]) -> str:
    """One line per field.

    Args:
        fields: Names of letters, digits, ``_`` and ``-``, with plain values or flat tuples.

    Returns:
        Text that ``tomllib.loads`` reads back to the same values, tuples as lists.

    >>> print(to_toml({"name": "a", "seeds": (1, 2), "cost": 0.5}), end="")
    name = "a"
    seeds = [1, 2]
    cost = 0.5
    """
    return "".join(f"{name} = {_value(value)}\n" for name, value in fields.items())


def _value(value: TomlValue) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else str(float(value))  # inf, -inf, nan
    if isinstance(value, int):
        return str(value)
    text = value.encode("utf-8", "replace").decode("utf-8")  # no lone surrogates, which no file can hold
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
