"""OTMANN: how much has to be moved to make one cell's layers those of another, by optimal transport.

Source: kandasamy2018, section 3, and released code.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.space import Codes
from optimizers.archive import code_keys
from optimizers.cell import Cell

_ABSENT, _IDENTITY = frozenset({"none"}), frozenset({"skip_connect"})  # edges that are not a layer
_KINDS = ("conv", "pool")  # layers of different kinds are never matched
_MISMATCH = {"conv": 0.2, "pool": 0.5}  # of different layers of a kind: convolutions of width 1 and 3, two poolings
_UNMATCHED = 1.0  # cost of a unit of mass of either cell that is matched with nothing
_ENDS = 0.1  # mass of input and output, each, as a share of the layers'


@dataclass(frozen=True, eq=False)
class Layers:
    """The layers of a cell that lie on a path from its input to its output.

    Args:
        operations: Number of each layer's operation, (n,).
        lengths: Path lengths from the input and to the output of each layer, then of the input and of the output,
            (n + 2, 18): shortest, longest, and that of a random walk, of all layers, of convolutions and of poolings.
    """

    operations: IntArray
    lengths: FloatArray

    @cached_property
    def mass(self) -> float:
        """One per layer, and the share of the ends."""
        return len(self.operations) * (1 + 2 * _ENDS)


class Transport:
    """Distances between the cells of a space.

    Differs: layers have equal masses, as a cell does not know its channels; in kandasamy2018 a convolution has channels
    times those that it reads, and a pooling those that it reads.

    Args:
        cell: The cells.
        structural: Weight of a difference of path lengths by one.
    """

    def __init__(self, cell: Cell, *, structural: float = 0.5) -> None:
        self._cell, self._structural = cell, structural
        self._kinds = np.array([_kind_of(name) for name in cell.operations])
        self._layers: dict[bytes, Layers] = {}
        self._known: dict[tuple[bytes, bytes], float] = {}

    def layers(self, z: Codes) -> Layers:
        """The layers of a code, (d,)."""
        key = z.tobytes()
        if key not in self._layers:
            self._layers[key] = _read(self._cell, self._cell.labels(z[None])[0], self._kinds)
        return self._layers[key]

    def distances(self, Za: Codes, Zb: Codes) -> tuple[FloatArray, FloatArray]:
        """Distances of codes (n, d) and (m, d), and the same as shares of both cells' masses, (n, m) each."""
        ones, others = [self.layers(z) for z in Za], [self.layers(z) for z in Zb]
        costs = np.empty((len(Za), len(Zb)))
        keys = code_keys(Za), code_keys(Zb)
        for i, (a, one) in enumerate(zip(keys[0], ones, strict=True)):
            for j, (b, other) in enumerate(zip(keys[1], others, strict=True)):
                pair = (a, b) if a <= b else (b, a)
                value = self._known.get(pair)
                if value is None:
                    value = self._known[pair] = self.distance(one, other)
                costs[i, j] = value
        mass = np.add.outer([one.mass for one in ones], [other.mass for other in others])
        return costs, costs / np.maximum(mass, 1.0)

    def distance(self, a: Layers, b: Layers) -> float:
        """Least cost of moving the mass of one to the other, or leaving it unmatched."""
        apart = np.abs(a.lengths[:, None] - b.lengths[None]).mean(axis=2) * self._structural
        total = 0.0
        kinds_a, kinds_b = self._kinds[a.operations], self._kinds[b.operations]
        for kind in range(len(self._kinds) + len(_KINDS)):
            rows, columns = np.flatnonzero(kinds_a == kind), np.flatnonzero(kinds_b == kind)
            total += _UNMATCHED * abs(len(rows) - len(columns))
            if len(rows) and len(columns):
                cost = apart[np.ix_(rows, columns)]
                if kind < len(_KINDS):
                    differ = a.operations[rows][:, None] != b.operations[columns]
                    cost = cost + _MISMATCH[_KINDS[kind]] * differ
                total += _assigned(np.minimum(cost, 2 * _UNMATCHED))  # or both stay unmatched
        n_a, n_b = len(a.operations), len(b.operations)
        for end in (-2, -1):
            total += _ENDS * (min(n_a, n_b) * min(apart[end, end], 2 * _UNMATCHED) + _UNMATCHED * abs(n_a - n_b))
        return total


def _assigned(cost: FloatArray) -> float:
    """Least sum of a matching of all rows or all columns."""
    if 1 in cost.shape:
        return float(cost.min())
    from scipy.optimize import linear_sum_assignment  # slow to import

    return float(cost[linear_sum_assignment(cost)].sum())


