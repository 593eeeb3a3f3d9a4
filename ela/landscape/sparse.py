"""The neighbour graph of a landscape whose nodes have few or many neighbours: rows of different length."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ela.landscape.graph import NodeArray
from nas_problems.array import BoolArray, FloatArray, IntArray

_CHUNK = 4_000_000  # pairs looked at at once


@dataclass(frozen=True, eq=False)
class SparseGraph:
    """A ``Graph`` as one list of neighbours, node after node.

    Args:
        targets: The neighbours of node 0, then those of node 1, ..., (pairs,).
        starts: Where each node's neighbours begin, and at last the number of pairs, (n + 1,).

    >>> triangle = SparseGraph.of_pairs(np.array([0, 0, 1, 1, 2, 2]), np.array([1, 2, 0, 2, 0, 1]), 3)
    >>> triangle.degree, triangle.n_edges
    (array([2, 2, 2]), 3)
    """

    targets: NodeArray
    starts: IntArray

    @classmethod
    def of_pairs(cls, sources: IntArray, targets: IntArray, n: int) -> "SparseGraph":
        """The graph of all ordered pairs of neighbours, by the first node.

        Raises:
            ValueError: Pairs that are not in the order of their first nodes.
        """
        if len(sources) and (np.diff(sources) < 0).any():
            raise ValueError("pairs: wanted them in the order of their first nodes")
        starts = np.searchsorted(sources, np.arange(n + 1))
        return cls(targets.astype(np.int32), starts.astype(np.int64))

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def degree(self) -> IntArray:
        """Number of neighbours of each node, (n,)."""
        return np.diff(self.starts)

    @property
    def n_edges(self) -> int:
        """Number of neighbour pairs, each counted once."""
        return len(self.targets) // 2

    @cached_property
    def sources(self) -> NodeArray:
        """The node of each entry of ``targets``."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.degree)

    @cached_property
    def _linked(self) -> IntArray:
        return np.flatnonzero(self.degree)

    def pairs(self) -> tuple[NodeArray, NodeArray]:
        """See ``Graph.pairs``."""
        return self.sources, self.targets

    def mean_over_neighbours(self, values: FloatArray) -> FloatArray:
        """See ``Graph.mean_over_neighbours``."""
        means = np.full(len(self), np.nan)
        linked = self._linked
        if len(linked):
            means[linked] = np.add.reduceat(values[self.targets], self.starts[linked]) / self.degree[linked]
        return means

    def best_neighbours(self, y: FloatArray) -> NodeArray:
        """See ``Graph.best_neighbours``."""
        best = np.arange(len(self), dtype=np.int32)
        linked = self._linked
        if not len(linked):
            return best
        around = y[self.targets]
        lowest = np.zeros(len(self))
        lowest[linked] = np.minimum.reduceat(around, self.starts[linked])
        places = np.flatnonzero(around == lowest[self.sources])
        nodes = self.sources[places]
        is_first = np.concatenate([[True], nodes[1:] != nodes[:-1]])
        best[nodes[is_first]] = self.targets[places[is_first]]
        return best

    def count_neighbours(self, y: FloatArray, test: Callable[[FloatArray], BoolArray]) -> IntArray:
        """See ``Graph.count_neighbours``."""
        counts = np.zeros(len(self), dtype=np.int64)
        for start in range(0, len(self.targets), _CHUNK):
            sources = self.sources[start : start + _CHUNK]
            passed = test(y[self.targets[start : start + _CHUNK]] - y[sources])
            counts += np.bincount(sources[passed], minlength=len(self))
        return counts

    def step(self, here: IntArray, u: FloatArray) -> IntArray:
        """See ``Graph.step``."""
        degree = self.degree[here]
        place = np.minimum(self.starts[here] + (u * degree).astype(np.int64), max(len(self.targets) - 1, 0))
        if not len(self.targets):
            return here
        return np.where(degree > 0, self.targets[place], here)

    def around(self, nodes: NodeArray) -> NodeArray:
        """See ``Graph.around``."""
        parts = [self.targets[self.starts[node] : self.starts[node + 1]] for node in nodes.tolist()]
        return np.unique(np.concatenate([nodes, *parts]))
