"""PASHA: ASHA that opens a higher rung only while the order of candidates still changes."""

import numpy as np

from nas_problems.array import FloatArray
from optimizers.registry import solvers
from optimizers.rung import Eta, Lowest, Promotions
from optimizers.solver import Task

_PERCENTILE = 90  # of the distances between curves that cross: what counts as equal


class ProgressivePromotions(Promotions):
    """``Promotions`` whose highest rung rises while the two highest rungs order their candidates differently."""

    def __init__(self, task: Task, *, eta: float, lowest: float) -> None:
        super().__init__(task, eta=eta, lowest=lowest)
        self._top = min(1, len(self.rungs) - 1)

    @property
    def top(self) -> int:
        """The highest rung that is open."""
        return self._top

    def told(self, rung: int) -> None:
        """Open the next rung where the order of the candidates on the highest one is not that of the rung below."""
        if rung == self._top < len(self.rungs) - 1 and not _same_order(self._curves()):
            self._top += 1

    def _curves(self) -> FloatArray:
        """Values on all open rungs of the candidates on the highest one, (n, rungs); of several objectives the sum."""
        of: list[dict[bytes, float]] = [
            {z.tobytes(): float(np.sum(y)) for z, y in zip(codes, rung.y, strict=True)}
            for codes, rung in zip(self._codes, self.rungs, strict=True)
        ]
        return np.array([[of[below][z] for below in range(self._top + 1)] for z in of[self._top]])


def _same_order(curves: FloatArray) -> bool:
    """Whether every candidate's place by the last value is taken, by the last but one, by one that is as good.

    Two candidates are as good as each other where their values differ by no more than ``_tolerance``.
    """
    last, before = curves[:, -1], curves[:, -2]
    by_last, by_before = np.argsort(last, kind="stable"), np.argsort(before, kind="stable")
    return bool((np.abs(before[by_last] - before[by_before]) <= _tolerance(curves)).all())


def _tolerance(curves: FloatArray) -> float:
    """The 90th percentile of |difference of the last values| over pairs whose curves cross at least twice."""
    pairs = np.triu_indices(len(curves), 1)
    sign = np.zeros(len(pairs[0]))
    n_crossings = np.zeros(len(pairs[0]), dtype=np.int64)
    for values in curves.T:
        now = np.sign(values[pairs[0]] - values[pairs[1]])
        n_crossings += now * sign < 0
        sign = np.where(now == 0, sign, now)  # curves that touch have not crossed
    last = curves[:, -1]
    differences = np.abs(last[pairs[0]] - last[pairs[1]])[n_crossings >= 2]
    return float(np.percentile(differences, _PERCENTILE)) if len(differences) else 0.0


@solvers.register(
    "pasha",
    summary="ASHA that stops at the fidelity where the order settles",
    family="fidelity",
    objectives="any",
    fidelities=True,
    asynchronous=True,
)
def pasha(task: Task, *, eta: Eta = 3.0, lowest: Lowest = 0.0) -> ProgressivePromotions:
    """Promote as ASHA does, on two rungs first, and on one more whenever the two highest disagree about the order.

    Its incumbent may never have been evaluated at the full fidelity: that is how it saves.

    Differs: whether curves cross, from which it follows what counts as equal, is seen on the rungs alone, as values in
    between are not asked for; the paper looks at every epoch.

    Args:
        task: What is searched; its initializer chooses the first candidate.
        eta: One in ``eta`` of a rung is promoted.
        lowest: Fidelity of the lowest rung; 0: the lowest one of the task.

    Source: bohdal2023, Algorithm 1.
    """
    return ProgressivePromotions(task, eta=eta, lowest=lowest)
