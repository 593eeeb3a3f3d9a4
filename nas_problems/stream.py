"""Candidates that are evaluated as workers become free, in place of batches that wait for their slowest one."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from nas_problems.evaluation import Evaluations, Noise
from nas_problems.problem import Problem
from nas_problems.space import Codes


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One candidate that is to be evaluated.

    Args:
        code: Code of the published space, shape (1, d).
        fidelity: At which.
        noise: With which noise; without randomness, a drawn seed is ``seed-k``.
        metrics: What is to be measured.
    """

    code: Codes
    fidelity: float
    noise: Noise
    metrics: tuple[str, ...]

    @classmethod
    def each(
        cls, Z: Codes, *, fidelity: float, noise: Noise, metrics: tuple[str, ...], rng: np.random.Generator | None
    ) -> list["Request"]:
        """One request per code (n, d); what is random in the noise is drawn, row by row."""
        noises = [noise] * len(Z)
        if noise.is_random:
            noises = [Noise("seed", seed=seeds[0]) for seeds in noise.seeds(len(Z), averaged=(), rng=rng)]
        return [cls(Z[i : i + 1], fidelity, each, metrics) for i, each in enumerate(noises)]


@runtime_checkable
class StreamEvaluator(Protocol):
    """A live evaluator that has several workers, and takes the next candidate when one of them is free."""

    @property
    def n_workers(self) -> int:
        """How many candidates it evaluates at a time."""
        ...

    def evaluate_each(self, requests: Iterator[Request], n_ahead: int) -> Iterator[tuple[int, Evaluations]]:
        """Yield the number of each request, from 0, with its evaluation, in the order in which they end.

        Args:
            requests: Taken one by one; the next one may depend on what has been yielded.
            n_ahead: How many are taken before the first of them has ended.

        Raises:
            RuntimeError: Nothing can be evaluated at all, for want of a package or a file.
        """
        ...


def evaluate_each(
    problem: Problem, asked: Iterator[tuple[Codes, float]], *, n_ahead: int, rng: np.random.Generator | None
) -> Iterator[tuple[int, Evaluations]]:
    """Evaluate candidates as workers become free.

    Args:
        problem: Its evaluator is a ``StreamEvaluator``.
        asked: Codes of the problem's space, shape (1, d), that ``space.check`` returned, and their fidelities. The next
            one may depend on what has been yielded. One that is not valid fails at no cost.
        n_ahead: How many are taken before the first of them has ended.
        rng: Of the noise, drawn in the order of ``asked``.

    Yields:
        The number of a candidate, from 0, and its evaluation, in the order in which they end.
    """
    evaluator = problem.evaluator
    if not isinstance(evaluator, StreamEvaluator):
        raise TypeError(f"{problem.label}: wanted an evaluator with workers, found {type(evaluator).__name__}")
    names = problem.objective_metrics
    numbers: list[int] = []  # of the candidates that became requests
    invalid: deque[int] = deque()

    def requests() -> Iterator[Request]:
        for number, (z, fidelity) in enumerate(asked):
            if not problem.space.is_valid(z)[0]:
                invalid.append(number)
                continue
            numbers.append(number)
            (request,) = Request.each(
                problem.to_base(z), fidelity=fidelity, noise=problem.noise, metrics=names, rng=rng
            )
            yield request

    nan = {name: np.full(1, np.nan) for name in names}
    refused = Evaluations(nan, np.zeros(1), np.ones(1, dtype=np.bool_), {0: "not a valid candidate"})
    for i, evaluations in evaluator.evaluate_each(requests(), n_ahead):
        yield numbers[i], evaluations
        while invalid:
            yield invalid.popleft(), refused
    while invalid:
        yield invalid.popleft(), refused
