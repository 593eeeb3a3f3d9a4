"""What a run has evaluated, and what it has left."""

import math
import time

import numpy as np

from nas_problems.array import BoolArray, FloatArray
from nas_problems.evaluation import Evaluations
from nas_problems.problem import Problem
from nas_problems.space import Codes
from optimizers.archive import code_keys
from optimizers.ioh_algorithm import BudgetExhausted
from optimizers.solver import Spent

_TOLERANCE = 1e-9  # of a budget, for sums of fractions


class Meter:
    """Evaluates, counts and records, up to the budget.

    A budget counts evaluations at the problem's own fidelity; a row at another one costs its share. Where
    fidelities continue a training, a candidate that an earlier batch evaluated at a lower fidelity pays the
    difference, in evaluations and in seconds; not with noise ``sampled``, where every query is another training.

    Args:
        problem: What is evaluated.
        budget: In evaluations at the problem's own fidelity.
        rng: Source of randomness of the problem's noise.
        budget_seconds: Of recorded or measured cost; the evaluation in which it is used up is the last one.
        until: Time by the clock, in seconds since 1970, after which nothing more is begun; one evaluation is made.
    """

    def __init__(
        self,
        problem: Problem,
        budget: int,
        rng: np.random.Generator,
        budget_seconds: float = math.inf,
        until: float = math.inf,
    ) -> None:
        assert problem.fidelity is not None
        self.problem, self.budget, self.budget_seconds = problem, budget, budget_seconds
        self.n_evaluations = 0
        self.reason: dict[int, str] = {}  # of failed evaluations, by row
        self._rng, self._own = rng, problem.fidelity
        self._seconds = 0.0
        self._until, self._is_late = until, False
        self._spent = 0.0  # in units of the fidelity, of which there are whole numbers more often than of evaluations
        self._continues = problem.fidelities.continued and problem.noise.kind != "sampled"
        self._reached: dict[bytes, tuple[float, float]] = {}  # fidelity and seconds of candidates that can go on
        self._batches: list[tuple[Codes, FloatArray, FloatArray, BoolArray, FloatArray, FloatArray]] = []

    @property
    def left(self) -> float:
        """What is left, in evaluations at the problem's own fidelity; 0 where only rounding is, or no time is."""
        if self._is_late or self._seconds >= self.budget_seconds:
            return 0.0
        left = self.budget - self._spent / self._own
        return left if left > _TOLERANCE * self.budget else 0.0

    def affordable(self, Z: Codes, fidelity: FloatArray | None = None) -> int:
        """How many of the rows (n, d), in their order, what is left pays for.

        Args:
            Z: Codes, shape (n, d).
            fidelity: Of each row, (n,); None: the problem's own.
        """
        if fidelity is None and not self._reached:
            return min(len(Z), int(self.left + _TOLERANCE * self.budget))
        if not self.left:
            return 0
        levels = self._levels(fidelity, len(Z))
        due = np.cumsum(levels - self._earlier(Z, levels)[0])
        limit = self._own * self.budget * (1 + _TOLERANCE) - self._spent
        return int(np.searchsorted(due, limit, side="right"))

    def evaluate(self, Z: Codes, fidelity: FloatArray | None = None) -> FloatArray:
        """Minimised values of codes (n, d), (n,) or (n, m); a copy of everything is kept.

        Args:
            Z: Codes, shape (n, d).
            fidelity: Of each row, (n,); None: the problem's own.

        Returns:
            Of the first rows only where time runs out.

        Raises:
            BudgetExhausted: More rows than what is left pays for; none has been evaluated then.
        """
        if self.affordable(Z, fidelity) < len(Z):
            raise BudgetExhausted(f"{self.problem.label}: all {self.budget} evaluations are spent")
        levels, reached, paid = self._levels(fidelity, len(Z)), None, None
        if self._continues and (fidelity is not None or self._reached):
            reached, paid = self._earlier(Z, levels)
        found = self._evaluate(Z, fidelity, paid)
        n = len(found)
        y, cost, due = self.problem.minimised(found), found.cost_seconds, levels[:n]
        if reached is not None and paid is not None:
            self._remember(Z[:n], levels[:n], cost, found.failed)
            cost, due = np.maximum(cost - paid[:n], 0.0), due - reached[:n]
        self._keep(Z[:n].copy(), y.copy(), cost, found.failed, levels[:n], due)
        self.reason |= {self.n_evaluations + row: why for row, why in found.reason.items()}
        self.n_evaluations += n
        return y

    def _evaluate(self, Z: Codes, fidelity: FloatArray | None, paid: FloatArray | None) -> Evaluations:
        """What was found of all rows, or of the first ones, the last of which uses up the time."""
        names = self.problem.objective_metrics
        if self.budget_seconds == math.inf and self._until == math.inf:
            return self.problem.evaluate(Z, fidelity=fidelity, rng=self._rng, metrics=names)
        at_once = getattr(self.problem.evaluator, "n_workers", 1)
        size = at_once if self.problem.is_live else max(len(Z), 1)  # nothing is trained that would not count
        parts, seconds = [], self._seconds
        for start in range(0, max(len(Z), 1), size):
            rows = slice(start, start + size)
            part = self.problem.evaluate(
                Z[rows], fidelity=None if fidelity is None else fidelity[rows], rng=self._rng, metrics=names
            )
            cost = part.cost_seconds if paid is None else np.maximum(part.cost_seconds - paid[rows], 0.0)
            after = seconds + np.cumsum(cost)
            n = int(np.searchsorted(after, self.budget_seconds, side="left")) + 1
            parts.append(part.first(n))
            self._is_late = time.time() >= self._until
            if n <= len(part) or self._is_late:
                break
            seconds = float(after[-1]) if len(after) else seconds
        return Evaluations.concatenate(parts)

    def charge(self, spent: Spent) -> None:
        """Count what an initializer evaluated, if it is charged to the run.

        Raises:
            ValueError: Nothing of the budget would be left for the search.
        """
        if not spent.charged:
            return
        if len(spent.y) >= self.left:
            raise ValueError(
                f"budget: wanted more than the {len(spent.y)} candidates that the initializer samples, "
                f"found {self.budget}"
            )
        levels = self._levels(None, len(spent.y))
        self._keep(spent.Z, spent.y, spent.cost_seconds, spent.failed, levels, levels)
        self.n_evaluations += len(spent.y)

    def columns(self) -> tuple[Codes, FloatArray, FloatArray, BoolArray, FloatArray, FloatArray]:
        """Z (n, d), y (n,) or (n, m), cost_seconds, failed, fidelity and price (n,) of all evaluations."""
        Z, y, cost, failed, fidelity, due = (np.concatenate(column) for column in zip(*self._batches, strict=True))
        return Z, y, cost, failed, fidelity, due / self._own

    def _keep(
        self, Z: Codes, y: FloatArray, cost: FloatArray, failed: BoolArray, levels: FloatArray, due: FloatArray
    ) -> None:
        self._batches.append((Z, y, cost, failed, levels, due))
        self._spent += float(due.sum())
        self._seconds += float(cost.sum())

    def _levels(self, fidelity: FloatArray | None, n: int) -> FloatArray:
        return np.full(n, self._own) if fidelity is None else fidelity

    def _earlier(self, Z: Codes, levels: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Fidelity and seconds from which each row goes on, both (n,); 0 where it begins."""
        if not self._reached:
            return np.zeros(len(Z)), np.zeros(len(Z))
        before = np.array([self._reached.get(key, (0.0, 0.0)) for key in code_keys(Z)]).reshape(-1, 2)
        before[before[:, 0] >= levels] = 0.0  # asked again at what it has, or below: a training of its own
        return before[:, 0], before[:, 1]

    def _remember(self, Z: Codes, levels: FloatArray, cost: FloatArray, failed: BoolArray) -> None:
        for row in np.flatnonzero(~failed):
            key, level = code_keys(Z[row : row + 1])[0], float(levels[row])
            reached = self._reached[key][0] if key in self._reached else 0.0
            if level > reached and (reached or level < self._own):
                self._reached[key] = level, float(cost[row])
