"""How far the runs are that are being made, as far as their journals say."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from experiments.folder.study_folder import StudyFolder
from experiments.text.number import duration, number
from nas_problems.metric import Metric
from optimizers.failure import FailureKind
from optimizers.journal_file import UNFINISHED, Journal, read_journal


@dataclass(frozen=True, slots=True)
class Running:
    """A run that has not ended.

    Args:
        n_evaluations: Finished evaluations; where fidelities vary, in units of full ones.
        budget: Of how many.
        metric: What is measured.
        best: Minimised value of the incumbent, at the highest fidelity so far; NaN where none has succeeded.
        end_seconds: What is left at the speed so far, in seconds from now; None: not known.
        failures: The kinds of failed evaluations, each with its first one.
        n_partial: How many evaluations are at a lower fidelity, or continue one.
        best_fidelity: Of the value where it is below the full one, ``epochs 3 of 50``; else empty.
    """

    n_evaluations: float
    budget: int
    metric: Metric
    best: float
    end_seconds: float | None
    failures: tuple[FailureKind, ...] = ()
    n_partial: int = 0
    best_fidelity: str = ""

    def until(self, left_seconds: float) -> "Running":
        """The same where the time is up after the given seconds."""
        end = left_seconds if self.end_seconds is None else min(self.end_seconds, left_seconds)
        return replace(self, end_seconds=end if end < math.inf else None)

    @property
    def so_far(self) -> str:
        """Evaluations, how many of them failed, and the best value."""
        text = f"{number(self.n_evaluations, 3)} of {number(self.budget)} evaluations"
        if self.n_partial:
            text += f" ({number(self.n_partial)} count as shares of full ones)"
        if self.failures:
            text += f", {number(sum(kind.n for kind in self.failures))} failed"
        if self.best == self.best:
            text += f", best {self.metric.in_words(self.best, number)}"
            text += f" at {self.best_fidelity}" if self.best_fidelity else ""
        return text

    @property
    def in_words(self) -> str:
        """``so_far``, and when it ends."""
        end = "" if self.end_seconds is None else f", ends in about {duration(self.end_seconds)}"
        return self.so_far + end


def running(folder: StudyFolder) -> Mapping[str, Running]:
    """Runs that have begun and not ended: key -> how far they are. Only live evaluations are kept in journals."""
    states = {}
    for key, path in folder.journals():
        state = _state(path)
        if state is not None:
            states[key] = state
    return states


def running_alone(folder: Path) -> tuple[str, Running] | None:
    """A run of ``optimizers.run`` that has not ended: what it is, and how far; None: there is none.

    Args:
        folder: Where its log will be, or its journal ``<folder>.unfinished``.
    """
    path = folder if folder.name.endswith(UNFINISHED) else folder.with_name(f"{folder.name}{UNFINISHED}")
    state = _state(path)
    if state is None:
        return None
    head = read_journal(path).head
    return f"{head.get('solver')} on {head.get('problem')}, seed {head.get('seed')}", state


def _state(path: Path) -> Running | None:
    try:
        journal = read_journal(path)
        metric, best = journal.objective, journal.best
        budget = journal.head.get("budget")
    except (OSError, ValueError):  # it has just ended, or is something else
        return None
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 1:
        return None
    prices, place = journal.prices, journal.best_number
    spent = float(prices.sum())
    return Running(
        n_evaluations=round(spent) if math.isclose(spent, round(spent), abs_tol=1e-9) else spent,
        budget=budget,
        metric=metric,
        best=best,
        end_seconds=_left(journal, budget - spent),
        failures=journal.failures,
        n_partial=int(((prices > 0) & (prices < 1)).sum()),
        best_fidelity="" if place is None else journal.partial_fidelity(place),
    )


def _left(journal: Journal, left: float) -> float | None:
    """The median time between two evaluations of the last ones, each for what it took of the budget, for what is left
    of it.
    """
    times = [entry.at for entry in journal.entries[-21:]]
    prices: list[float] = journal.prices[-21:][1:].tolist()
    gaps = sorted(
        (later - earlier) / price for (earlier, later), price in zip(pairwise(times), prices, strict=True) if price > 0
    )
    if not gaps:
        return None
    seconds = max(gaps[len(gaps) // 2], 0.0) * left
    return max(seconds - (time.time() - times[-1]), 0.0)
