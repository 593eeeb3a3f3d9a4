"""The neighbour graph of a landscape as one array of node numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ela.landscape.check import check_square
from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.checked import checked
from nas_problems.space import SearchSpace

NodeArray = NDArray[np.int32]
"""Numbers of nodes; 32 bits keep a graph of 15,625 nodes with 24 neighbours in 1.5 MB."""

MAX_NODES = 2_000_000
"""A space with more codes is sampled, not enumerated."""


@runtime_checkable
class Graph(Protocol):
    """Which candidates are one step from each other, as the measures ask for it; the relation is symmetric."""

    @property
    def degree(self) -> IntArray:
        """Number of neighbours of each node, (n,)."""
        ...

    @property
    def n_edges(self) -> int:
        """Number of neighbour pairs, each counted once."""
        ...

    def __len__(self) -> int:
        """Number of nodes n."""
        ...

    def pairs(self) -> tuple[NodeArray, NodeArray]:
        """First and second node of all ordered pairs of neighbours, by the first."""
        ...

    def mean_over_neighbours(self, values: FloatArray) -> FloatArray:
        """Mean of ``values (n,)`` over each node's neighbours, (n,); NaN for a node without any."""
        ...

    def best_neighbours(self, y: FloatArray) -> NodeArray:
        """The first of each node's neighbours with the lowest ``y (n,)``, (n,); the node itself where none is."""
        ...

    def count_neighbours(self, y: FloatArray, test: Callable[[FloatArray], BoolArray]) -> IntArray:
        """Number of each node's neighbours whose change of y passes a test of arrays, (n,)."""
        ...

    def step(self, here: IntArray, u: FloatArray) -> IntArray:
        """The neighbour of each of ``here (k,)`` at the share u in [0, 1) of its list; itself where none is."""
        ...

    def around(self, nodes: NodeArray) -> NodeArray:
        """The nodes and all their neighbours, ascending."""
        ...


@dataclass(frozen=True, eq=False)
class NeighbourGraph:
    """Which candidates are one step from each other.

    Args:
        neighbours: Row i lists the neighbours of node i, shape (n, k). A node with fewer than k
            neighbours has them first and its own number in the rest of its row.
        degree: Number of neighbours of each node, shape (n,).

    Raises:
        ValueError: Shapes that do not agree.

    >>> import nas_problems
    >>> graph = neighbour_graph(nas_problems.make("nb201-cifar10").space)
    >>> len(graph), graph.n_edges
    (15625, 187500)
    """

    neighbours: NodeArray
    degree: IntArray

    def __post_init__(self) -> None:
        if self.neighbours.ndim != 2 or self.degree.shape != self.neighbours.shape[:1]:
            raise ValueError(
                f"graph: wanted neighbours (n, k) and degree (n,), found {self.neighbours.shape}, {self.degree.shape}"
            )

    def __len__(self) -> int:
        return len(self.neighbours)

    @property
    def n_edges(self) -> int:
        """Number of neighbour pairs, each counted once."""
        return int(self.degree.sum()) // 2

    @cached_property
    def is_neighbour(self) -> BoolArray:
        """Which entries of ``neighbours`` are real, not padding, shape (n, k)."""
        k = self.neighbours.shape[1]
        return np.asarray(np.arange(k)[None, :] < self.degree[:, None])

    def pairs(self) -> tuple[NodeArray, NodeArray]:
        """See ``Graph.pairs``."""
        row, column = np.nonzero(self.is_neighbour)
        return row.astype(np.int32), self.neighbours[row, column]

    def best_neighbours(self, y: FloatArray) -> NodeArray:
        """See ``Graph.best_neighbours``."""
        own = np.arange(len(self), dtype=np.int32)
        if not self.neighbours.shape[1]:
            return own
        around = y[self.neighbours]
        if not (self.degree == self.neighbours.shape[1]).all():
            around = np.where(self.is_neighbour, around, np.inf)
        return np.asarray(self.neighbours[own, np.argmin(around, axis=1)])

    def count_neighbours(self, y: FloatArray, test: Callable[[FloatArray], BoolArray]) -> IntArray:
        """See ``Graph.count_neighbours``."""
        passed = test(y[self.neighbours] - y[:, None])
        return np.asarray((passed & self.is_neighbour).sum(axis=1), dtype=np.int64)

    def step(self, here: IntArray, u: FloatArray) -> IntArray:
        """See ``Graph.step``."""
        if not self.neighbours.shape[1]:
            return here
        chosen = (u * self.degree[here]).astype(np.int64)
        return np.where(self.degree[here] > 0, self.neighbours[here, chosen], here)

    def around(self, nodes: NodeArray) -> NodeArray:
        """See ``Graph.around``."""
        return np.union1d(nodes, self.neighbours[nodes].ravel())

    def mean_over_neighbours(self, values: FloatArray) -> FloatArray:
        """See ``Graph.mean_over_neighbours``."""
        totals = np.where(self.is_neighbour, values[self.neighbours], 0.0).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(self.degree > 0, totals / self.degree, np.nan))