def _kind_of(name: str) -> int:
    """Number of an operation's kind; one of its own where it is neither a convolution nor a pooling."""
    for number, kind in enumerate(_KINDS):
        if kind in name:
            return number
    return len(_KINDS)


def _read(cell: Cell, labels: IntArray, kinds: IntArray) -> Layers:
    follows, operations = _on_vertices(cell, labels) if cell.vertices else _on_edges(cell, labels)
    n = len(operations)  # layers 0 ... n - 1, the input n, the output n + 1
    forward, backward = _reached(follows, n), _reached(follows.T, n + 1)
    kept = [k for k in range(n) if forward[k] and backward[k]]
    nodes = [n, *_in_order(follows, kept), n + 1]
    graph = follows[np.ix_(nodes, nodes)]
    counts = np.ones((3, len(nodes)))
    for row, kind in enumerate(range(len(_KINDS)), start=1):
        counts[row] = [k < n and kinds[operations[k]] == kind for k in nodes]
    ahead = _lengths(graph, counts)
    behind = _lengths(graph.T[::-1, ::-1], counts[:, ::-1])[:, ::-1]
    lengths = np.concatenate([behind, ahead]).T
    inner = nodes[1:-1]
    return Layers(
        np.array([operations[k] for k in inner], dtype=np.int64), np.concatenate([lengths[1:-1], lengths[[0, -1]]])
    )


def _on_edges(cell: Cell, labels: IntArray) -> tuple[BoolArray, list[int]]:
    """Which layer reads which (from, to), and operations: of cells with operations on the edges."""
    names = {edge: cell.operations[labels[column]] for edge, column in cell.edges.items()}
    size = cell.last + 1
    passes = np.eye(size, dtype=np.bool_)
    for (start, end), name in sorted(names.items()):
        if name in _IDENTITY:
            passes[:, end] |= passes[:, start]
    edges = [edge for edge, name in sorted(names.items()) if name not in _IDENTITY | _ABSENT]
    starts, ends = [start for start, _ in edges], [end for _, end in edges]
    return _joined(lambda node, other: bool(passes[node, other]), starts, ends, (cell.first, cell.last)), [
        int(labels[cell.edges[edge]]) for edge in edges
    ]


def _on_vertices(cell: Cell, labels: IntArray) -> tuple[BoolArray, list[int]]:
    """The same, of cells with operations on the vertices."""
    vertices = sorted(cell.vertices)
    there = {edge for edge, column in cell.edges.items() if labels[column]}
    follows = _joined(lambda node, other: (node, other) in there, vertices, vertices, (cell.first, cell.last))
    return follows, [int(labels[cell.vertices[vertex]]) for vertex in vertices]


def _joined(
    leads: Callable[[int, int], bool], starts: Sequence[int], ends: Sequence[int], last: tuple[int, int]
) -> BoolArray:
    """Which layer leads to which, the input and the output at the end, (n + 2, n + 2)."""
    n = len(starts)
    after, before = [*ends, last[0]], [*starts, last[1]]
    follows = np.zeros((n + 2, n + 2), dtype=np.bool_)
    for i, node in enumerate(after):
        for j, other in enumerate(before):
            row, column = (i if i < n else n), (j if j < n else n + 1)
            follows[row, column] = leads(node, other)
    return follows


def _reached(follows: BoolArray, start: int) -> BoolArray:
    reached = np.zeros(len(follows), dtype=np.bool_)
    stack = [start]
    while stack:
        for node in np.flatnonzero(follows[stack.pop()] & ~reached).tolist():
            reached[node] = True
            stack.append(node)
    return reached


def _in_order(follows: BoolArray, kept: list[int]) -> list[int]:
    """The layers, each after those that it reads."""
    ordered: list[int] = []
    left = list(kept)
    while left:
        ready = [k for k in left if not follows[left, k].any()]
        ordered += ready
        left = [k for k in left if k not in ready]
    return ordered


def _lengths(graph: BoolArray, counts: FloatArray) -> FloatArray:
    """Shortest, longest and random walk's length from each node to the last, of nodes in order: (9, nodes).

    A step counts what its node counts, once for all layers, once for convolutions and once for poolings.
    """
    n = len(graph)
    lengths = np.zeros((3, 3, n))
    for node in reversed(range(n - 1)):
        after = np.flatnonzero(graph[node])
        if len(after):
            ahead = lengths[:, :, after]
            lengths[:, :, node] = counts[:, [node]].T + np.stack(
                [ahead[0].min(axis=1), ahead[1].max(axis=1), ahead[2].mean(axis=1)]
            )
    return lengths.reshape(9, n)
