"""Best-improvement local search from every node at once: optima, basins, steps."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ela.landscape.check import check_fitness
from ela.landscape.graph import Graph, NodeArray
from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.checked import checked


@dataclass(frozen=True, eq=False)
class LocalSearch:
    """Where hill-climbing leads from every node.

    Args:
        y: Minimised value of each node, shape (n,).
        successor: ``LS(v)``: the best neighbour if it is strictly better, else v itself, (n,).
        optimum: ``LS*(v)``: the local minimum reached from v, (n,).
        n_steps: Moves made on the way, (n,); 0 at a local minimum.

    >>> import nas_problems
    >>> from ela.landscape import Landscape
    >>> search = Landscape.enumerate(nas_problems.make("nb201-cifar10")).local_search
    >>> search.n_optima, round(float(search.reaches_global.mean()), 2)
    (13, 0.7)
    """

    y: FloatArray
    successor: NodeArray
    optimum: NodeArray
    n_steps: IntArray

    @cached_property
    def optima(self) -> NodeArray:
        """Local minima, best first, shape (n_optima,); ties in the order of node numbers."""
        optima = np.flatnonzero(self.successor == np.arange(len(self.y)))
        return optima[np.argsort(self.y[optima], kind="stable")].astype(np.int32)

    @property
    def n_optima(self) -> int:
        """Number of nodes without a strictly better neighbour."""
        return len(self.optima)

    @cached_property
    def basin_sizes(self) -> IntArray:
        """Number of starts that end in each of ``optima``, the optimum itself included, (n_optima,)."""
        return np.bincount(self.optimum, minlength=len(self.y))[self.optima]

    @property
    def n_iterations(self) -> IntArray:
        """Iterations of White et al.'s Algorithm 1 from every node: moves, and one for the last look around."""
        return self.n_steps + 1

    @property
    def improvement(self) -> FloatArray:
        """By how much each start's value falls on the way to its optimum, (n,), >= 0."""
        return self.y - self.y[self.optimum]

    @property
    def reaches_global(self) -> BoolArray:
        """Whether a start ends in a global minimum, (n,)."""
        return np.asarray(self.y[self.optimum] == self.y.min())

    def share_within(self, tolerances: FloatArray) -> FloatArray:
        """Share of starts that end within each tolerance of the global minimum's value, same shape."""
        gaps = np.sort(self.y[self.optimum] - self.y.min())
        return np.asarray(np.searchsorted(gaps, tolerances, side="right") / len(gaps))


@checked
def best_improvement(graph: Graph, y: FloatArray) -> LocalSearch:
    """Run local search from every node of a graph to convergence.

    ``LS(v) = argmin_{u in N(v)} l(u)`` if that is below ``l(v)``, else v is a local minimum;
    ``LS*(v)`` is the fixed point. All paths are followed at once by doubling: after i rounds the
    pointer of each node has made up to 2^i moves.

    Args:
        graph: The neighbour graph.
        y: Minimised value of each node, shape (n,), finite. Of several equally good best neighbours
            the first in the graph's order is taken; a neighbour of equal value is not an improvement.

    Raises:
        ValueError: See ``check_fitness``.

    Source: white2021, section 3 and algorithm 1; traore2021, algorithm 1 (which starts from y too).
    """
    y = check_fitness(y, len(graph))
    n = len(y)
    own = np.arange(n, dtype=np.int32)
    best = graph.best_neighbours(y)
    better = y[best] < y
    successor = np.where(better, best, own)
    pointer = successor
    n_steps = better.astype(np.int64)
    while True:
        further = pointer[pointer]
        if np.array_equal(further, pointer):
            return LocalSearch(y, successor, pointer, n_steps)
        n_steps = n_steps + n_steps[pointer]
        pointer = further
