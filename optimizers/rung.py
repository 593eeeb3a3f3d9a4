"""Rungs and brackets: how multi-fidelity solvers divide what they spend.

A rung is a fidelity at which candidates are compared; the best ``1 / eta`` of them go on to the next. A bracket is a
series of rungs with the number of candidates on each. Solvers of this kind differ in when a candidate is promoted:
with its whole rung (successive halving, Hyperband), or as soon as it is among the best of those that are there
(``Promotions``: ASHA, PASHA).
"""

import math
from bisect import bisect_left, insort
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Annotated, Literal

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluation import Fidelities
from nas_problems.space import Codes
from optimizers.archive import code_keys, draw_unseen
from optimizers.option import Between
from optimizers.ordering import best_first
from optimizers.solver import At, Task

Eta = Annotated[float, Between(1.5, 1000)]
"""One in ``eta`` candidates is promoted."""

Lowest = Annotated[float, Between(0)]
"""The lowest fidelity that is used; 0: that of the problem."""

BracketRule = Literal["ceil", "floor"]
"""How the number of candidates of a bracket is rounded; see ``brackets``."""

_STOCK = 64  # candidates drawn at once


def values_from(fidelities: Fidelities, lowest: float) -> tuple[float, ...]:
    """The available fidelities that are not below ``lowest``, at least one.

    Raises:
        ValueError: ``lowest`` is above the full fidelity.

    >>> values_from(Fidelities("epochs", (4, 12, 36)), 5)
    (12, 36)
    """
    values = tuple(value for value in fidelities.values if value >= lowest)
    if not values:
        raise ValueError(f"lowest: wanted at most {fidelities.name} {fidelities.full:g}, found {lowest:g}")
    return values


def rungs(fidelities: Fidelities, eta: float, lowest: float = 0.0) -> tuple[float, ...]:
    """Fidelities of the rungs: ``full * eta**-k``, each replaced by the available one that is nearest in ratio.

    Where two would be the same there is one rung less. With one fidelity there is one rung, and a solver of this
    kind is a random search.

    Args:
        fidelities: Those that the task knows.
        eta: > 1.
        lowest: The lowest one that is wanted; 0: that of ``fidelities``.

    Returns:
        Increasing; the last one is the full fidelity.

    Raises:
        ValueError: ``lowest`` is above the full fidelity.

    >>> rungs(Fidelities("epochs", tuple(range(1, 53))), 3)
    (2, 6, 17, 52)
    >>> rungs(Fidelities("epochs", (12, 200)), 3)
    (12, 200)
    """
    values = values_from(fidelities, lowest)
    n_steps = math.floor(math.log(values[-1] / values[0]) / math.log(eta) + 1e-9)
    wanted = (values[-1] * eta**-k for k in range(n_steps, -1, -1))
    return tuple(dict.fromkeys(nearest_in_ratio(values, value) for value in wanted))


