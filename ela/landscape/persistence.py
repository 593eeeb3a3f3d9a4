"""Persistence: do the best (or worst) after little training stay the best (or worst)?"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray, brief, check_count, check_numbers
from nas_problems.checked import checked

Side = Literal["best", "worst"]


@dataclass(frozen=True, eq=False)
class PersistenceCurve:
    """Persistence for every percentile N.

    Args:
        percentiles: N = 1 ... Nmax, shape (k,).
        survival: Row i: share of the Top-N (Bottom-N) at the first fidelity that are in it at all
            fidelities up to the i-th, shape (t, k). The first row is 1; the last one is persistence.

    >>> curve = persistence(np.array([[1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 3.0, 4.0]]), n_max=50)  # 1 and 2 change
    >>> curve.at(25), curve.at(50)
    (0.0, 1.0)
    """

    percentiles: IntArray
    survival: FloatArray

    @property
    def values(self) -> FloatArray:
        """``Pi(N)`` over all fidelities, (k,)."""
        return np.asarray(self.survival[-1])

    def at(self, percentile: int) -> float:
        """``Pi(N)`` for one N.

        Raises:
            KeyError: An N that the curve does not have.
        """
        if not self.percentiles[0] <= percentile <= self.percentiles[-1]:
            raise KeyError(f"percentile: wanted 1 ... {self.percentiles[-1]}, found {percentile}")
        return float(self.values[percentile - 1])

    def area(self, n_max: int = 25) -> float:
        """Area under the curve up to ``n_max``, as a share of the largest possible.

        ``AuC = 1 / (Nmax - 1) * integral_1^Nmax Pi(k) dk`` by trapezoids.

        Differs: the paper's integral is not divided by its range, but its printed values (.10 and .48
        at Nmax = 25) can only be means.

        Source: traore2021, eq. 8.
        """
        if not 2 <= n_max <= self.percentiles[-1]:
            raise ValueError(f"n_max: wanted 2 ... {self.percentiles[-1]}, found {n_max}")
        return float(np.trapezoid(self.values[:n_max]) / (n_max - 1))

    def mean(self, n_max: int = 25) -> float:
        """``1 / Nmax sum_{k=1}^Nmax Pi(k)``, which is what the authors' code prints as area.

        Source: traore2021, table of footprints.
        """
        if not 1 <= n_max <= self.percentiles[-1]:
            raise ValueError(f"n_max: wanted 1 ... {self.percentiles[-1]}, found {n_max}")
        return float(self.values[:n_max].mean())


@checked
def persistence(Y: FloatArray, side: Side = "best", *, n_max: int = 100) -> PersistenceCurve:
    """Probability of keeping one's rank through all fidelities.

    ``Pi(Ranking, N) = P(intersection over t of Ranking(N, t)) / P(Ranking(N, t_0))`` with TopRank
    (positive persistence) or BottomRank (negative persistence).

    Args:
        Y: Minimised fitness per fidelity, cheapest first, shape (t, n), t >= 2. NaN, as ``learning_curve`` has
            it, or infinity: a training that failed, worse than all that did not, and as bad as every other.
        side: ``best``: positive, ``worst``: negative persistence.
        n_max: Largest N, in percent.

    Returns:
        The curve for N = 1 ... n_max. Top-N are the ``ceil(N n / 100)`` best values and all that are as
        good as the last of them: where a plateau of failures straddles the border, it is in as a whole.

    Raises:
        ValueError: Not numbers, fewer than two fidelities or no candidate, minus infinity, an unknown side, or
            ``n_max`` outside 1 ... 100.

    Source: traore2021, eqs. 6 and 7.
    """
    fitness = check_numbers(Y, "Y", n_axes=2, finite=False)
    if fitness.shape[0] < 2 or fitness.shape[1] < 1:
        raise ValueError(f"Y: wanted shape (fidelities >= 2, n >= 1), found {fitness.shape}")
    if np.isneginf(fitness).any():
        raise ValueError("Y: wanted minimised values, found minus infinity")
    if side not in get_args(Side):
        raise ValueError(f"side: wanted one of {get_args(Side)}, found {brief(side)}")
    if check_count(n_max, "n_max", minimum=1) > 100:
        raise ValueError(f"n_max: wanted 1 ... 100, found {n_max}")
    ranked = np.where(np.isnan(fitness), np.inf, fitness)
    values = ranked if side == "best" else -ranked
    n = values.shape[1]
    percentiles = np.arange(1, n_max + 1)
    last_in = -(-percentiles * n // 100) - 1
    borders = np.sort(values, axis=1)[:, last_in]
    survival = np.empty((len(values), n_max))
    for column in range(n_max):
        inside: BoolArray = np.logical_and.accumulate(values <= borders[:, column, None], axis=0)
        counts = inside.sum(axis=1)
        survival[:, column] = counts / counts[0]
    return PersistenceCurve(percentiles, survival)
