"""What is known of a landscape: one record, and the names of its measures."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from nas_problems.array import brief

Interval = tuple[float, float]
"""Lower and upper end."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What is known of a landscape; ``None`` where the problem has no such value, with the reason.

    Fitness is what is minimised: a mean fitness of 16.4 where the paper has an accuracy of 83.6 %.

    Args:
        problem: Label of the problem and variant.
        is_exact: Whether every candidate was looked at.
        n_candidates: Number of candidates behind mean, deviation and correlation.
        n_evaluations: Number of evaluations, those at lower fidelities included.
        fitness_mean: Mean of fitness.
        fitness_sd: Its (population) standard deviation.
        autocorrelation: ``rho(1)`` of random walks.
        ruggedness: ``1 / rho(1)``.
        correlation_length: ``-1 / ln |rho(1)|``, in steps.
        n_optima: Exact number of local minima: nodes without a strictly better neighbour.
        n_optima_birthday: Its estimate by the birthday problem.
        optima_share: Share of candidates that are local minima; in a sample those that are better than
            their 10 nearest sampled neighbours.
        fdc: Fitness-distance correlation; positive: fitness improves towards the optimum.
        neutrality: Share of neighbour pairs that differ by less than ``max|fitness| / 40``.
        locality: Correlation of fitness with the mean fitness of neighbours.
        persistence_positive: Probability that the best quarter after the least training stays in it
            through all fidelities.
        persistence_positive_area: Mean of the same over N = 1 ... 25 %.
        persistence_negative: The same for the worst quarter.
        persistence_negative_area: The same for the worst.
        intervals: 95 % bootstrap intervals of what was estimated; exact values have none, nor have ``locality`` and
            ``optima_share`` of a sample, which drawing points twice would change.
        reasons: Why a value is None.
        unit: Of fitness; empty: none, or not known.

    Source: traore2021, section 3.6.
    """

    problem: str
    is_exact: bool
    n_candidates: int
    n_evaluations: int
    fitness_mean: float | None = None
    fitness_sd: float | None = None
    autocorrelation: float | None = None
    ruggedness: float | None = None
    correlation_length: float | None = None
    n_optima: int | None = None
    n_optima_birthday: float | None = None
    optima_share: float | None = None
    fdc: float | None = None
    neutrality: float | None = None
    locality: float | None = None
    persistence_positive: float | None = None
    persistence_positive_area: float | None = None
    persistence_negative: float | None = None
    persistence_negative_area: float | None = None
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""

    def value(self, name: str) -> float | None:
        """One of the measures by name.

        Raises:
            KeyError: Unknown name.
        """
        if not isinstance(name, str) or name not in MEASURES:
            raise KeyError(f"measure: wanted one of {MEASURES}, found {brief(name)}")
        value: float | None = getattr(self, name)
        return value


_DESCRIPTIONS = ("problem", "is_exact", "n_candidates", "n_evaluations", "intervals", "reasons", "unit")
MEASURES = tuple(entry.name for entry in fields(Footprint) if entry.name not in _DESCRIPTIONS)
"""Names of the measures, in the order of tables."""