def steps(fidelities: Fidelities, n: int, lowest: float = 0.0) -> tuple[float, ...]:
    """At most ``n`` of the available fidelities, evenly spaced by number, the last of them the full one.

    Raises:
        ValueError: ``lowest`` is above the full fidelity.

    >>> steps(Fidelities("epochs", tuple(range(1, 101))), 5)
    (20, 40, 60, 80, 100)
    """
    values = values_from(fidelities, lowest)
    n = min(n, len(values))
    return tuple(values[(i + 1) * len(values) // n - 1] for i in range(n))


def nearest_in_ratio(values: Sequence[float], wanted: float) -> float:
    """The one of some positive values that is the fewest times larger or smaller than another number.

    >>> nearest_in_ratio((12, 200), 66.7)
    200
    """
    return min(values, key=lambda value: abs(math.log(value / wanted)))


def library_range(values: Sequence[float], eta: float) -> tuple[float, float]:
    """The lowest and highest fidelity from which a library that knows powers of ``eta`` makes as many rungs as there
    are in ``values``; at least two, as libraries want.

    >>> [f"{value:.4g}" for value in library_range((2, 6, 17, 52), 3)]  # 52 / 27, not 2, of which it would make three
    ['1.926', '52']
    """
    return values[-1] * eta ** -max(1, len(values) - 1) * (1 - 1e-9), values[-1]


def rung_of(values: Sequence[float], eta: float, asked: float) -> float:
    """The rung that stands for a fidelity which a library asks for, ``full * eta**-k``: the k-th below the top.

    >>> rung_of((2, 6, 17, 52), 3, 52 / 27), rung_of((12, 200), 3, 200 / 3), rung_of((9,), 3, 3)
    (2, 12, 9)
    """
    k = round(math.log(values[-1] / asked) / math.log(eta))
    return values[max(0, len(values) - 1 - k)]


def brackets(n_rungs: int, eta: float, rule: BracketRule = "ceil") -> list[list[int]]:
    """Candidates on each rung of Hyperband's brackets, from the one that starts lowest.

    The bracket with s promotions starts ``n`` candidates s rungs below the top: with rule ``ceil`` (li2018,
    Algorithm 1) n = ceil(K / (s + 1) * eta**s), with rule ``floor`` (the authors' code) n = floor(K / (s + 1)) *
    eta**s, K the number of rungs; floor(n * eta**-i) of them reach its rung i.

    Args:
        n_rungs: K >= 1.
        eta: > 1.
        rule: How n is rounded.

    Source: li2018, Algorithm 1.

    >>> brackets(5, 3)
    [[81, 27, 9, 3, 1], [34, 11, 3, 1], [15, 5, 1], [8, 2], [5]]
    >>> brackets(5, 3, "floor")
    [[81, 27, 9, 3, 1], [27, 9, 3, 1], [9, 3, 1], [6, 2], [5]]
    """
    sizes = []
    for s in range(n_rungs - 1, -1, -1):
        share = n_rungs / (s + 1)
        n = math.ceil(share * eta**s - 1e-9) if rule == "ceil" else math.floor(math.floor(share) * eta**s + 1e-9)
        sizes.append([max(1, math.floor(n * eta**-i + 1e-9)) for i in range(s + 1)])
    return sizes


class NewCandidates:
    """Draws candidates for the lowest rungs: first those of the initializer, then codes that the run has not seen.

    Args:
        task: What is searched.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._seen: set[bytes] = set()
        self._stock: Codes | None = None  # drawn, and not handed out yet

    def draw(self, n: int) -> Codes:
        """``n`` candidates, shape (n, d); seen ones only where the space has no others."""
        if self._stock is None:
            self._stock = self._task.start(n)
            self._seen.update(code_keys(self._stock))
        while len(self._stock) < n:
            self._stock = np.concatenate([self._stock, self._more()])
        Z, self._stock = self._stock[:n], self._stock[n:]
        return Z

    def _more(self) -> Codes:
        new = draw_unseen(self._task.space, _STOCK, self._seen, self._task.rng)
        self._seen.update(code_keys(new))
        return new if len(new) else self._task.space.sample(_STOCK, self._task.rng)


class Rung:
    """Results at one fidelity, and which of them have been promoted; O(log n) per result.

    Where there are several objectives, order is by ``best_first``, which looks at all results again.
    """

    def __init__(self) -> None:
        self.y: list[FloatArray] = []
        self._waiting: list[tuple[float, int]] = []  # a heap: value, number
        self._promoted: list[tuple[float, int]] = []  # sorted
        self._done: set[int] = set()
        self._is_settled = False  # nothing more can be promoted until a result comes

    def __len__(self) -> int:
        return len(self.y)

    def add(self, y: FloatArray) -> None:
        """Add a result: its value, shape (), or values, shape (m,)."""
        if y.ndim == 0:
            heappush(self._waiting, (float(y), len(self.y)))
        self.y.append(y)
        self._is_settled = False

    def promote(self, eta: float) -> int | None:
        """Number of the best result that is among the best ``1 / eta`` and not promoted yet, which it now is."""
        if self._is_settled:
            return None
        number = self._promote(math.floor(len(self.y) / eta + 1e-9))
        self._is_settled = number is None
        return number

    def _promote(self, n_best: int) -> int | None:
        if not n_best:
            return None
        if self.y[0].ndim:
            order = best_first(np.array(self.y))[:n_best].tolist()
            number = next((row for row in order if row not in self._done), None)
            if number is not None:
                self._done.add(number)
            return number
        if not self._waiting or bisect_left(self._promoted, self._waiting[0]) >= n_best:
            return None
        best = heappop(self._waiting)
        insort(self._promoted, best)
        return best[1]


class Promotions:
    """A solver that promotes a candidate as soon as it is among the best of its rung; else it starts a new one.

    Any number of candidates may be asked for before the first is told, and they may be told in any order: workers
    need not wait for each other. The same order of answers gives the same run.

    Args:
        task: What is searched.
        eta: One in ``eta`` of a rung is promoted.
        lowest: The lowest fidelity; 0: that of the task.

    Source: li2020asha, Algorithm 2.
    """

    def __init__(self, task: Task, *, eta: float, lowest: float) -> None:
        self.fidelities = rungs(task.fidelities, eta, lowest)
        self.rungs = [Rung() for _ in self.fidelities]
        self._codes: list[list[Codes]] = [[] for _ in self.fidelities]
        self._eta = eta
        self._new = NewCandidates(task)
        self._pending: dict[bytes, list[int]] = {}  # code -> rungs, in the order of asking

    @property
    def top(self) -> int:
        """The highest rung to which candidates are promoted now."""
        return len(self.rungs) - 1

    def ask(self) -> At:
        """One candidate, at the rung where it is to be evaluated."""
        z, rung = self._next()
        self._pending.setdefault(z.tobytes(), []).append(rung)
        return At(z, self.fidelities[rung])

    def _next(self) -> tuple[Codes, int]:
        for below in range(self.top - 1, -1, -1):
            number = self.rungs[below].promote(self._eta)
            if number is not None:
                return self._codes[below][number], below + 1
        return self._new.draw(1), 0

    def tell(self, Z: Codes, y: FloatArray) -> None:
        """Report candidates, in any order.

        Raises:
            RuntimeError: A candidate that was not asked for.
        """
        for i in range(len(Z)):
            z = Z[i : i + 1].copy()
            waiting = self._pending.get(z.tobytes())
            if not waiting:
                raise RuntimeError(f"tell: wanted candidates that were asked for, found {z[0].tolist()}")
            rung = waiting.pop(0)
            self.rungs[rung].add(np.asarray(y[i]))
            self._codes[rung].append(z)
            self.told(rung)

    def told(self, rung: int) -> None:
        """Called after every result; for solvers that change with them."""
