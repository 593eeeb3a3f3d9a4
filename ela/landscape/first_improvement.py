"""Searches that take any better neighbour: how likely they end where, and which optima they can reach at all."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ela.landscape.check import check_fitness
from ela.landscape.graph import Graph, NodeArray
from nas_problems.array import BoolArray, FloatArray, IntArray, check_count
from nas_problems.checked import checked

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_BITS = 64


@dataclass(frozen=True, eq=False)
class FirstImprovement:
    """Where hill climbing in random order leads from every node: to one of several optima, by chance.

    From a node that has better neighbours, the search moves to one of them, each with equal probability; equal
    values are not improvements. A node without a better neighbour is an optimum, as in ``LocalSearch``.

    Args:
        y: Minimised value of each node, shape (n,).
        optima: Local minima, best first, shape (m,); ties in the order of node numbers.
        levels: Nodes by the length of their longest way down, optima first; all better neighbours of a node
            are in lower levels.
        moves: Per level the probabilities of moves to better neighbours, shape (nodes of the level, n).

    >>> import nas_problems
    >>> from ela.landscape import Landscape
    >>> landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
    >>> len(first_improvement(landscape.graph, landscape.y).optima)
    13
    """

    y: FloatArray
    optima: NodeArray
    levels: tuple[IntArray, ...]
    moves: "tuple[csr_array[Any, Any], ...]"

    def probability(self, optima: IntArray | None = None) -> FloatArray:
        """``p_i(s)``: how likely the search from s ends in optimum i, shape (n, k); rows sum to 1 over all optima.

        Args:
            optima: Positions in ``optima``, (k,); None: all of them.
        """
        chosen = np.arange(len(self.optima)) if optima is None else np.asarray(optima)
        probability = np.zeros((len(self.y), len(chosen)))
        probability[self.optima[chosen], np.arange(len(chosen))] = 1.0
        for level, moves in zip(self.levels[1:], self.moves[1:], strict=True):
            probability[level] = moves @ probability
        return probability

    @cached_property
    def sizes(self) -> FloatArray:
        """``|b_i| = sum_s p_i(s)``, how many starts end in each optimum on average, shape (m,).

        Source: ochoa2010, section 2.
        """
        mass = np.ones(len(self.y))
        for level, moves in zip(self.levels[:0:-1], self.moves[:0:-1], strict=True):
            mass += moves.T @ mass[level]
        return mass[self.optima]

    @cached_property
    def sole_optimum(self) -> IntArray:
        """Position of the only optimum that a node can reach, -1 where there are several, shape (n,)."""
        sole = np.full(len(self.y), -1, dtype=np.int64)
        sole[self.optima] = np.arange(len(self.optima))
        for level, moves in zip(self.levels[1:], self.moves[1:], strict=True):
            below = sole[moves.indices]
            lowest = np.minimum.reduceat(below, moves.indptr[:-1])
            sole[level] = np.where(lowest == np.maximum.reduceat(below, moves.indptr[:-1]), lowest, -1)
        return sole

    @property
    def strong_sizes(self) -> IntArray:
        """Nodes from which every way down ends in each optimum, itself included, shape (m,).

        Source: pitzer2012, section 3.
        """
        return np.bincount(self.sole_optimum[self.sole_optimum >= 0], minlength=len(self.optima)).astype(np.int64)

    @cached_property
    def weak_sizes(self) -> IntArray:
        """Nodes from which some way down ends in each optimum, itself included, shape (m,).

        Source: pitzer2012, section 3.
        """
        sizes = np.empty(len(self.optima), dtype=np.int64)
        for start in range(0, len(self.optima), _BITS):
            block = self.optima[start : start + _BITS]
            reached = self._reached(block)
            for bit in range(len(block)):
                sizes[start + bit] = np.count_nonzero(reached >> np.uint64(bit) & np.uint64(1))
        return sizes

    def weak_basin(self, optimum: int) -> BoolArray:
        """From which nodes some way down ends in an optimum, given by its position in ``optima``; shape (n,).

        Raises:
            ValueError: Not a position in ``optima``.
        """
        if check_count(optimum, "optimum") >= len(self.optima):
            raise ValueError(f"optimum: wanted a position below {len(self.optima)}, found {optimum}")
        return self._reached(self.optima[[optimum]]) > 0

    def strong_basin(self, optimum: int) -> BoolArray:
        """From which nodes every way down ends in an optimum, given by its position in ``optima``; shape (n,)."""
        return np.asarray(self.sole_optimum == check_count(optimum, "optimum"))

    def _reached(self, optima: NodeArray) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]":
        """Up to 64 optima, one per bit, that can be reached from each node, (n,)."""
        reached = np.zeros(len(self.y), dtype=np.uint64)
        reached[optima] = np.uint64(1) << np.arange(len(optima), dtype=np.uint64)
        for level, moves in zip(self.levels[1:], self.moves[1:], strict=True):
            reached[level] = np.bitwise_or.reduceat(reached[moves.indices], moves.indptr[:-1])
        return reached


@checked
def first_improvement(graph: Graph, y: FloatArray) -> FirstImprovement:
    """Follow all ways down from every node of a graph.

    Args:
        graph: The neighbour graph.
        y: Minimised value of each node, shape (n,), finite.

    Raises:
        ValueError: See ``check_fitness``.

    Source: ochoa2010, section 2, algorithm 2.
    """
    from scipy.sparse import csr_array

    y = check_fitness(y, len(graph))
    n = len(y)
    source, target = graph.pairs()
    better = y[target] < y[source]
    source, target = source[better], target[better]
    n_better = np.bincount(source, minlength=n)
    moves = csr_array((1.0 / n_better[source], (source, target)), shape=(n, n))
    upwards = moves.tocsc()
    is_open = n_better.astype(np.int64)
    levels = [np.flatnonzero(n_better == 0)]
    while True:
        above = upwards[:, levels[-1]].indices
        reached = np.unique(above)
        is_open -= np.bincount(above, minlength=n)
        following = reached[is_open[reached] == 0]
        if not len(following):
            break
        levels.append(following)
    optima = levels[0][np.argsort(y[levels[0]], kind="stable")].astype(np.int32)
    return FirstImprovement(y, optima, tuple(levels), tuple(moves[level] for level in levels))
