"""A rule that ends trainings which are unlikely to become the best, for any solver that asks for whole ones."""

from dataclasses import dataclass, replace

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.curve import CurvePredictor, chance_below, make
from nas_problems.evaluation import Fidelities
from nas_problems.space import Codes
from optimizers.loop import Loop, LoopSolver
from optimizers.solver import At, Solver, SolverFactory, Task, ask_codes

_LEAST_SEEN = 4  # values of a curve before anything is said of its end
_LEARNED = 15  # finished curves before one is predicted from others


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """Stop a training where P(its end is below the best finished one) is small.

    Args:
        predictor: Name of what predicts the end; see ``nas_problems.curve.curve_predictors``. ``parametric`` looks at
            the curve itself, all others wait for fifteen finished ones.
        chance: The probability below which a training is stopped.
        n_looks: How many times a training is looked at, evenly spaced; its curve has a value at every fidelity.
        n_together: Candidates of a batch that are trained side by side, such as the number of workers. Those after
            them are judged by what these have finished.

    Source: domhan2015, section 4.
    """

    predictor: str = "ridge"
    chance: float = 0.05
    n_looks: int = 10
    n_together: int = 1


class _Curves:
    """Finished curves of a run, and what they say of those that have begun."""

    def __init__(self, rule: StoppingRule, n_steps: int) -> None:
        self._rule = rule
        self._looks = {n_steps * (i + 1) // rule.n_looks for i in range(rule.n_looks)} - {n_steps}
        self._fitted: dict[int, tuple[int, CurvePredictor]] = {}  # by steps seen: of how many curves, and what
        self._finished: list[FloatArray] = []
        self.best = np.inf

    def add(self, curves: FloatArray) -> None:
        """Add finished curves, (n, steps)."""
        self._finished.extend(curves)
        self.best = min(self.best, float(curves[:, -1].min(initial=np.inf)))

    def hopeless(self, begun: FloatArray) -> tuple[IntArray, FloatArray]:
        """Numbers of the curves (n, n_seen) that are to be stopped, and their predicted ends."""
        n_seen = begun.shape[1]
        n_needed = 1 if self._rule.predictor == "parametric" else _LEARNED
        if n_seen not in self._looks or n_seen < _LEAST_SEEN or len(self._finished) < n_needed:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        predictor = self._predictor(n_seen)
        rows = np.flatnonzero(chance_below(predictor, begun, self.best) < self._rule.chance)
        return rows, predictor.predict(begun[rows]) if len(rows) else np.zeros(0)

    def _predictor(self, n_seen: int) -> CurvePredictor:
        """Fitted to what is finished, or to nine tenths of it: some fits take long."""
        n = len(self._finished)
        if n_seen not in self._fitted or self._fitted[n_seen][0] < 0.9 * n:
            predictor = make(self._rule.predictor)
            predictor.fit(np.array(self._finished), n_seen)
            self._fitted[n_seen] = n, predictor
        return self._fitted[n_seen][1]


def stopped(factory: SolverFactory, rule: StoppingRule | None = None) -> SolverFactory:
    """A solver whose trainings are stopped by a rule; of those it is told the predicted end.

    It saves where fidelities continue a training: elsewhere nothing is stopped. The solver itself knows nothing of it.
    A training that fails ends there, as nothing goes on from it: the solver is told its penalty, of which no curve is
    learned.

    Args:
        factory: Starts the solver, which asks for bare codes.
        rule: When to stop; None: ``StoppingRule()``.
    """
    chosen = rule or StoppingRule()

    def start(task: Task) -> Solver:
        return LoopSolver(_loop(factory, task, chosen))

    return start


def _loop(factory: SolverFactory, task: Task, rule: StoppingRule) -> Loop:
    full = Fidelities(task.fidelities.name, (task.fidelities.full,))
    running = factory(replace(task, fidelities=full))
    values = task.fidelities.trained.values if task.fidelities.continued else full.values
    curves = _Curves(rule, len(values))
    penalty = task.objectives[0].penalty
    while len(Z := ask_codes(running)):
        y = np.empty(len(Z))
        for start in range(0, len(Z), rule.n_together):
            part = slice(start, start + rule.n_together)
            yield from _train(Z[part], y[part], values, curves, penalty)
        running.tell(Z, y)


def _train(Z: Codes, y: FloatArray, values: tuple[float, ...], curves: _Curves, penalty: float) -> Loop:
    """Raise the candidates (n, d) step by step, and write their values, or the predicted ones, into ``y`` (n,).

    One with the penalty has failed, and each further step would be a whole training from the beginning.
    """
    left = np.arange(len(Z))
    seen = np.empty((len(Z), len(values)))
    for step, fidelity in enumerate(values):
        seen[left, step] = yield At(Z[left], fidelity)
        y[left] = seen[left, step]
        left = left[y[left] != penalty]
        rows, ends = curves.hopeless(seen[left, : step + 1])
        y[left[rows]] = ends
        left = np.delete(left, rows)
        if not len(left):
            return
    curves.add(seen[left])
