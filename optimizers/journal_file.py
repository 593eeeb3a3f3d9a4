"""The file of a journal: a line that says whose it is, then a line per finished evaluation.

What a run does with it is in ``optimizers.journal``.
"""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nas_problems.array import FloatArray, brief, is_number
from nas_problems.evaluation import Evaluations, Metric, partial_fidelity_text
from nas_problems.exception import Reason
from optimizers.failure import FailureKind, failure_kinds
from optimizers.price import Reached
from optimizers.regular_file import read_regular

VERSION = 1
"""Of the file's layout."""

UNFINISHED = ".unfinished"
"""What the journal of a run in a folder is called: ``<folder>.unfinished``."""

_BEGINNING = b'{"journal": '
LARGEST = 2**31
"""Bytes of a journal."""


Key = tuple[tuple[float, ...], float, str, tuple[str, ...]]
"""Code, fidelity, noise and metrics of an evaluation."""


class JournalError(ValueError):
    """A journal of another run."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished evaluation, as a line of the file has it.

    Args:
        code: Code of the published space.
        fidelity: At which it was evaluated.
        noise: With which noise; a drawn seed is ``seed-k``.
        metrics: What was measured; NaN where it failed.
        cost_seconds: Its cost.
        failure: Why it failed; None: it did not.
        at: When it ended, in seconds since 1970.
        place: Where in the code, see ``nas_problems.exception.place_of``.
        traceback: Of the first failure of a kind, see ``optimizers.failure``.
    """

    code: tuple[float, ...]
    fidelity: float
    noise: str
    metrics: Mapping[str, float]
    cost_seconds: float
    failure: str | None
    at: float
    place: str = ""
    traceback: str = ""

    @property
    def key(self) -> Key:
        """What an evaluation that is asked for must have in common with it."""
        return self.code, self.fidelity, self.noise, tuple(sorted(self.metrics))

    def evaluations(self) -> Evaluations:
        """As a batch of one row."""
        return Evaluations(
            {name: np.array([value]) for name, value in self.metrics.items()},
            np.array([self.cost_seconds]),
            np.array([self.reason is not None]),
            {} if self.reason is None else {0: self.reason},
        )

    @property
    def reason(self) -> str | None:
        """Why it failed, and where; None: it did not."""
        return None if self.failure is None else Reason(self.failure, self.traceback, self.place)

    def line(self) -> bytes:
        """As the file has it."""
        unsaid = {name for name in ("place", "traceback") if not getattr(self, name)}
        known = {name: value for name, value in dataclasses.asdict(self).items() if name not in unsaid}
        return json.dumps(known).encode() + b"\n"


