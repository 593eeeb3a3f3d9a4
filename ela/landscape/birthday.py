"""How many local optima there are, estimated from how soon one is found twice; and a proxy for samples."""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ela.landscape.check import check_fitness, check_share, check_square
from ela.landscape.landscape import Landscape
from nas_problems.array import FloatArray, IntArray, check_count
from nas_problems.checked import checked


@dataclass(frozen=True, slots=True)
class BirthdayEstimate:
    """Outcome of T trials.

    Args:
        first_repeats: k_i of every trial that met an optimum twice; shape (successes,).
        n_failures: Trials in which all searches ended in different optima. They are left out of the
            mean, as in the paper, which therefore is a little low where there are many.
        duplicate_probability: P_D.

    >>> BirthdayEstimate(np.array([4, 6]), n_failures=0).mean_first_repeat
    5.0
    """

    first_repeats: IntArray
    n_failures: int
    duplicate_probability: float = 0.5

    @property
    def mean_first_repeat(self) -> float:
        """k_mean; NaN where every trial failed."""
        return float(self.first_repeats.mean()) if len(self.first_repeats) else float("nan")

    @property
    def n_optima(self) -> float:
        """The estimate from ``k_mean``; NaN where every trial failed."""
        return cardinality(self.mean_first_repeat, duplicate_probability=self.duplicate_probability)


@checked
def cardinality(first_repeat: float, *, duplicate_probability: float = 0.5) -> float:
    """Number of optima of which two are equal with probability P_D after k draws.

    ``N ~ k^2 / (-2 ln(1 - P_D))``

    Args:
        first_repeat: k, or the mean of several.
        duplicate_probability: P_D in (0, 1).

    Raises:
        ValueError: A probability outside (0, 1).

    Source: traore2021, eq. 5.

    >>> int(cardinality(94))
    6373
    """
    check_share(duplicate_probability, "duplicate_probability")
    return first_repeat**2 / (-2 * math.log(1 - duplicate_probability))


@checked
def first_repeat(optima: Sequence[Hashable]) -> int | None:
    """k: the number of local searches until one ends where an earlier one did, itself included.

    None where all ended in different optima. The paper's text has k as the number of distinct optima
    before the repeat; its published runs give the printed table 3 (94, 57, 26, ...) only if the
    repeated one is counted, so it is counted here.

    >>> first_repeat(["a", "b", "c", "b", "a"])
    4
    """
    seen: set[Hashable] = set()
    for k, optimum in enumerate(optima, start=1):
        if optimum in seen:
            return k
        seen.add(optimum)
    return None


@checked
def estimate_by_birthday(
    search: Callable[[np.random.Generator, int], Sequence[Hashable]],
    *,
    n_trials: int = 9,
    n_starts: int = 200,
    rng: np.random.Generator,
) -> BirthdayEstimate:
    """Estimate the number of local optima from T trials of M local searches.

    Args:
        search: ``(rng, M) -> optima``: runs local searches from M distinct random starts.
        n_trials: T.
        n_starts: M.
        rng: Source of randomness.

    Raises:
        ValueError: ``n_trials < 1`` or ``n_starts < 2``.

    Source: traore2021, algorithm 2 (there T = 9 successful trials, M = 200).
    """
    check_count(n_trials, "n_trials", minimum=1)
    check_count(n_starts, "n_starts", minimum=2)
    repeats = [first_repeat(search(rng, n_starts)) for _ in range(n_trials)]
    repeated = [k for k in repeats if k is not None]
    return BirthdayEstimate(np.array(repeated, dtype=np.int64), n_trials - len(repeated))


@checked
def birthday_of(
    landscape: Landscape, *, n_trials: int = 9, n_starts: int = 200, rng: np.random.Generator
) -> BirthdayEstimate:
    """The estimate on an exact landscape, where a search is one look-up.

    Raises:
        ValueError: A sampled landscape, or numbers that cannot be; see ``estimate_by_birthday``.
    """
    optimum = landscape.local_search.optimum

    def search(rng: np.random.Generator, n_starts: int) -> list[int]:
        starts = rng.choice(len(landscape), size=min(n_starts, len(landscape)), replace=False)
        ends: list[int] = optimum[starts].tolist()
        return ends

    return estimate_by_birthday(search, n_trials=n_trials, n_starts=n_starts, rng=rng)


@checked
def nearest_neighbour_optima(distance: FloatArray, y: FloatArray, *, n_neighbours: int = 10) -> IntArray:
    """Points of a sample that are better than all of their nearest sampled neighbours; equally good is not better.

    Args:
        distance: Distances between all points, shape (n, n).
        y: Minimised fitness, (n,).
        n_neighbours: How many nearest neighbours; ties in distance go to the earlier point.

    Returns:
        Their rows, ascending.

    Raises:
        ValueError: Fewer than ``n_neighbours + 1`` points, or shapes that do not agree.

    Source: traore2021, section 5.4.
    """
    y = check_fitness(y)
    n = len(y)
    distance = check_square(distance, n)
    if check_count(n_neighbours, "n_neighbours", minimum=1) >= n:
        raise ValueError(f"n_neighbours: wanted fewer than {n} points, found {n_neighbours}")
    others = distance + np.diag(np.full(n, np.inf))
    nearest = np.argsort(others, axis=1, kind="stable")[:, :n_neighbours]
    return np.flatnonzero(y < y[nearest].min(axis=1))
