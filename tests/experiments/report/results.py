"""Runs made by hand."""

import dataclasses

import numpy as np

from experiments.report.result import Result
from tests.experiments.records import RECORD


def result(
    algorithm: str,
    regret: list[float],
    *,
    problem: str = "p",
    repetition: int = 1,
    instance: int = 1,
    cost_seconds: float = 1.0,
    n_failed: int = 0,
    sample_mean: float | None = None,
) -> Result:
    """A run of as many evaluations, each of which took the same time."""
    n = len(regret)
    record = dataclasses.replace(
        RECORD,
        key=f"{problem}/{algorithm}/i{instance}-s{repetition}",
        problem=problem,
        algorithm=algorithm,
        instance=instance,
        repetition=repetition,
        n_evaluations=n,
        final_regret=regret[-1],
        cost_seconds=cost_seconds,
        n_failed=n_failed,
    )
    evaluations = np.arange(1.0, n + 1)
    values = np.array(regret)
    seconds = cost_seconds * evaluations / n
    return Result(record, evaluations, values, seconds, evaluations, np.zeros(2), sample_mean)


RESULTS = [
    result("a", [8.0, 4.0, 1.0, 1.0], cost_seconds=10.0, n_failed=1),
    result("a", [8.0, 8.0, 8.0, 2.0], repetition=2, cost_seconds=30.0),
    result("b", [9.0, 5.0]),
    result("b", [6.0, 6.0, 6.0, 0.0], repetition=2),
]
"""Final regrets 1, 2, 5, 0: targets 2, 1 and 0."""
