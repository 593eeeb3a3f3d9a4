"""MetaQNN: Q-learning that decides one variable after the other."""

from typing import Annotated

import numpy as np

from optimizers.decisions import Decisions, RankReward
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, Count, PositiveInt, Probability
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import repair

_EPSILONS = np.arange(1, 10) / 10  # 0.9 ... 0.1, of equally many candidates after those at random


@solvers.register("q-learning", summary="MetaQNN: Q-learning with experience replay", family="reinforcement learning")
@as_solver
def q_learning(
    task: Task,
    *,
    learning_rate: Annotated[float, Between(1e-6, 1)] = 0.1,
    random_share: Probability = 0.3,
    n_replayed: Count = 100,
    n_initial: PositiveInt = 1,
) -> Loop:
    """Decide each variable by what has been learnt about it, given the decision before it, or at random.

    A state is a variable and the decision before it, Q a table. A decision is random with probability epsilon, else
    the one with the largest Q; epsilon is 1 for the first part of the budget, and falls to 0.1 in steps of equal
    length. After each candidate, it and ``n_replayed`` earlier ones, drawn anew, update Q from their last decision to
    their first: Q(s, a) becomes (1 - alpha) Q(s, a) + alpha (r + max Q(s', .)), where the reward r comes with the
    last decision only. It is the share of candidates so far that are worse, so that no unit matters. Long ranges
    are cut into intervals.

    Differs: rewards are ranks, not accuracies; alpha is 0.1 and epsilon is 1 for 0.3 of the budget, not 0.01 and the
    published 1,500 of 2,700 candidates, from which a few hundred evaluations teach nothing; candidates that the
    space refuses are repaired.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        learning_rate: alpha.
        random_share: Part of the budget with epsilon = 1.
        n_replayed: Earlier candidates from which is learnt again after each one.
        n_initial: How many candidates the initializer chooses.

    Source: baker2017, sections 4 and 5.
    """
    space, rng = task.space, task.rng
    decisions, reward = Decisions(space), RankReward()
    table = _Table(decisions.counts, learning_rate)
    paths: list[list[int]] = []
    values: list[float] = []
    n_candidates = task.budget + task.n_known  # what is known is learnt from like the rest
    asked = task.start(max(n_initial, task.n_known))
    while True:
        for path, y in zip(decisions.of_codes(asked).tolist(), (yield asked).tolist(), strict=True):
            paths.append(path)
            values.append(y)
            table.learn(path, reward.add(y))
        for i in rng.integers(len(paths), size=n_replayed).tolist():
            table.learn(paths[i], reward.of(values[i]))
        chosen = np.array([table.choose(_epsilon(len(paths) / n_candidates, random_share), rng)])
        asked = repair(space, decisions.to_codes(chosen, rng), rng)


def _epsilon(spent: float, random_share: float) -> float:
    """The probability of a random decision, where a share of the budget has been spent.

    >>> [_epsilon(spent, 0.3) for spent in (0.0, 0.29, 0.31, 0.99)]
    [1.0, 1.0, 0.9, 0.1]
    """
    if spent < random_share:
        return 1.0
    step = int((spent - random_share) / max(1.0 - random_share, 1e-12) * len(_EPSILONS))
    return float(_EPSILONS[::-1][min(step, len(_EPSILONS) - 1)])


class _Table:
    """Q of every decision, given the variable and the decision before it.

    Args:
        counts: Alternatives of each variable.
        learning_rate: alpha.
    """

    def __init__(self, counts: tuple[int, ...], learning_rate: float) -> None:
        self._rate = learning_rate
        before = (1, *counts[:-1])
        self.q = [[[0.5] * count for _ in range(n)] for n, count in zip(before, counts, strict=True)]

    def learn(self, path: list[int], reward: float) -> None:
        """Update from the last decision of a candidate to the first."""
        target = reward
        for j in range(len(path) - 1, -1, -1):
            row = self.q[j][path[j - 1] if j else 0]
            row[path[j]] += self._rate * (target - row[path[j]])
            target = max(row)

    def choose(self, epsilon: float, rng: np.random.Generator) -> list[int]:
        """The decisions of a candidate; ties are broken at random."""
        path: list[int] = []
        for j, table in enumerate(self.q):
            row = table[path[j - 1] if j else 0]
            highest = max(row)
            is_random = rng.random() < epsilon
            open_to_it = [choice for choice, q in enumerate(row) if is_random or q == highest]
            path.append(open_to_it[rng.integers(len(open_to_it))])
        return path
