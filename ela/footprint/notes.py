"""A footprint under construction, and the measures that come in groups."""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from ela.footprint.record import Footprint, Interval
from ela.landscape.birthday import BirthdayEstimate, cardinality
from ela.landscape.persistence import persistence
from ela.landscape.walks import correlation_length, ruggedness
from nas_problems.array import FloatArray
from nas_problems.problem import Problem

PERCENTILE = 25
"""Persistence is reported for the best and worst quarter, as in the paper."""

N_BOOTSTRAP = 200
"""Bootstrap samples behind every interval."""

N_TRIALS, N_STARTS = 9, 200
"""Trials of the birthday estimate, and local searches of each. Source: traore2021, table 3."""


class Notes:
    """Values under construction: what is not finite becomes a reason."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.intervals: dict[str, Interval] = {}
        self.reasons: dict[str, str] = {}

    def put(self, name: str, value: float, *, why: str, resampled: FloatArray | None = None) -> None:
        """Note a measure, or ``why`` it is not finite, with the 95 % interval of its bootstrap values ``resampled``."""
        if not math.isfinite(value):
            self.reasons[name] = why
            return
        self.values[name] = value
        finite = np.empty(0) if resampled is None else resampled[np.isfinite(resampled)]
        if len(finite) >= 20:
            low, high = np.quantile(finite, [0.025, 0.975])
            self.intervals[name] = (float(low), float(high))

    def skip(self, names: Sequence[str], why: str) -> None:
        """Note why measures are missing."""
        self.reasons.update(dict.fromkeys(names, why))

    def footprint(self, problem: Problem, *, is_exact: bool, n_candidates: int, n_evaluations: int) -> Footprint:
        """The finished record."""
        values: dict[str, float] = dict(self.values)
        n_optima = values.pop("n_optima", None)
        base = Footprint(
            problem.label,
            is_exact,
            n_candidates,
            n_evaluations,
            n_optima=None if n_optima is None else int(n_optima),
            intervals=self.intervals,
            reasons=self.reasons,
            unit=problem.objectives[0].unit,
        )
        return dataclasses.replace(base, **values)  # type: ignore[arg-type]  # names are checked by the class


PERSISTENCE = (
    "persistence_positive",
    "persistence_positive_area",
    "persistence_negative",
    "persistence_negative_area",
)


def persistence_values(Y: FloatArray) -> dict[str, float]:
    """The four measures of persistence from minimised fitness per fidelity, shape (t, n)."""
    best, worst = persistence(Y, "best", n_max=PERCENTILE), persistence(Y, "worst", n_max=PERCENTILE)
    values = (best.at(PERCENTILE), best.area(PERCENTILE), worst.at(PERCENTILE), worst.area(PERCENTILE))
    return dict(zip(PERSISTENCE, values, strict=True))


def put_correlation(notes: Notes, rho: float, resampled: FloatArray | None = None) -> None:
    """Note the three measures that follow from ``rho(1)``."""
    derived: dict[str, Callable[[float], float]] = {
        "autocorrelation": lambda value: value,
        "ruggedness": ruggedness,
        "correlation_length": correlation_length,
    }
    for name, function in derived.items():
        again = None if resampled is None else np.array([function(float(value)) for value in resampled])
        notes.put(name, function(rho), why=f"rho(1) is {rho:.3g}", resampled=again)


def put_birthday(notes: Notes, estimate: BirthdayEstimate, rng: np.random.Generator) -> None:
    """Note the birthday estimate, with an interval over its trials."""
    why = f"no local optimum was met twice in {estimate.n_failures} trials"
    k = estimate.first_repeats
    resampled = None
    if len(k) > 1:
        means = k[rng.integers(0, len(k), size=(N_BOOTSTRAP, len(k)))].mean(axis=1)
        resampled = np.array([cardinality(float(mean)) for mean in means])
    notes.put("n_optima_birthday", estimate.n_optima, why=why, resampled=resampled)
