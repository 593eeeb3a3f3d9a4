"""The cells of NAS-Bench-101: graphs of at most seven vertices and nine edges, with operations on the vertices."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np

from nas_problems.array import BoolArray, IntArray
from nas_problems.parameter import Config
from nas_problems.space import Categorical, Codes, SearchSpace

OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
"""Operations of inner vertices, by their published names."""

N_VERTICES = 7
MAX_EDGES = 9

EDGES = tuple((start, end) for start in range(N_VERTICES) for end in range(start + 1, N_VERTICES))
"""Edges (from, to) of the vertices, vertex 0 the input and vertex 6 the output: the upper triangle by rows."""

_STARTS, _ENDS = (np.array(ends) for ends in zip(*EDGES, strict=True))
_CHUNK = 4096  # cells relabelled at once: 120 x 26 codes each


@dataclass(frozen=True)
class Graph101:
    """A pruned cell: vertex 0 is the input, the last one the output.

    Args:
        adjacency: Strictly upper triangular 0/1 matrix, (vertices, vertices).
        operations: Of the inner vertices, in order.
    """

    adjacency: IntArray
    operations: tuple[str, ...]

    @classmethod
    def pruned(cls, adjacency: object, operations: Sequence[str]) -> "Graph101":
        """Remove all vertices that do not lie on a path from input to output.

        Args:
            adjacency: Strictly upper triangular 0/1 matrix, (vertices, vertices), of 2 ... 7 vertices.
            operations: One per inner vertex.

        Raises:
            ValueError: Not such a matrix, an unknown operation, no path from input to output, or more
                than nine edges after pruning: such a cell is not in the search space.

        Source: ying2019, section 2.1.
        """
        matrix = np.asarray(adjacency, dtype=np.int64)
        n = len(matrix)
        if (
            matrix.shape != (n, n)
            or not 2 <= n <= N_VERTICES
            or np.tril(matrix).any()
            or not np.isin(matrix, (0, 1)).all()
        ):
            raise ValueError(f"adjacency: wanted a strictly upper triangular 0/1 matrix, found {matrix.tolist()}")
        if len(operations) != n - 2 or not set(operations) <= set(OPERATIONS):
            raise ValueError(f"operations: wanted {n - 2} of {OPERATIONS}, found {tuple(operations)}")
        kept = np.flatnonzero(_on_a_path(matrix[None].astype(bool))[0])
        if not kept.size:
            raise ValueError("adjacency: no path from input to output")
        matrix = matrix[np.ix_(kept, kept)]
        if matrix.sum() > MAX_EDGES:
            raise ValueError(f"adjacency: wanted at most {MAX_EDGES} edges, found {matrix.sum()}")
        return cls(matrix, tuple(operations[i - 1] for i in kept[1:-1]))


def graph_of(config: Config) -> Graph101:
    """The pruned cell of a configuration of ``SPACE``.

    Raises:
        ValueError: See ``Graph101.pruned``.
    """
    adjacency = np.zeros((N_VERTICES, N_VERTICES), dtype=np.int64)
    adjacency[_STARTS, _ENDS] = [int(config[f"edge_{start}_{end}"]) for start, end in EDGES]
    return Graph101.pruned(adjacency, [str(config[f"operation_{vertex}"]) for vertex in range(1, N_VERTICES - 1)])


def graph_of_code(z: Codes) -> Graph101:
    """The pruned cell of one code (26,) of ``SPACE``.

    Raises:
        ValueError: See ``Graph101.pruned``.
    """
    adjacency = np.zeros((N_VERTICES, N_VERTICES), dtype=np.int64)
    adjacency[_STARTS, _ENDS] = z[: len(EDGES)]
    return Graph101.pruned(adjacency, [OPERATIONS[int(code)] for code in z[len(EDGES) :]])


def codes_of(graphs: Sequence[Graph101]) -> Codes:
    """Codes of pruned cells, (n, 26): the canonical ones."""
    Z = np.zeros((len(graphs), SPACE.n_parameters), dtype=np.int64)
    for z, graph in zip(Z, graphs, strict=True):
        n = len(graph.adjacency)
        vertices = np.array([*range(n - 1), N_VERTICES - 1])  # unused vertices stand before the output
        matrix = np.zeros((N_VERTICES, N_VERTICES), dtype=np.int64)
        matrix[np.ix_(vertices, vertices)] = graph.adjacency
        z[: len(EDGES)] = matrix[_STARTS, _ENDS]
        z[len(EDGES) : len(EDGES) + n - 2] = [OPERATIONS.index(operation) for operation in graph.operations]
    return SPACE.canonical(Z)


def _on_a_path(matrices: BoolArray) -> BoolArray:
    """Which vertices of graphs (n, v, v) lie on a path from the first to the last vertex, (n, v)."""
    v = matrices.shape[1]
    from_input, to_output = np.zeros((2, *matrices.shape[:2]), dtype=bool)
    from_input[:, 0] = to_output[:, -1] = True
    for vertex in range(1, v):
        from_input[:, vertex] = (from_input & matrices[:, :, vertex]).any(axis=1)
        other = v - 1 - vertex
        to_output[:, other] = (to_output & matrices[:, other]).any(axis=1)
    return np.asarray(from_input & to_output)


def _pruned(Z: Codes) -> tuple[BoolArray, BoolArray]:
    """Edges of pruned cells, (n, 7, 7), and their vertices, (n, 7)."""
    matrices = np.zeros((len(Z), N_VERTICES, N_VERTICES), dtype=bool)
    matrices[:, _STARTS, _ENDS] = Z[:, : len(EDGES)] != 0
    kept = _on_a_path(matrices)
    return matrices & kept[:, :, None] & kept[:, None, :], kept


def _is_valid(Z: Codes) -> BoolArray:
    matrices, kept = _pruned(Z)
    return np.asarray(kept[:, 0] & (matrices.sum(axis=(1, 2)) <= MAX_EDGES))


@cache
def _relabellings() -> tuple[IntArray, IntArray]:
    """For each order of the inner vertices where each edge and operation comes from, (120, 21) and (120, 5).

    Edges are places in the flattened (7, 7) matrix.
    """
    orders = np.array([(0, *order, N_VERTICES - 1) for order in permutations(range(1, N_VERTICES - 1))])
    return orders[:, _STARTS] * N_VERTICES + orders[:, _ENDS], orders[:, 1:-1] - 1


def _canonical(Z: Codes) -> Codes:
    return np.concatenate([_canonical_chunk(Z[i : i + _CHUNK]) for i in range(0, len(Z), _CHUNK)] or [Z])


def _canonical_chunk(Z: Codes) -> Codes:
    """The largest code, read as a number, among all relabellings of a pruned cell that keep edges upward."""
    matrices, kept = _pruned(Z)
    edges_from, operations_from = _relabellings()
    edges = matrices.reshape(len(Z), -1)[:, edges_from]
    operations = np.where(kept[:, 1:-1], Z[:, len(EDGES) :], 0)[:, operations_from]
    number = edges @ (1 << np.arange(len(EDGES))[::-1]) * len(OPERATIONS) ** 5
    number += operations @ len(OPERATIONS) ** np.arange(5)[::-1]
    is_upward = edges.sum(axis=2) == matrices.sum(axis=(1, 2))[:, None]  # an edge turned round is not among them
    chosen = np.where(is_upward, number, -1).argmax(axis=1)
    rows = np.arange(len(Z))
    return np.concatenate([edges[rows, chosen], operations[rows, chosen]], axis=1).astype(np.int64)


SPACE = SearchSpace(
    (
        *(Categorical(f"edge_{start}_{end}", (0, 1)) for start, end in EDGES),
        *(Categorical(f"operation_{vertex}", OPERATIONS) for vertex in range(1, N_VERTICES - 1)),
    ),
    validity=_is_valid,
    canonical_form=_canonical,
)
"""The cell space: 21 edges that are there or not, five operations. Valid cells have a path from input to output
and at most nine edges on such paths; what is on none has no effect. 423,624 of them are distinct.

Source: ying2019, section 2.1.
"""