@checked
def neighbour_graph(space: SearchSpace) -> NeighbourGraph:
    """The graph of ``space.neighbours`` on all valid codes, in the order of ``space.enumerate()``.

    Args:
        space: A finite space of at most ``MAX_NODES`` codes.

    Returns:
        Each row in the order of ``space.neighbours``: parameter by parameter, codes ascending.

    Raises:
        ValueError: A real parameter, or too many codes.

    >>> from nas_problems import Categorical, Ordinal
    >>> neighbour_graph(SearchSpace((Categorical("a", ("x", "y", "z")), Ordinal("b", (1, 2))))).neighbours[:2]
    array([[2, 4, 1],
           [3, 5, 0]], dtype=int32)
    """
    if space.size is None or space.size > MAX_NODES:
        raise ValueError(f"space: wanted a finite one of at most {MAX_NODES} codes, found size {space.size}")
    own = np.arange(space.size, dtype=np.int32)
    columns: list[NodeArray] = []
    radix = space.size
    for parameter in space.parameters:
        n = parameter.n_choices
        assert n is not None
        radix //= n
        code = own // radix % n
        others = _other_codes(code, n, ordered=parameter.ordered)
        columns.extend((own + (other - code) * radix).astype(np.int32) for other in others)
    around = np.stack(columns, axis=1) if columns else np.empty((space.size, 0), dtype=np.int32)
    if space.validity is not None:
        around = _keep(around, np.concatenate([space.index_of(Z) for Z in space.enumerate()]), space.size)
    return _pack(around)


def _other_codes(code: NodeArray, n: int, *, ordered: bool) -> list[NodeArray]:
    """Codes one step away; where there is none, the code itself."""
    if ordered:
        return [np.maximum(code - 1, 0), np.minimum(code + 1, n - 1)] if n > 1 else []
    return [c + (c >= code) for c in range(n - 1)]


def _keep(around: NodeArray, kept: IntArray, size: int) -> NodeArray:
    """Restrict to the nodes ``kept`` and renumber them; a neighbour that is gone becomes padding."""
    number = np.full(size, -1, dtype=np.int32)
    number[kept] = np.arange(len(kept), dtype=np.int32)
    renumbered = number[around[kept]]
    return np.where(renumbered < 0, np.arange(len(kept), dtype=np.int32)[:, None], renumbered)


def _pack(around: NodeArray) -> NeighbourGraph:
    """Move padding to the end of each row."""
    padding = around == np.arange(len(around), dtype=np.int32)[:, None]
    degree = np.asarray(around.shape[1] - padding.sum(axis=1), dtype=np.int64)
    if padding.any():
        order = np.argsort(padding, axis=1, kind="stable")
        around = np.take_along_axis(around, order, axis=1)[:, : int(degree.max(initial=0))]
    return NeighbourGraph(np.ascontiguousarray(around), degree)


@checked
def threshold_graph(distance: FloatArray, radius: float) -> NeighbourGraph:
    """Neighbours among the points of a sample: all that are nearer than ``radius``.

    ``N(x) = {y in S | delta(x, y) < Delta}``

    Args:
        distance: Distances between all points, shape (n, n).
        radius: Delta.

    Raises:
        ValueError: See ``check_square``.

    Source: traore2023malfunction, section 2.
    """
    distance = check_square(distance)
    near = distance < radius
    np.fill_diagonal(near, val=False)
    degree = near.sum(axis=1)
    own = np.arange(len(near), dtype=np.int32)
    k = int(degree.max(initial=0))
    order = np.argsort(~near, axis=1, kind="stable")[:, :k].astype(np.int32)
    return NeighbourGraph(np.where(np.arange(k)[None, :] < degree[:, None], order, own[:, None]), degree)
