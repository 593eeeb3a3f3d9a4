"""What a search gains over the average architecture of its space.

>>> import optimizers
>>> log = optimizers.run("random-sampling", "nb201-cifar10", budget=100, seed=1)
>>> baseline = average(log)
>>> baseline.n, round(baseline.mean, 1)  # validation error in percent
(8, 14.3)
>>> search = optimizers.run("local-search", "nb201-cifar10", budget=100, seed=1)
>>> round(relative_improvement(100 - search.y.min(), 100 - baseline.mean), 1)
6.3
"""

import math
from dataclasses import dataclass

from optimizers.runlog import RunLog


@dataclass(frozen=True, slots=True)
class Average:
    """Mean and spread of the values of a run.

    Args:
        n: Evaluations that did not fail.
        n_failed: Evaluations that failed, which are left out.
        mean: Of the minimised values.
        standard_deviation: Of the minimised values, with n - 1; NaN for n = 1.
    """

    n: int
    n_failed: int
    mean: float
    standard_deviation: float


def average(log: RunLog) -> Average:
    """The result of a run of ``random-sampling``.

    Raises:
        ValueError: Every evaluation failed.

    Source: yang2020, sections 3 and 6.
    """
    y = log.y[~log.failed]
    if not len(y):
        raise ValueError(f"{log.solver} on {log.problem}: wanted an evaluation that did not fail, found {len(log)}")
    standard_deviation = float(y.std(ddof=1)) if len(y) > 1 else math.nan
    return Average(len(y), len(log) - len(y), float(y.mean()), standard_deviation)


def relative_improvement(accuracy: float, average_accuracy: float) -> float:
    """RI = 100 (Acc_m - Acc_r) / Acc_r, in percent; positive where the search beats the average architecture.

    Args:
        accuracy: Of what a search found, Acc_m.
        average_accuracy: Mean over random sampling, Acc_r, > 0, in the same unit.

    Raises:
        ValueError: ``average_accuracy`` is not positive.

    Source: yang2020, section 3.
    """
    if not average_accuracy > 0:
        raise ValueError(f"average_accuracy: wanted a number > 0, found {average_accuracy}")
    return float(100 * (accuracy - average_accuracy) / average_accuracy)