@dataclass(frozen=True)
class Journal:
    """What a file holds.

    Args:
        head: Whose it is.
        entries: Finished evaluations, in the order in which they ended.
        n_bytes: Of the file, up to the last whole line.
    """

    head: Mapping[str, Any]  # what json can hold
    entries: tuple[Entry, ...]
    n_bytes: int

    @property
    def failures(self) -> tuple[FailureKind, ...]:
        """The kinds of failed evaluations, each with its first one."""
        return failure_kinds((row, e.reason) for row, e in enumerate(self.entries) if e.reason is not None)

    @property
    def objective(self) -> Metric:
        """The first objective.

        Raises:
            ValueError: The head does not have it.
        """
        metric = self.head.get("objective")
        if not isinstance(metric, dict):
            raise ValueError(f"objective: wanted a metric, found {metric!r}")
        return Metric(str(metric.get("name")), str(metric.get("unit")), maximize=bool(metric.get("maximize")))

    @cached_property
    def _axis(self) -> tuple[str, float, bool, float] | None:
        """Name of the fidelity, the problem's own, whether trainings go on, and from which one; None: an earlier
        version's head.
        """
        axis: Any = self.head.get("fidelity")
        own: Any = axis.get("own") if isinstance(axis, dict) else None
        if not is_number(own) or not own > 0:
            return None
        name = str(axis.get("name"))
        first: Any = axis.get("trained_from", 0.0)  # files of earlier versions do not say
        trained_from = float(first) if is_number(first) else 0.0
        return name if name.isprintable() else "fidelity", float(own), axis.get("continued") is True, trained_from

    @cached_property
    def prices(self) -> FloatArray:
        """What each evaluation took of the budget, (n,), in evaluations at the problem's own fidelity, as
        ``optimizers.meter`` counts; 1 each where the head does not say that fidelity.
        """
        prices = np.ones(len(self.entries))
        if self._axis is None:
            return prices
        _, own, continues, trained_from = self._axis
        objective, reached = self.objective.name, Reached[tuple[float, ...]](own, trained_from)
        for row, entry in enumerate(self.entries):
            level = min(max(entry.fidelity, 0.0), own)
            before, _ = reached.before(entry.code, level)
            is_charged = objective in entry.metrics  # else of zero-cost metrics
            prices[row] = (level - before) / own if is_charged else 0.0
            if continues and is_charged and entry.failure is None:
                reached.add(entry.code, fidelity=level, seconds=entry.cost_seconds)
        return prices

    def partial_fidelity(self, number: int) -> str:
        """The fidelity of an evaluation, from 0, where it is known to be below the problem's own: ``epochs 3 of 50``;
        else empty.
        """
        if self._axis is None:
            return ""
        name, own, *_ = self._axis
        return partial_fidelity_text(name, self.entries[number].fidelity, own)

    @property
    def best(self) -> float:
        """Minimised value of ``best_number``; NaN where there is none."""
        number = self.best_number
        return math.nan if number is None else float(self._values[number])

    @property
    def best_number(self) -> int | None:
        """The incumbent, from 0: the first of the smallest values at the highest fidelity at which an evaluation has
        succeeded, as ``optimizers.regret.incumbents`` has it; None where none has.
        """
        values = self._values
        succeeded = np.isfinite(values)
        if not succeeded.any():
            return None
        fidelity = np.array([entry.fidelity for entry in self.entries])
        highest = succeeded & (fidelity == fidelity[succeeded].max())
        return int(np.argmin(np.where(highest, values, np.inf)))

    @property
    def _values(self) -> FloatArray:
        """Minimised values, NaN where an evaluation failed."""
        metric = self.objective
        raw = np.array(
            [math.nan if e.failure is not None else e.metrics.get(metric.name, math.nan) for e in self.entries]
        )
        return np.where(np.isfinite(raw), metric.minimised(raw), math.nan)


def read_journal(path: Path) -> Journal:
    """Read a journal; a line that is not whole, and what follows it, was never written.

    Raises:
        OSError: There is no such file, or it cannot be read.
        JournalError: Not a journal.
    """
    content = read_regular(path, limit=LARGEST)
    first, *lines = content.splitlines(keepends=True) or [b""]
    if not first.endswith(b"\n") and (_BEGINNING.startswith(first) or first.startswith(_BEGINNING)):
        return Journal({}, (), 0)  # killed before it had a head
    try:
        head: Any = json.loads(first)
    except (ValueError, RecursionError):
        head = None
    if not isinstance(head, dict) or "journal" not in head:
        raise JournalError(f"{path}: wanted a journal of a run, found something else")
    if head["journal"] is True or head["journal"] != VERSION:
        raise JournalError(
            f"{path}: wanted a journal of version {VERSION}, found {brief(head['journal'])}, of another version of "
            "iohnas; go on with that one, or remove the file to start anew"
        )
    entries: list[Entry] = []
    n_bytes = len(first)
    for line in lines:
        try:
            entries.append(_entry(json.loads(line) if line.endswith(b"\n") else None))
        except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
            break
        n_bytes += len(line)
    return Journal(head, tuple(entries), n_bytes)


def _number(value: object) -> float:
    """A number of JSON, not a string; NaN and infinity are numbers, too."""
    if isinstance(value, float) or is_number(value):
        return float(value)  # type: ignore[arg-type]  # is_number says so
    raise TypeError("numbers")


def _entry(fields: Any) -> Entry:
    """A line of the file, or a ValueError, TypeError or KeyError."""
    metrics = {str(name): _number(value) for name, value in fields["metrics"].items()}
    failure = fields["failure"]
    if not isinstance(fields["noise"], str) or not (failure is None or isinstance(failure, str)):
        raise TypeError("noise, failure")
    if not isinstance(fields["code"], list):
        raise TypeError("code")
    code = tuple(map(_number, fields["code"]))
    cost, at, fidelity = (_number(fields[name]) for name in ("cost_seconds", "at", "fidelity"))
    if not (all(map(math.isfinite, (*code, cost, at, fidelity))) and cost >= 0):
        raise ValueError("numbers")
    place, traceback = fields.get("place", ""), fields.get("traceback", "")
    if not isinstance(place, str) or not isinstance(traceback, str):
        raise TypeError("place, traceback")
    return Entry(code, fidelity, fields["noise"], metrics, cost, failure, at, place, traceback)
