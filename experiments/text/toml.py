"""Writes the little TOML that studies and records need; the standard library reads it.

Records are many: ``from_toml`` reads back what ``to_toml`` wrote, and nothing else, in a tenth of the time.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

TomlValue = bool | int | float | str | tuple[str, ...] | tuple[int, ...] | tuple[float, ...]

_NAME = re.compile(r"[A-Za-z0-9_-]+")


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


def from_toml(text: str) -> dict[str, Any]:
    """Read back texts, booleans and finite numbers that ``to_toml`` wrote.

    Args:
        text: One ``name = value`` per line. Such values are JSON, too.

    Raises:
        ValueError: Anything else, even where it is TOML.

    >>> from_toml(to_toml({"name": "a", "cost": 0.5}))
    {'name': 'a', 'cost': 0.5}
    """
    if not text.endswith("\n"):
        raise ValueError("wanted lines of name = value, found no end of the last line")
    pairs = [line.partition(" = ")[::2] for line in text[:-1].split("\n")]
    for name, _ in pairs:
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"wanted lines of name = value, found {name!r:.80}")
    body = ",".join(f'"{name}":{value}' for name, value in pairs)
    try:
        parsed = json.loads(f"{{{body}}}", parse_constant=_refuse, object_pairs_hook=list)
    except RecursionError as error:
        raise ValueError("wanted values, found lists in lists without end") from error
    if [name for name, _ in parsed] != [name for name, _ in pairs] or len(dict(parsed)) != len(parsed):
        raise ValueError("wanted each name once")
    return dict(parsed)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"wanted finite numbers, found {constant}")


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
