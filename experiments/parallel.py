"""Evaluations of one run, spread over the workers of an executor: a solver's whole population at once.

The values are those of the sequence, in its order: the random numbers of a batch are drawn here, one seed
per candidate, before anything is handed out.
"""

import dataclasses
import pickle
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np

from experiments.executor import Executor, Failure
from nas_problems import Evaluations, Noise, Problem
from nas_problems.evaluation import Evaluator, EvaluatorWrapper, LiveEvaluator
from nas_problems.evaluators.pickling import pickle_evaluator
from nas_problems.exception import Reason
from nas_problems.space import Codes
from nas_problems.stream import Request


def in_parallel(problem: Problem, executor: Executor, *, prepare: Callable[[], object] | None = None) -> Problem:
    """The problem with its candidates evaluated by the workers of an executor.

    A candidate that is beyond the executor's limits of time or memory, or ends its process, is a failed
    evaluation with its reason.

    Args:
        problem: A problem whose candidates are trained; tables and surrogates are faster than any worker,
            and are returned as they are.
        executor: Keeps its workers from batch to batch; closing it is the caller's business.
        prepare: Called in every worker before it evaluates, to import files, for example; None: nothing.

    Raises:
        ValueError: An evaluator that cannot be sent to other processes.
    """
    if not isinstance(problem.evaluator, LiveEvaluator):
        return problem
    return dataclasses.replace(problem, evaluator=ParallelEvaluator(problem.evaluator, executor, prepare))


class ParallelEvaluator(EvaluatorWrapper):
    """Evaluates every candidate of a batch in a worker of an executor; see ``in_parallel``.

    Args:
        evaluator: What the workers evaluate with; each has a copy, made once.
        executor: Carries out the evaluations.
        prepare: Called in every worker before it evaluates, to import files, for example; None: nothing.

    Raises:
        ValueError: An evaluator that cannot be pickled.
    """

    _evaluator: LiveEvaluator

    def __init__(
        self, evaluator: LiveEvaluator, executor: Executor, prepare: Callable[[], object] | None = None
    ) -> None:
        self._evaluator, self._executor, self._prepare = evaluator, executor, prepare
        self._known: dict[_Key, Evaluations] = {}  # where the evaluator remembers, as workers do theirs
        self._pickled = pickle_evaluator(evaluator)

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``.

        Raises:
            RuntimeError: An evaluation raised an exception, which evaluators do where nothing can be
                evaluated at all, for want of a package or a file.
        """
        requests = Request.each(Z, fidelity=fidelity, noise=noise, metrics=metrics, rng=rng)
        evaluations = dict(self.evaluate_each(iter(requests), len(requests)))
        return _joined([evaluations[row] for row in range(len(Z))], metrics)

    @property
    def n_workers(self) -> int:
        """How many candidates are evaluated at a time, as far as the executor says."""
        return int(getattr(self._executor, "n_workers", 1))

    @property
    def remembers(self) -> bool:
        """That of the evaluator."""
        return self._evaluator.remembers

    def evaluate_each(self, requests: Iterator[Request], n_ahead: int) -> Iterator[tuple[int, Evaluations]]:
        """See ``StreamEvaluator``."""
        units: deque[tuple[_Key, Request]] = deque()
        numbers: dict[_Key, list[int]] = {}  # of what is being evaluated
        work = partial(evaluate_one, pickled=self._pickled, prepare=self._prepare)
        outcomes: Iterator[tuple[tuple[_Key, Request], Evaluations | Failure]] = iter(())
        numbered = enumerate(requests)
        while True:
            while len(numbers) < n_ahead and (following := next(numbered, None)) is not None:
                number, request = following
                key = _key(request) if self.remembers else (number,)
                if key in self._known:
                    yield number, self._known[key]
                elif key in numbers:
                    numbers[key].append(number)
                else:
                    numbers[key] = [number]
                    units.append((key, request))
            if not numbers:
                break
            ended = next(outcomes, None)
            if ended is None:
                outcomes = self._executor(work, units)
                continue
            (key, request), outcome = ended
            is_lost = isinstance(outcome, Failure)
            evaluations = _failed(outcome, request.metrics) if isinstance(outcome, Failure) else outcome
            if self.remembers and not is_lost:
                self._known[key] = evaluations
            yield from ((number, evaluations) for number in numbers.pop(key))
        next(outcomes, None)  # lets it end


_Key = tuple[object, ...]


def _key(request: Request) -> _Key:
    return request.code.tobytes(), request.noise, request.fidelity, request.metrics


def evaluate_one(unit: tuple[_Key, Request], *, pickled: bytes, prepare: Callable[[], object] | None) -> Evaluations:
    """Evaluate one candidate; runs in the workers."""
    if prepare is not None:
        prepare()
    _, request = unit
    return _evaluator(pickled).evaluate(
        request.code, metrics=request.metrics, fidelity=request.fidelity, noise=request.noise, rng=None
    )


@cache
def _evaluator(pickled: bytes) -> Evaluator:
    loaded: Evaluator = pickle.loads(pickled)  # noqa: S301 (made by ParallelEvaluator)
    return loaded


def _failed(failure: Failure, metrics: tuple[str, ...]) -> Evaluations:
    """The row of a candidate that was beyond a limit or ended its process.

    Raises:
        RuntimeError: The evaluation raised.
    """
    if failure.kind == "raised":
        raise RuntimeError(f"evaluation: {failure.reason}\n{failure.details}")
    values = {name: np.full(1, np.nan) for name in metrics}
    return Evaluations(
        values, np.array([failure.seconds]), np.ones(1, dtype=np.bool_), {0: Reason(failure.reason, failure.details)}
    )


def _joined(rows: list[Evaluations], metrics: tuple[str, ...]) -> Evaluations:
    """One batch from its rows."""
    if not rows:
        return Evaluations({name: np.zeros(0) for name in metrics}, np.zeros(0), np.zeros(0, dtype=np.bool_))
    return Evaluations(
        {name: np.concatenate([row.metrics[name] for row in rows]) for name in metrics},
        np.concatenate([row.cost_seconds for row in rows]),
        np.concatenate([row.failed for row in rows]),
        {i: row.reason[0] for i, row in enumerate(rows) if row.reason},
    )
