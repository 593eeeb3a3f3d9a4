"""Candidates as sequences of decisions, for searches that build them one variable after the other.

Reinforcement learning and tree search choose among a few values per variable, and want rewards on a known scale:
``Decisions`` cuts long ranges into intervals, ``RankReward`` turns values into rewards in [0, 1].
"""

from bisect import bisect_left, bisect_right, insort

import numpy as np

from nas_problems.array import IntArray
from nas_problems.parameter import Categorical, Integer, Ordinal, Parameter
from nas_problems.space import Codes, SearchSpace

N_INTERVALS = 10
"""Into how many intervals of equal probability a longer range is cut."""


class Decisions:
    """The variables of a space as decisions among a few alternatives each, in their order.

    An alternative is a value, or an interval of a range that has more values than there are intervals; a value of
    an interval is drawn as ``SearchSpace.sample`` draws it.

    Args:
        space: Whose variables they are.
        n_intervals: Alternatives of a long range, >= 1.

    >>> from nas_problems import Real
    >>> space = SearchSpace((Categorical("op", ("conv", "pool")), Real("rate", 1e-4, 1.0, log=True)))
    >>> decisions = Decisions(space, n_intervals=4)
    >>> decisions.counts, decisions.is_exact, decisions.of_codes(np.array([[1, 0.05]])).tolist()
    ((2, 4), False, [[1, 2]])
    """

    def __init__(self, space: SearchSpace, n_intervals: int = N_INTERVALS) -> None:
        self._space, self._n_intervals = space, n_intervals
        self._exact = [_is_short(parameter, n_intervals) for parameter in space.parameters]
        self.counts: tuple[int, ...] = tuple(
            (parameter.n_choices or n_intervals) if exact else n_intervals
            for parameter, exact in zip(space.parameters, self._exact, strict=True)
        )
        self.is_exact = all(self._exact)
        """Whether every alternative is a single value."""

    def to_codes(self, decisions: IntArray, rng: np.random.Generator) -> Codes:
        """Codes (n, d) of decisions (n, d), each counted from 0; not necessarily valid ones.

        Args:
            decisions: One alternative per variable.
            rng: Draws the values of intervals.
        """
        Z = np.empty(decisions.shape, dtype=self._space.dtype)
        for j, (parameter, exact) in enumerate(zip(self._space.parameters, self._exact, strict=True)):
            chosen = decisions[:, j]
            Z[:, j] = chosen if exact else parameter.from_unit((chosen + rng.random(len(chosen))) / self._n_intervals)
        return Z

    def of_codes(self, Z: Codes) -> IntArray:
        """The decisions (n, d) that lead to codes (n, d)."""
        decisions = np.empty(Z.shape, dtype=np.int64)
        for j, (parameter, exact) in enumerate(zip(self._space.parameters, self._exact, strict=True)):
            within = Z[:, j] if exact else np.floor(parameter.to_unit(Z[:, j]) * self._n_intervals)
            decisions[:, j] = np.minimum(within, self.counts[j] - 1)
        return decisions


def _is_short(parameter: Parameter, n_intervals: int) -> bool:
    """Whether every value of a parameter is an alternative of its own."""
    if isinstance(parameter, (Categorical, Ordinal)):
        return True
    return isinstance(parameter, Integer) and parameter.n_choices <= n_intervals


class RankReward:
    """The rank of values among all values so far, as a reward in [0, 1] that no unit, offset or penalty changes.

    >>> reward = RankReward()
    >>> [reward.add(y) for y in (3.0, 5.0, 1.0, 3.0)]
    [0.5, 0.25, 0.8333333333333334, 0.5]
    """

    def __init__(self) -> None:
        self._ordered: list[float] = []

    def add(self, y: float) -> float:
        """Take note of a minimised value, and return its reward."""
        insort(self._ordered, y)
        return self.of(y)

    def of(self, y: float) -> float:
        """Share of the values so far that are larger than ``y``; equal ones, itself among them, count half."""
        low, high = bisect_left(self._ordered, y), bisect_right(self._ordered, y)
        return 1.0 - (low + high) / (2.0 * len(self._ordered))
