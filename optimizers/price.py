"""What an evaluation at a lower fidelity takes of a budget, and where a training goes on from an earlier one."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from nas_problems.problem import Problem

K = TypeVar("K", bound=Hashable)


def continues(problem: Problem) -> bool:
    """Whether a candidate that was evaluated at a lower fidelity pays the difference at a higher one only.

    Not with noise ``sampled``, where every query is another training.
    """
    return problem.fidelities.continued and problem.noise.kind != "sampled"


class Reached(Generic[K]):
    """From which fidelity, and after how many seconds, the training of a candidate goes on.

    Args:
        own: The problem's own fidelity.
        trained_from: See ``Fidelities``: nothing goes on from a lower one.

    >>> reached = Reached[str](own=9)
    >>> reached.add("a", fidelity=3, seconds=6.0)
    >>> reached.before("a", 9), reached.before("a", 3), reached.before("b", 9)
    ((3, 6.0), (0.0, 0.0), (0.0, 0.0))
    """

    def __init__(self, own: float, trained_from: float = 0.0) -> None:
        self._own, self._trained_from = own, trained_from
        self._reached: dict[K, tuple[float, float]] = {}

    def __bool__(self) -> bool:
        """Whether any training can go on."""
        return bool(self._reached)

    def before(self, candidate: K, fidelity: float) -> tuple[float, float]:
        """Fidelity and seconds from which a candidate goes on to a fidelity; 0 where it begins.

        What is asked for again at the fidelity that it has, or below, is a training of its own.
        """
        reached = self._reached.get(candidate, (0.0, 0.0))
        return reached if reached[0] < fidelity else (0.0, 0.0)

    def add(self, candidate: K, *, fidelity: float, seconds: float) -> None:
        """Remember an evaluation that did not fail."""
        reached = self._reached[candidate][0] if candidate in self._reached else 0.0
        if fidelity > reached and fidelity >= self._trained_from and (reached or fidelity < self._own):
            self._reached[candidate] = fidelity, seconds
