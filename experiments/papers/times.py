"""How long pages take: measured, in one place, for ``iohnas reproduce --list``.

``times.csv`` has seconds of the whole page and of ``--quick``, on two cores, with all files there.
"""

import csv
from functools import cache
from importlib import resources

from experiments.text.number import duration


@cache
def _measured() -> dict[str, dict[str, str]]:
    text = resources.files("experiments.papers").joinpath("times.csv").read_text(encoding="utf-8")
    return {row["page"]: row for row in csv.DictReader(text.splitlines())}


def time_of(name: str, *, quick: bool = False) -> str:
    """Measured time of a page in words; empty where nobody measured it.

    Args:
        name: Of the reproduction.
        quick: Of its short form.
    """
    seconds = _measured().get(name, {}).get("quick" if quick else "whole", "")
    return duration(float(seconds)) if seconds else ""
