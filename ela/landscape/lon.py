"""Local optima networks: optima as nodes, and how likely a search gets from one basin to another."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ela.landscape.first_improvement import FirstImprovement
from ela.landscape.graph import Graph, NodeArray
from ela.landscape.local_search import LocalSearch
from nas_problems.array import FloatArray, IntArray
from nas_problems.checked import checked

EdgeKind = Literal["basin", "escape"]

_MAX_PAIRS = 100_000_000


@dataclass(frozen=True, eq=False)
class LocalOptimaNetwork:
    """A weighted directed graph of local optima.

    Args:
        optima: Node numbers in the landscape, best first, shape (m,).
        y: Their minimised values, (m,).
        basin_sizes: Number of starts that end in each, (m,); with first improvement their mean, a fraction.
        source: Position of each edge's first optimum, (e,).
        target: Position of its second one, (e,).
        weight: Transition probability (basin edges) or number of ways out (escape edges), (e,).

    >>> import nas_problems
    >>> from ela.landscape import Landscape
    >>> landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
    >>> network = local_optima_network(landscape.graph, landscape.local_search)
    >>> len(network.optima), len(network.weight)
    (13, 135)
    """

    optima: NodeArray
    y: FloatArray
    basin_sizes: IntArray | FloatArray
    source: IntArray
    target: IntArray
    weight: FloatArray

    @property
    def n_edges(self) -> int:
        """Number of edges between different optima."""
        return int((self.source != self.target).sum())

    @property
    def self_loop(self) -> FloatArray:
        """Weight of the edge from each optimum to itself, (m,); 0 where there is none."""
        loops = np.zeros(len(self.optima))
        same = self.source == self.target
        loops[self.source[same]] = self.weight[same]
        return loops

    def matrix(self) -> FloatArray:
        """Weights as a dense matrix (m, m)."""
        dense = np.zeros((len(self.optima), len(self.optima)))
        dense[self.source, self.target] = self.weight
        return dense


@checked
def local_optima_network(
    graph: Graph, search: LocalSearch, *, kind: EdgeKind = "basin", distance: int = 2
) -> LocalOptimaNetwork:
    """The network of a landscape whose local search is known from every node.

    Basin edges: ``p(b_i -> b_j) = 1/|b_i| sum_{s in b_i} sum_{s' in b_j} p(s -> s')`` with
    ``p(s -> s') = 1 / |N(s)|`` for neighbours; rows sum to 1. Escape edges: ``w_ij`` counts the nodes
    within ``distance`` steps of optimum i that lie in the basin of optimum j.

    Args:
        graph: The neighbour graph.
        search: Local search on it.
        kind: ``basin`` or ``escape``.
        distance: Steps of an escape, D.

    Raises:
        ValueError: Another kind, or ``distance < 1``.

    Source: ochoa2008, section 3 (basin edges); verel2012, section 3 (escape edges).
    """
    if kind not in ("basin", "escape"):
        raise ValueError(f"kind: wanted 'basin' or 'escape', found {kind!r}")
    if distance < 1:
        raise ValueError(f"distance: wanted >= 1, found {distance}")
    optima = search.optima
    position = np.full(len(graph), -1, dtype=np.int64)
    position[optima] = np.arange(len(optima))
    basin = position[search.optimum]
    if kind == "basin":
        row, column = graph.pairs()
        pairs = basin[row] * len(optima) + basin[column]
        shares = 1.0 / (graph.degree[row] * search.basin_sizes[basin[row]])
    else:
        near = [_within(graph, int(optimum), distance) for optimum in optima]
        pairs = np.concatenate([i * len(optima) + basin[nodes] for i, nodes in enumerate(near)])
        shares = np.ones(len(pairs))
    edges, number = np.unique(pairs, return_inverse=True)
    weight = np.asarray(np.bincount(number, weights=shares, minlength=len(edges)), dtype=np.float64)
    source, target = np.divmod(edges, len(optima))
    return LocalOptimaNetwork(optima, search.y[optima], search.basin_sizes, source, target, weight)


@checked
def first_improvement_network(graph: Graph, search: FirstImprovement) -> LocalOptimaNetwork:
    """The network of basins of hill climbing in random order, where a node is in several basins with probabilities.

    ``w_ij = 1/|b_i| sum_s p_i(s) sum_{s' in N(s)} p(s -> s') p_j(s')`` with ``|b_i| = sum_s p_i(s)`` and
    ``p(s -> s') = 1 / |N(s)|``; rows sum to 1.

    Args:
        graph: The neighbour graph.
        search: ``first_improvement`` on it.

    Raises:
        ValueError: More than 10^8 pairs of a node and an optimum, which are all looked at.

    Source: ochoa2010, section 2, definitions 3 to 5.
    """
    from scipy.sparse import csr_array

    n, m = len(search.y), len(search.optima)
    if n * m > _MAX_PAIRS:
        raise ValueError(f"search: wanted at most {_MAX_PAIRS} pairs of node and optimum, found {n} x {m}")
    source, target = graph.pairs()
    walk = csr_array((1.0 / graph.degree[source], (source, target)), shape=(n, n))
    probability = search.probability()
    weights = (probability.T @ (walk @ probability)) / search.sizes[:, None]
    edges = np.nonzero(weights)
    return LocalOptimaNetwork(
        search.optima, search.y[search.optima], search.sizes, edges[0], edges[1], np.asarray(weights[edges])
    )


def _within(graph: Graph, node: int, distance: int) -> NodeArray:
    """Nodes at 1 ... ``distance`` steps from a node."""
    reached = np.array([node], dtype=np.int32)
    for _ in range(distance):
        reached = graph.around(reached)
    return np.asarray(reached[reached != node], dtype=np.int32)
