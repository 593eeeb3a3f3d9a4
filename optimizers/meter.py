"""What a run has evaluated, and what it has left."""

import math
import time
from collections.abc import Iterable, Iterator

import numpy as np

from nas_problems.array import BoolArray, FloatArray
from nas_problems.evaluation import Evaluations
from nas_problems.problem import Problem
from nas_problems.space import Codes
from nas_problems.stream import evaluate_each
from optimizers.archive import code_keys
from optimizers.failure import FirstOfKind
from optimizers.ioh_algorithm import BudgetExhausted
from optimizers.price import Reached, continues
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
        self.n_evaluations, self.n_restored = 0, 0
        self.reason: dict[int, str] = {}  # of failed evaluations, by row
        self._first_of_kind = FirstOfKind()
        space = problem.space
        self._code_type = np.min_scalar_type(int(space.upper.max())) if space.is_finite else space.dtype
        self._rng, self._own = rng, problem.fidelity
        self._limit = self._own * budget * (1 + _TOLERANCE)
        self._seconds = 0.0
        self._until, self._is_late = until, False
        self._spent = 0.0  # in units of the fidelity, of which there are whole numbers more often than of evaluations
        self._continues = continues(problem)
        self._reached = Reached[bytes](self._own, problem.fidelities.trained_from)
        # Fidelity and price are None where all rows have the problem's own, as they mostly do.
        self._batches: list[tuple[Codes, FloatArray, FloatArray, BoolArray, FloatArray | None, FloatArray | None]] = []

    @property
    def left(self) -> float:
        """What is left, in evaluations at the problem's own fidelity; 0 where only rounding is, or no time is."""
        return 0.0 if self._is_late else self._unspent

    @property
    def is_cut(self) -> bool:
        """Whether ``until`` came while something was left."""
        return self._is_late and self._unspent > 0

    @property
    def _unspent(self) -> float:
        """``left``, whatever the time is."""
        if self._seconds >= self.budget_seconds:
            return 0.0
        left = self.budget - self._spent / self._own
        return left if left > _TOLERANCE * self.budget else 0.0

    def evaluate(self, Z: Codes, fidelity: FloatArray | None = None, *, is_checked: bool = False) -> FloatArray:
        """Minimised values of the first rows of codes (n, d) that what is left pays for, (k,) or (k, m), k <= n.

        A copy of everything is kept.

        Args:
            Z: Codes, shape (n, d).
            fidelity: Of each row, (n,); None: the problem's own.
            is_checked: See ``Problem.evaluate``.

        Raises:
            BudgetExhausted: What is left does not pay for the first row.
        """
        if fidelity is not None or self._reached or min(self.budget_seconds, self._until) < math.inf:
            return self._evaluate_at(Z, fidelity)
        n = len(Z)
        if self._spent + self._own * n > self._limit:
            n = self._affordable(Z, self._levels(None, n))
            Z = Z[:n]
        evaluations = self.problem.evaluate(
            Z, rng=self._rng, metrics=self.problem.objective_metrics, is_checked=is_checked
        )
        y = self.problem.minimised(evaluations)
        self._batches.append((self._small(Z), y.copy(), evaluations.cost_seconds, evaluations.failed, None, None))
        self._spent += self._own * n
        self._count(evaluations)
        return y

    def measure(self, Z: Codes, names: tuple[str, ...]) -> FloatArray:
        """Zero-cost metrics of codes (n, d), (n, k), see ``Task.measure``; what they take counts as seconds."""
        evaluations = self.problem.noise_free.evaluate(Z, metrics=names)
        if self.problem.is_live:
            self._seconds += float(evaluations.cost_seconds.sum())
        return np.stack([evaluations.metrics[name] for name in names], axis=1)

    def _affordable(self, Z: Codes, due: FloatArray) -> int:
        """How many rows of these prices, in their order, what is left pays for."""
        n = int(np.searchsorted(np.cumsum(due), self._limit - self._spent, side="right"))
        if len(Z) and (not n or self._seconds >= self.budget_seconds or self._is_late):
            raise BudgetExhausted(f"{self.problem.label}: all {self.budget} evaluations are spent")
        return n

    def _evaluate_at(self, Z: Codes, fidelity: FloatArray | None) -> FloatArray:
        """``evaluate`` where rows have prices of their own, or seconds count."""
        levels = self._levels(fidelity, len(Z))
        reached, paid = self._earlier(Z, levels)
        n = self._affordable(Z, levels - reached)
        evaluations = self._measure(Z[:n], None if fidelity is None else fidelity[:n], paid[:n])
        n = len(evaluations)
        due = levels[:n] - reached[:n]
        self._spent += float(due.sum())
        return self._record(Z[:n], evaluations, levels[:n], due, paid[:n])

    def _record(
        self, Z: Codes, evaluations: Evaluations, levels: FloatArray, due: FloatArray, paid: FloatArray
    ) -> FloatArray:
        """Keep what has ended of rows with prices of their own."""
        y, cost = self.problem.minimised(evaluations), np.maximum(evaluations.cost_seconds - paid, 0.0)
        if self._continues:
            self._remember(Z, levels, evaluations.cost_seconds, evaluations.failed)
        self._batches.append((self._small(Z), y.copy(), cost, evaluations.failed, levels, due))
        self._seconds += float(cost.sum())
        self._count(evaluations)
        return y

    def evaluate_each(
        self, asked: Iterable[tuple[Codes, FloatArray | None]], n_ahead: int
    ) -> Iterator[tuple[Codes, FloatArray]]:
        """Evaluate candidates as workers become free, and yield each code (1, d) with its values in the order in which
        they end, until what is left does not pay for the next one.

        Args:
            asked: Codes (k, d) and their fidelities (k,), None: the problem's own; the next ones may depend on what has
                been yielded.
            n_ahead: How many are evaluated at a time.
        """
        begun: list[tuple[Codes, FloatArray, FloatArray, FloatArray]] = []

        def rows() -> Iterator[tuple[Codes, float]]:
            for Z, fidelity in asked:
                for i, level in enumerate(self._levels(fidelity, len(Z)).tolist()):
                    z, levels = Z[i : i + 1], np.array([level])
                    reached, paid = self._earlier(z, levels)
                    if (begun and self._is_over()) or not self._pays_for(levels - reached):
                        return
                    self._spent += float(levels[0] - reached[0])
                    begun.append((z, levels, levels - reached, paid))
                    yield z, level

        for number, evaluations in evaluate_each(self.problem, rows(), n_ahead=n_ahead, rng=self._rng):
            z, levels, due, paid = begun[number]
            yield z, self._record(z, evaluations, levels, due, paid)

    def restore(self, z: Codes, evaluations: Evaluations, fidelity: float) -> None:
        """Count an evaluation that an interrupted run has made, where what is left pays for it.

        Args:
            z: A code, shape (1, d).
            evaluations: What was measured, one row.
            fidelity: At which.
        """
        levels = np.array([fidelity])
        reached, paid = self._earlier(z, levels)
        if self._pays_for(levels - reached):
            self._spent += float(levels[0] - reached[0])
            self._record(z, evaluations, levels, levels - reached, paid)
            self.n_restored += 1

    def _is_past(self) -> bool:
        """Whether it is late; what an interrupted run has evaluated before is not begun now."""
        return time.time() >= self._until and not getattr(self.problem.evaluator, "n_unused", 0)

    def _pays_for(self, due: FloatArray) -> bool:
        return self._spent + float(due.sum()) <= self._limit

    def _is_over(self) -> bool:
        """Whether the time is used up."""
        self._is_late = self._is_late or self._is_past()
        return self._is_late or self._seconds >= self.budget_seconds

    def _count(self, evaluations: Evaluations) -> None:
        for row, why in evaluations.reason.items():
            self.reason[self.n_evaluations + row] = self._first_of_kind(why)
        self.n_evaluations += len(evaluations)

    def _measure(self, Z: Codes, fidelity: FloatArray | None, paid: FloatArray) -> Evaluations:
        """What was found of all rows, or of the first ones, the last of which uses up the time."""
        names = self.problem.objective_metrics
        if self.budget_seconds == math.inf and self._until == math.inf:
            if fidelity is not None and len(fidelity) and (fidelity == fidelity[0]).all():
                return self.problem.evaluate(Z, fidelity=float(fidelity[0]), rng=self._rng, metrics=names)
            return self.problem.evaluate(Z, fidelity=fidelity, rng=self._rng, metrics=names)
        at_once = getattr(self.problem.evaluator, "n_workers", 1)
        size = at_once if self.problem.is_live else max(len(Z), 1)  # nothing is trained that would not count
        parts, seconds = [], self._seconds
        for start in range(0, max(len(Z), 1), size):
            rows = slice(start, start + size)
            part = self.problem.evaluate(
                Z[rows], fidelity=None if fidelity is None else fidelity[rows], rng=self._rng, metrics=names
            )
            after = seconds + np.cumsum(np.maximum(part.cost_seconds - paid[rows], 0.0))
            n = int(np.searchsorted(after, self.budget_seconds, side="left")) + 1
            parts.append(part.first(n))
            self._is_late = self._is_past()
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
        self._batches.append((spent.Z, spent.y, spent.cost_seconds, spent.failed, None, None))
        self._spent += self._own * len(spent.y)
        self._seconds += float(spent.cost_seconds.sum())
        self.n_evaluations += len(spent.y)

    def columns(self) -> tuple[Codes, FloatArray, FloatArray, BoolArray, FloatArray, FloatArray]:
        """Z (n, d), y (n,) or (n, m), cost_seconds, failed, fidelity and price (n,) of all evaluations."""
        Z = np.concatenate([batch[0] for batch in self._batches], dtype=self.problem.space.dtype)
        y, cost, failed = (np.concatenate([batch[i] for batch in self._batches]) for i in range(1, 4))
        fidelity = self._levels(None, len(y))
        due = fidelity.copy()
        start = 0
        for batch in self._batches:
            rows, levels, prices = slice(start, start + len(batch[1])), batch[4], batch[5]
            if levels is not None and prices is not None:
                fidelity[rows], due[rows] = levels, prices
            start = rows.stop
        return Z, y, cost, failed, fidelity, due / self._own

    def _small(self, Z: Codes) -> Codes:
        """A copy of codes, in the smallest integers that hold the space's where it is finite."""
        return Z.astype(self._code_type)

    def _levels(self, fidelity: FloatArray | None, n: int) -> FloatArray:
        return np.full(n, self._own, dtype=np.float64) if fidelity is None else fidelity

    def _earlier(self, Z: Codes, levels: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Fidelity and seconds from which each row goes on, both (n,); 0 where it begins."""
        if not self._reached or not len(Z):
            return np.zeros(len(Z)), np.zeros(len(Z))
        pairs = map(self._reached.before, code_keys(Z), levels.tolist())
        before = np.array(list(pairs))
        return before[:, 0], before[:, 1]

    def _remember(self, Z: Codes, levels: FloatArray, cost: FloatArray, failed: BoolArray) -> None:
        rows = zip(code_keys(Z), levels.tolist(), cost.tolist(), failed.tolist(), strict=True)
        for key, level, seconds, is_failed in rows:
            if not is_failed:
                self._reached.add(key, fidelity=level, seconds=seconds)
