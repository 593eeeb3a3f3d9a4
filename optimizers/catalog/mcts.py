"""UCT: Monte Carlo tree search over the decisions that make up a candidate."""

import math
from typing import Annotated

import numpy as np

from nas_problems.array import IntArray
from optimizers.decisions import Decisions, RankReward
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import repair

_MAX_COPIES = 1000  # of evaluated candidates in a row, before the rest of the space counts as out of reach


@solvers.register("mcts", summary="Monte Carlo tree search (UCT) over the variables", family="tree search")
@as_solver
def mcts(
    task: Task,
    *,
    exploration: Annotated[float, Between(0)] = 0.2,
    n_initial: PositiveInt = 1,
) -> Loop:
    """Descend a tree of decisions, one variable per level, decide the rest at random, and count what came out.

    On the way down the alternative with the largest r + c sqrt(2 ln n / n_i) is taken, r its mean reward, n_i how
    often it was taken and n how often its parent was; one that was never taken comes first. A reward is the share of
    candidates so far that are worse, so that no unit matters; long ranges are cut into intervals. On finite spaces
    of short variables no candidate is evaluated twice: parts of the tree that have been seen whole are left out, and
    the run ends early where nothing is left.

    Differs: rewards are ranks, not accuracies, and c is smaller than the theory's 1, for budgets of hundreds;
    candidates that are refused by the space are repaired, and count where they are then.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        exploration: c.
        n_initial: How many candidates the initializer chooses.

    Source: kocsis2006; wistuba2017, for architectures.
    """
    space, rng = task.space, task.rng
    decisions, reward = Decisions(space), RankReward()
    root = _Node()
    asked = task.start(max(n_initial, task.n_known))
    while True:
        for path, y in zip(decisions.of_codes(asked).tolist(), (yield asked).tolist(), strict=True):
            _add(root, path, reward.add(y))
            if decisions.is_exact:
                _close(root, path, decisions.counts)
        for _ in range(_MAX_COPIES):
            if root.is_closed:
                return
            chosen = np.array([_descend(root, decisions.counts, exploration, rng)])
            asked = repair(space, decisions.to_codes(chosen, rng), rng)
            if not decisions.is_exact or not _is_closed(root, decisions.of_codes(asked)[0]):
                break
            _close(root, chosen[0].tolist(), decisions.counts)  # refused, and its repaired form has been seen
        else:
            return


class _Node:
    """A prefix of decisions: what came out of the candidates that begin with it."""

    __slots__ = ("children", "is_closed", "n", "reward")

    def __init__(self) -> None:
        self.n, self.reward = 0, 0.0  # how many candidates, and the sum of their rewards
        self.children: dict[int, _Node] = {}
        self.is_closed = False  # nothing below is left to be evaluated

    def child(self, choice: int) -> "_Node":
        return self.children.setdefault(choice, _Node())


def _add(root: _Node, path: list[int], reward: float) -> None:
    """Count a candidate in all nodes that its path passes."""
    node = root
    for choice in (*path, None):
        node.n += 1
        node.reward += reward
        if choice is not None:
            node = node.child(choice)


def _close(root: _Node, path: list[int], counts: tuple[int, ...]) -> None:
    """Mark the end of a path as seen, and every node whose alternatives have all been seen."""
    passed = [root]
    for choice in path:
        passed.append(passed[-1].child(choice))
    passed.pop().is_closed = True
    for node, count in zip(reversed(passed), reversed(counts), strict=True):
        if len(node.children) < count or not all(child.is_closed for child in node.children.values()):
            return
        node.is_closed = True


def _is_closed(root: _Node, path: IntArray) -> bool:
    """Whether the end of a path has been seen."""
    node: _Node | None = root
    for choice in path.tolist():
        node = node.children.get(choice) if node is not None else None
    return node is not None and node.is_closed


def _descend(root: _Node, counts: tuple[int, ...], exploration: float, rng: np.random.Generator) -> list[int]:
    """The decisions of the next candidate: by the tree as far as it goes, the rest at random."""
    path: list[int] = []
    node: _Node | None = root
    for count in counts:
        if node is None:
            path.append(int(rng.integers(count)))
            continue
        fresh = [choice for choice in range(count) if choice not in node.children]
        path.append(fresh[rng.integers(len(fresh))] if fresh else _best(node, exploration, rng))
        node = node.children.get(path[-1])
    return path


def _best(node: _Node, exploration: float, rng: np.random.Generator) -> int:
    """The open alternative with the largest upper confidence bound; ties are broken at random."""
    log_n = 2.0 * math.log(max(node.n, 1))
    bounds = {
        choice: child.reward / child.n + exploration * math.sqrt(log_n / child.n) if child.n else math.inf
        for choice, child in node.children.items()
        if not child.is_closed
    }
    highest = max(bounds.values())
    best = [choice for choice, bound in bounds.items() if bound == highest]
    return best[rng.integers(len(best))]
