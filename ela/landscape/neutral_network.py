"""Neutral networks: connected candidates of equal fitness, and which of them are local optima as a whole."""

from dataclasses import dataclass

import numpy as np

from ela.landscape.check import check_fitness
from ela.landscape.graph import Graph
from ela.landscape.neutrality import is_neutral
from nas_problems.array import BoolArray, FloatArray, IntArray, brief
from nas_problems.checked import checked


@dataclass(frozen=True, eq=False)
class NeutralNetworks:
    """The neutral networks of a landscape, best first; ties in the order of node numbers.

    Args:
        network_of: Number of each node's network, shape (n,).
        y: Lowest value in each network, shape (m,).
        sizes: Nodes of each network, shape (m,); 1 for a node without a neutral neighbour.
        is_optimum: Whether no node of a network has a better neighbour outside, shape (m,): a local optimum
            neutral network.

    >>> import nas_problems
    >>> from ela.landscape import Landscape
    >>> landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
    >>> networks = neutral_networks(landscape.graph, landscape.y)
    >>> len(networks), int(networks.is_optimum.sum())
    (15328, 13)
    """

    network_of: IntArray
    y: FloatArray
    sizes: IntArray
    is_optimum: BoolArray

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def n_plateaus(self) -> int:
        """Number of networks of more than one node."""
        return int(np.count_nonzero(self.sizes > 1))

    @property
    def n_optima(self) -> int:
        """Number of networks that are local optima: of the optima of ``LocalSearch`` those on one plateau count
        once, and those on a plateau with a way out not at all.
        """
        return int(np.count_nonzero(self.is_optimum))

    @property
    def share_on_plateaus(self) -> float:
        """Share of nodes that have a neutral neighbour."""
        return float(self.sizes[self.sizes > 1].sum() / self.sizes.sum())


@checked
def neutral_networks(graph: Graph, y: FloatArray, *, tolerance: float = 0.0) -> NeutralNetworks:
    """Find the neutral networks: connected components of the graph of neutral neighbours.

    Args:
        graph: The neighbour graph.
        y: Minimised value of each node, shape (n,), finite.
        tolerance: Neighbours whose values differ by less are neutral, and equal ones always. With more than 0
            the ends of a network can differ by more.

    Raises:
        ValueError: A tolerance that is negative or not finite, or see ``check_fitness``.

    Source: verel2011, section 2 (equal values).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not (isinstance(tolerance, (int, float)) and 0 <= tolerance < np.inf):
        raise ValueError(f"tolerance: wanted a finite number >= 0, found {brief(tolerance)}")
    y = check_fitness(y, len(graph))
    n = len(y)
    source, target = graph.pairs()
    change = y[target] - y[source]
    neutral = is_neutral(change, tolerance)
    links = coo_array((np.ones(int(neutral.sum()), dtype=np.int8), (source[neutral], target[neutral])), shape=(n, n))
    n_networks, component = connected_components(links, directed=False)
    lowest = np.full(n_networks, np.inf)
    np.minimum.at(lowest, component, y)
    _, first = np.unique(component, return_index=True)
    order = np.lexsort((first, lowest))
    number = np.empty(n_networks, dtype=np.int64)
    number[order] = np.arange(n_networks)
    network_of = number[component]
    has_exit = np.zeros(n_networks, dtype=np.bool_)
    leaves = (change < 0) & (network_of[source] != network_of[target])  # with a tolerance, a network has many values
    has_exit[network_of[source[leaves]]] = True
    return NeutralNetworks(network_of, lowest[order], np.bincount(network_of, minlength=n_networks), ~has_exit)
