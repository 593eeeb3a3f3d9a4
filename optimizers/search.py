"""The one loop: ask, evaluate, count, tell, until the budget is spent; and how a run that was interrupted goes on."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluation import Fidelities
from nas_problems.problem import Problem
from nas_problems.space import Codes
from nas_problems.stream import StreamEvaluator
from optimizers.history import Answers, History, KnownInitializer
from optimizers.ioh_algorithm import BudgetExhausted
from optimizers.journal import JournaledEvaluator
from optimizers.journal_file import Entry
from optimizers.meter import Meter
from optimizers.price import continues
from optimizers.solver import At, ConfiguredSolver, Initializer, SamplingInitializer, Solver, Spent, Task


@dataclass(frozen=True, eq=False)
class Search:
    """What one run is to do.

    Args:
        solver: Who searches.
        problem: What is searched, with its journal where it has one.
        budget: See ``run``.
        budget_seconds: See ``run``.
        until: See ``run``.
        n_parallel: See ``run``.
    """

    solver: ConfiguredSolver
    problem: Problem
    budget: int
    budget_seconds: float
    until: float
    n_parallel: int

    def carry_out(self, start: Initializer, known: History | None, seed: int) -> tuple[Meter, Spent | None]:
        """Search, from what an interrupted run has evaluated where there is one.

        The same search is begun anew, and whatever the journal has is taken from it. Where the solver then asks for
        something else than it did before, it is started once more, told everything that was evaluated, and goes on with
        what is left of the budget; of a function of an ioh problem, which cannot be told, known values are answered.

        Args:
            start: Chooses the first candidates.
            known: See ``run``.
            seed: See ``run``.

        Returns:
            What was evaluated, and what an initializer has spent of it.
        """
        streams = np.random.SeedSequence(seed).spawn(3)
        meter = self._meter(streams[1])
        spent = None
        if isinstance(start, SamplingInitializer):
            start, spent = start.sampled(self.problem, np.random.default_rng(streams[2]))
            meter.charge(spent)
        self._go(meter, start, known, np.random.default_rng(streams[0]))
        journal = self.problem.evaluator
        if not (isinstance(journal, JournaledEvaluator) and journal.has_deviated):
            return meter, spent
        warnings.warn(
            f"{self.solver.label} on {self.problem.label} does not repeat what it did before it was interrupted: it is "
            f"told the {len(journal.entries)} evaluations that had finished, and goes on from them",
            UserWarning,
            stacklevel=3,
        )
        journal.start_anew()
        streams = np.random.SeedSequence([seed, len(journal.entries)]).spawn(2)  # or it would ask the same again
        meter = self._meter(streams[1])
        told = _restored(meter, journal.entries, known)
        if meter.left:
            self._go(meter, KnownInitializer(told, self.problem.fidelity), told, np.random.default_rng(streams[0]))
        return meter, None

    def _meter(self, stream: np.random.SeedSequence) -> Meter:
        return Meter(self.problem, self.budget, np.random.default_rng(stream), self.budget_seconds, self.until)

    def _go(self, meter: Meter, start: Initializer, known: History | None, rng: np.random.Generator) -> None:
        answers = None if known is None else Answers(known, meter)
        if self.solver.algorithm is None:
            ask_and_tell(self.solver, meter, start, rng, answers=answers, n_parallel=self.n_parallel)
        else:
            evaluate = meter.evaluate if answers is None else answers.evaluate
            self.solver.algorithm.run(self.problem, evaluate, max(1, int(meter.left)), rng)


class AskError(ValueError):
    """A solver asked for what cannot be evaluated."""


Tell = Callable[[Solver, Codes, FloatArray], None]
"""Tells a solver the values of what it asked for."""


def _tell(running: Solver, Z: Codes, y: FloatArray) -> None:
    running.tell(Z, y)


def ask_and_tell(
    solver: ConfiguredSolver,
    meter: Meter,
    start: Initializer,
    rng: np.random.Generator,
    tell: Tell = _tell,
    *,
    answers: Answers | None = None,
    n_parallel: int = 1,
) -> None:
    """The one loop: ask, evaluate, tell, until the budget is spent or the solver has finished.

    Args:
        solver: Not a function of an ioh problem.
        meter: Evaluates and counts.
        start: Chooses the first candidates.
        rng: Source of the solver's randomness.
        tell: What tells it; a conformance suite looks at what is told.
        answers: Answers what is known before it is evaluated; None: nothing is known.
        n_parallel: How many candidates are evaluated at a time; a solver that can be told in any order is asked for the
            next one when one of them has ended.

    Raises:
        AskError: What was made cannot be asked, or asked for something outside the space or the fidelities.
    """
    problem = meter.problem
    task = Task(
        problem.space,
        max(1, int(meter.left)),
        rng,
        problem.objectives,
        fidelities_of(problem),
        start,
        problem.zero_cost,
        meter.measure,
        n_parallel,
    )
    running = solver.factory(task)
    if not (hasattr(running, "ask") and hasattr(running, "tell")):
        raise AskError(f"{solver.label}: wanted a factory of objects with ask and tell, found {running!r}")

    def asked() -> Iterator[tuple[Codes, FloatArray | None]]:
        while meter.left:
            answer = running.ask()
            if not hasattr(answer, "__len__"):
                raise AskError(f"{solver.label}: wanted codes from ask, found {answer!r}")
            if not len(answer):
                return
            yield _check_asked(answer, task, solver, problem)

    is_asynchronous = solver.traits is not None and solver.traits.asynchronous
    with suppress(BudgetExhausted):  # some is left, but not enough
        if n_parallel > 1 and is_asynchronous and isinstance(problem.evaluator, StreamEvaluator):
            unknown = asked() if answers is None else _unknown(asked(), answers, partial(tell, running))
            for z, y in meter.evaluate_each(unknown, n_parallel):
                tell(running, z, y)
            return
        evaluate = partial(meter.evaluate, is_checked=True) if answers is None else answers.evaluate
        for Z, fidelity in asked():
            y = evaluate(Z, fidelity)
            tell(running, Z[: len(y)], y)


def _unknown(
    asked: Iterable[tuple[Codes, FloatArray | None]], answers: Answers, tell: Callable[[Codes, FloatArray], None]
) -> Iterator[tuple[Codes, FloatArray | None]]:
    """Rows that are asked for and not known; those that are known are told immediately."""
    for Z, fidelity in asked:
        given = answers.known.by_row(Z, fidelity)
        if given:
            tell(Z[list(given)], np.array(list(given.values())))
        new = [row for row in range(len(Z)) if row not in given]
        if new:
            yield Z[new], None if fidelity is None else fidelity[new]


def fidelities_of(problem: Problem) -> Fidelities:
    """Those that a solver may ask for; ``continued`` where a higher one costs it the difference."""
    assert problem.fidelity is not None
    return replace(problem.fidelities.up_to(problem.fidelity), continued=continues(problem))


def _check_asked(
    asked: Codes | At, task: Task, solver: ConfiguredSolver, problem: Problem
) -> tuple[Codes, FloatArray | None]:
    """Codes (k, d), and their fidelities (k,) where a solver chose them."""
    codes = asked.Z if isinstance(asked, At) else asked
    try:
        Z = task.space.check(codes, "Z")
    except ValueError as error:
        raise AskError(f"{solver.label} asked outside the space of {problem.label}: {error}") from None
    if not isinstance(asked, At):
        return Z, None
    try:
        return Z, task.fidelities.check(asked.fidelity, len(Z))
    except ValueError as error:
        raise AskError(f"{solver.label} asked outside the fidelities of {problem.label}: {error}") from None


def _restored(meter: Meter, entries: Sequence[Entry], known: History | None) -> History:
    """Count what an interrupted run has evaluated; all that is known then."""
    problem = meter.problem
    for entry in entries:
        if set(problem.objective_metrics) <= entry.metrics.keys():  # else a zero-cost metric
            base = np.array([entry.code]).astype(problem.base_space.dtype)
            meter.restore(problem.from_base(base), entry.evaluations(), entry.fidelity)
    Z, y, _, _, fidelity, _ = meter.columns()
    if known is None:
        return History(Z, y, fidelity)
    levels = np.full(len(known), float(problem.fidelity or 0.0)) if known.fidelity is None else known.fidelity
    return History(*(np.concatenate(pair) for pair in ((Z, known.Z), (y, known.y), (fidelity, levels))))
