"""Freeze-thaw: every training may be stopped and taken up again; the one that promises most goes on."""

import math
from bisect import insort
from heapq import heapify, heappop, heappush
from typing import Literal

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.curve import CurvePredictor, make
from nas_problems.space import Codes
from optimizers.loop import Loop, as_solver
from optimizers.option import AtLeastTwo, PositiveInt
from optimizers.registry import solvers
from optimizers.rung import Lowest, NewCandidates, steps
from optimizers.solver import At, Task

_LEARNED = 15  # finished curves before a ridge says more than a mean


class _Frozen:
    """Trainings that have begun, by how far they went, with what is expected of their end.

    Args:
        fidelities: Where trainings can stop, increasing.
        k: The mean of the last k values predicts the end.
        learned: What predicts it once there are enough finished curves; None: the mean.
        penalty: Value of a training that has failed.
    """

    def __init__(
        self, fidelities: tuple[float, ...], k: int, learned: CurvePredictor | None, penalty: float = math.inf
    ) -> None:
        self._fidelities, self._k, self._learned, self._penalty = fidelities, k, learned, penalty
        n = len(fidelities)
        self.codes: list[Codes] = []
        self.curves: list[list[float]] = []
        self._finished: list[list[float]] = []
        self._waiting: list[list[tuple[float, int]]] = [[] for _ in range(n)]  # heaps: predicted end, number
        self._errors: list[list[float]] = [[] for _ in range(n)]  # of predictions of finished curves, sorted
        self._bias, self._spread = [0.0] * n, [0.0] * n
        self.best = math.inf

    def begin(self, z: Codes) -> int:
        """A new training, which has no value yet; its number."""
        self.codes.append(z)
        self.curves.append([])
        return len(self.codes) - 1

    def add(self, number: int, y: float, *, freeze: bool = True) -> None:
        """The next value of a training, which waits until it is taken up again, unless it goes on at once.

        One that has failed is not taken up again, as its next step would be a whole training, and is no curve.
        """
        curve = self.curves[number]
        curve.append(y)
        if y == self._penalty:
            self.best = min(self.best, y)
            return
        n_seen = len(curve)
        if n_seen == len(self._fidelities):
            self._finish(curve)
        elif freeze:
            end = self._mean(curve, n_seen) if self._learned is None else float(self._predict(np.array([curve]))[0])
            heappush(self._waiting[n_seen - 1], (end, number))

    def _mean(self, curve: list[float], n_seen: int) -> float:
        return sum(curve[max(0, n_seen - self._k) : n_seen]) / min(self._k, n_seen)

    def _predict(self, begun: FloatArray) -> FloatArray:
        """Of curves (n, n_seen); by what is learned, once enough is."""
        if self._learned is None or len(self._finished) < _LEARNED:
            return np.array([self._mean(curve, len(curve)) for curve in begun.tolist()])
        self._learned.fit(np.array(self._finished), begun.shape[1])
        return self._learned.predict(begun)

    def _finish(self, curve: list[float]) -> None:
        """How far predictions were off at every step, by median and quartiles; and new ones of those that wait."""
        self._finished.append(curve)
        self.best = min(self.best, curve[-1])
        for level in range(len(curve) - 1):
            insort(self._errors[level], curve[-1] - self._mean(curve, level + 1))
        if self._learned is not None and len(self._finished) >= _LEARNED:
            self._learn()
        for level, errors in enumerate(self._errors[:-1]):
            n = len(errors)
            self._bias[level] = 0.5 * (errors[(n - 1) // 2] + errors[n // 2])
            self._spread[level] = (errors[(3 * n - 1) // 4] - errors[n // 4]) / 1.349  # of a normal distribution

    def _learn(self) -> None:
        """Errors, and predictions of those that wait, by what is learned now."""
        finished = np.array(self._finished)
        for level, waiting in enumerate(self._waiting[:-1]):
            error = finished[:, -1] - self._predict(finished[:, : level + 1])
            self._errors[level] = sorted(error.tolist())
            if waiting:
                numbers = [number for _, number in waiting]
                ends = self._predict(np.array([self.curves[number] for number in numbers]))
                waiting[:] = zip(ends.tolist(), numbers, strict=True)
                heapify(waiting)

    def most_promising(self, mean: float, spread: float) -> int | None:
        """The training with the largest expected improvement per cost of its next step, taken out; None: a new one.

        Args:
            mean: Of the end of a new one.
            spread: Its standard deviation.
        """
        largest, chosen = _improvement(self.best - mean, spread) / self._fidelities[0], None
        for level, waiting in enumerate(self._waiting[:-1]):
            if waiting:
                gain = self.best - waiting[0][0] - self._bias[level]
                price = self._fidelities[level + 1] - self._fidelities[level]
                value = _improvement(gain, self._spread[level]) / price
                if value > largest:
                    largest, chosen = value, level
        return None if chosen is None else heappop(self._waiting[chosen])[1]


def _improvement(gain: float, spread: float) -> float:
    """Expected improvement of a normal distribution whose mean is better by ``gain``."""
    if spread <= 0:
        return max(gain, 0.0)
    u = gain / spread
    return gain * 0.5 * math.erfc(-u / math.sqrt(2)) + spread * math.exp(-0.5 * u * u) / math.sqrt(2 * math.pi)


@solvers.register(
    "freeze-thaw",
    summary="continues the training whose curve promises most, or begins one",
    family="fidelity",
    fidelities=True,
)
@as_solver
def freeze_thaw(
    task: Task,
    *,
    predictor: Literal["mean-of-last", "ridge"] = "mean-of-last",
    k: PositiveInt = 3,
    n_steps: AtLeastTwo = 10,
    n_finished: PositiveInt = 5,
    lowest: Lowest = 0.0,
) -> Loop:
    """Train by steps; after each, go on with the training whose next step brings the largest expected improvement.

    Expected improvement is divided by the cost of the step. The first trainings are finished, and say what to expect
    of a new one. How far predictions are off is learned from finished curves, for every length. Where the task has one
    fidelity this is random search.

    Differs: In swersky2014 a Gaussian process over configurations and curves predicts the ends, and candidates and
    trainings are chosen by entropy search; here only the curve predicts, and new candidates are drawn uniformly.
    A training that fails ends there.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        predictor: What predicts the end of a curve: the mean of its last ``k`` values, or ridge regression on finished
            curves; see ``nas_problems.curve``.
        k: Values whose mean predicts; the ridge's stand-in until fifteen curves are finished.
        n_steps: Steps of a training, or as many as there are fidelities.
        n_finished: Trainings that are finished first; at most a third of the budget.
        lowest: The lowest fidelity; 0: that of the task.

    Source: swersky2014.
    """
    fidelities = steps(task.fidelities.trained, n_steps, lowest)
    penalty = task.objectives[0].penalty
    frozen = _Frozen(fidelities, k, None if predictor == "mean-of-last" else make(predictor), penalty)
    new = NewCandidates(task)
    n_first = max(1, min(n_finished, task.budget // 3))
    Z, first = new.draw(n_first), []
    for i in range(n_first):
        number = frozen.begin(Z[i : i + 1])
        for fidelity in fidelities:
            (y,) = yield At(Z[i : i + 1], fidelity)
            frozen.add(number, float(y), freeze=False)
            if y == penalty:
                break
        first.append(frozen.curves[number][-1])
    middle = float(np.median(first))
    better = np.minimum(np.array(first) - middle, 0.0)  # one that diverged says nothing of how good others can be
    spread = math.sqrt(2 * float((better**2).mean()))
    while True:
        chosen = frozen.most_promising(middle, spread)
        if chosen is None:
            chosen = frozen.begin(new.draw(1))
        (y,) = yield At(frozen.codes[chosen], fidelities[len(frozen.curves[chosen])])
        frozen.add(chosen, float(y))
