"""Texts of the command line that describe executors, and how they are read."""

import math
import re
from collections.abc import Mapping

from optimizers.solver_text import split_list

_UNITS = {"": 1, **{f"{prefix}B": 1000**n for n, prefix in enumerate(("", "k", "M", "G", "T"))}}
_UNITS |= {f"{prefix}iB": 1024**n for n, prefix in enumerate(("K", "M", "G", "T"), start=1)}


def parse_bytes(text: str) -> int:
    """An amount of memory: ``500MB``, ``2GiB``, ``1.5 GB``.

    Raises:
        ValueError: Anything else, or less than one byte.

    >>> parse_bytes("1.5GB"), parse_bytes("2 KiB")
    (1500000000, 2048)
    """
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]*)", text.strip())
    unit = next((size for name, size in _UNITS.items() if match and name.lower() == match[2].lower()), None)
    if match is None or unit is None or float(match[1]) * unit < 1:
        raise ValueError(f"memory: wanted an amount such as 500MB or 2GiB, found {text!r}")
    return int(float(match[1]) * unit)


def parse_pairs(text: str, name: str) -> Mapping[str, str]:
    """Options: ``queue=gpu,cores=4,job_extra_directives=[--gres=gpu:1,--exclusive]``.

    Args:
        text: Pairs separated by commas outside square brackets.
        name: What is read, for messages.

    Raises:
        ValueError: Not such a string, or a key that is given twice.

    >>> parse_pairs("queue=gpu,cores=4", "options")
    {'queue': 'gpu', 'cores': '4'}
    """
    pairs: dict[str, str] = {}
    for part in split_list(text):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not key or not value or key in pairs:
            raise ValueError(f"{name}: wanted each key once, as key=value, found {part!r}")
        pairs[key] = value
    return pairs


def parse_resources(text: str) -> Mapping[str, float]:
    """Amounts of resources: ``GPU=1``.

    Raises:
        ValueError: Not such a string, or an amount that is not positive.

    >>> parse_resources("GPU=1,DISK=0.5")
    {'GPU': 1.0, 'DISK': 0.5}
    """
    resources = {}
    for name, amount in parse_pairs(text, "resources").items():
        try:
            value = float(amount)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            raise ValueError(f"resources: wanted {name}=<number greater than 0>, found {amount!r}")
        resources[name] = value
    return resources
