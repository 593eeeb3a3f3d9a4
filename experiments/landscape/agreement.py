"""Whether groups of problems rank solvers alike.

Source: kerschke2019 (per-instance selection from landscape features).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ela.correlation import spearman
from nas_problems.array import IntArray
from optimizers.selector.fit import bounded
from optimizers.selector.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two groups of problems rank the same solvers alike.

    Args:
        rank_correlation: Of the solvers' mean losses, by Spearman, in [-1, 1].
        low: 2.5 % quantile of the correlation over problems drawn with replacement.
        high: 97.5 % quantile.
        n_solvers: Solvers compared.
    """

    rank_correlation: float
    low: float
    high: float
    n_solvers: int


def agreement(
    first: Portfolio,
    second: Portfolio,
    *,
    budget: float,
    rng: np.random.Generator,
    repetitions: int = 1000,
) -> Agreement:
    """Compare how two groups of problems rank the solvers that both have run, random search among them.

    A solver's mean loss is geometric, of losses between 1/4 and 4.

    Args:
        first: One group.
        second: The other.
        budget: Evaluations of a search; the nearest recorded budgets are used.
        rng: Draws problems of both groups for the interval.
        repetitions: Draws.

    Raises:
        ValueError: Fewer than three solvers in common.
    """
    parts = first.at(budget), second.at(budget)
    common = [solver for solver in parts[0].solvers if solver in parts[1].solvers]
    if len(common) < 3:
        raise ValueError(f"agreement: wanted at least three solvers in common, found {common}")
    groups = [bounded(part)[[part.solvers.index(solver) for solver in common]] for part in parts]

    def correlation(columns: Sequence[IntArray]) -> float:
        means = [losses[:, chosen].mean(axis=1) for losses, chosen in zip(groups, columns, strict=True)]
        return spearman(means[0], means[1])

    sizes = [losses.shape[1] for losses in groups]
    drawn = [correlation([rng.integers(0, n, size=n) for n in sizes]) for _ in range(repetitions)]
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    observed = correlation([np.arange(n) for n in sizes])
    return Agreement(observed, low, high, len(common))
