"""How long pages take: measured whenever one is computed, and kept in one place for ``iohnas reproduce --list``.

``times.csv`` has the seconds of processor time, summed over all cores, of the whole page and of ``--quick``, with all
data available; ``python -m docs.results`` updates it.
"""

import csv
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path

from experiments.text.number import duration

SESSIONS = "sessions.csv"
"""File in a page's folder: a row per computation, including interrupted ones."""

_COLUMNS = ("quick", "seconds", "processor_seconds", "finished")


@cache
def _measured() -> dict[str, dict[str, str]]:
    text = resources.files("experiments.papers").joinpath("times.csv").read_text(encoding="utf-8")
    return {row["page"]: row for row in csv.DictReader(text.splitlines())}


def time_of(name: str, *, quick: bool = False) -> str:
    """Measured processor time of a page in words; empty if it was not measured.

    Args:
        name: Name of the reproduction.
        quick: Whether its short form is meant.
    """
    seconds = _measured().get(name, {}).get("quick" if quick else "whole", "")
    return duration(float(seconds)) if seconds else ""


@contextmanager
def timed(folder: Path, *, quick: bool) -> Iterator[None]:
    """Add a row to the page's ``sessions.csv`` when its computation ends or is interrupted.

    A computation that leaves no folder behind has nothing to continue, and is not recorded.

    Args:
        folder: Folder of the page.
        quick: Whether its short form is computed.
    """
    begun, processor, finished = time.monotonic(), _processor_seconds(), False
    try:
        yield
        finished = True
    finally:
        if folder.is_dir():
            path = folder / SESSIONS
            is_new = not path.exists()
            with path.open("a", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                if is_new:
                    writer.writerow(_COLUMNS)
                spent = _processor_seconds() - processor
                writer.writerow((int(quick), f"{time.monotonic() - begun:.1f}", f"{spent:.1f}", int(finished)))


def seconds_spent(folder: Path, *, quick: bool = False) -> float | None:
    """Processor seconds that a page took, over all sessions until it was finished; None: it never was.

    A page that is computed again may read what an earlier computation left, so the longest computation counts.

    Args:
        folder: Folder of the page.
        quick: Whether its short form is meant.

    Raises:
        OSError: The folder has no ``sessions.csv``.
    """
    with (folder / SESSIONS).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["quick"] == str(int(quick))]
    finished, running = [], 0.0
    for row in rows:
        running += float(row["processor_seconds"])
        if row["finished"] == "1":
            finished.append(running)
            running = 0.0
    return max(finished, default=None)


def _processor_seconds() -> float:
    """Processor time of this process and of the children it has waited for."""
    return sum(os.times()[:4])
