"""What a run has evaluated, and what it has left."""

import numpy as np

from nas_problems.array import BoolArray, FloatArray
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
    """

    def __init__(self, problem: Problem, budget: int, rng: np.random.Generator) -> None:
        assert problem.fidelity is not None
        self.problem, self.budget = problem, budget
        self.n_evaluations = 0
        self.reason: dict[int, str] = {}  # of failed evaluations, by row
        self._rng, self._own = rng, problem.fidelity
        self._spent = 0.0  # in units of the fidelity, of which there are whole numbers more often than of evaluations
        self._continues = problem.fidelities.continued and problem.noise.kind != "sampled"
        self._reached: dict[bytes, tuple[float, float]] = {}  # fidelity and seconds of candidates that can go on
        self._batches: list[tuple[Codes, FloatArray, FloatArray, BoolArray, FloatArray, FloatArray]] = []

    @property
    def left(self) -> float:
        """What is left, in evaluations at the problem's own fidelity; 0 where only rounding is."""
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
        levels = self._levels(fidelity, len(Z))
        due = np.cumsum(levels - self._earlier(Z, levels)[0])
        limit = self._own * self.budget * (1 + _TOLERANCE) - self._spent
        return int(np.searchsorted(due, limit, side="right"))

    def evaluate(self, Z: Codes, fidelity: FloatArray | None = None) -> FloatArray:
        """Minimised values of codes (n, d), (n,) or (n, m); a copy of everything is kept.

        Args:
            Z: Codes, shape (n, d).
            fidelity: Of each row, (n,); None: the problem's own.

        Raises:
            BudgetExhausted: More rows than what is left pays for; none has been evaluated then.
        """
        if self.affordable(Z, fidelity) < len(Z):
            raise BudgetExhausted(f"{self.problem.label}: all {self.budget} evaluations are spent")
        found = self.problem.evaluate(Z, fidelity=fidelity, rng=self._rng, metrics=self.problem.objective_metrics)
        y = self.problem.minimised(found)
        levels, cost = self._levels(fidelity, len(Z)), found.cost_seconds
        if self._continues and (fidelity is not None or self._reached):
            reached, paid = self._earlier(Z, levels)
            self._remember(Z, levels, cost, found.failed)
            self._keep(Z.copy(), y.copy(), np.maximum(cost - paid, 0.0), found.failed, levels, levels - reached)
        else:
            self._keep(Z.copy(), y.copy(), cost, found.failed, levels, levels)
        self.reason |= {self.n_evaluations + row: why for row, why in found.reason.items()}
        self.n_evaluations += len(Z)
        return y

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
