"""The expanded adjacency matrix of cells with operations on their vertices."""

import numpy as np

from nas_problems.array import BoolArray, FloatArray
from nas_problems.space import Codes, SearchSpace
from optimizers.cell import Cell, read_cell


class ExpandedAdjacency:
    """The adjacency matrix of a graph that has every inner vertex once per operation, then the operations.

    In NAS-Bench-101, five inner vertices with three operations each make, with input and output, a matrix
    of 17 x 17; the 121 entries that can differ from zero are kept, flattened by edges, and the operations
    follow as one 0/1 column per vertex and operation. Cells are encoded in their canonical form, so what
    has no effect is not seen.

    Args:
        space: The space of a cell, or a relabelling of it; see ``optimizers.cell.read_cell``.

    Raises:
        ValueError: The parameters are not those of a cell with operations on its vertices.

    Source: traore2021, section 4.2; traore2023, table 1.
    """

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._cell: Cell = read_cell(space)
        if not self._cell.vertices:
            raise ValueError(f"space: wanted parameters operation_<vertex>, found {space.names}")
        n = len(self._cell.operations)
        self._shapes = [
            tuple(n if vertex in self._cell.vertices else 1 for vertex in edge) for edge in self._cell.edges
        ]
        self.n_columns = sum(a * b for a, b in self._shapes) + n * len(self._cell.vertices)

    def __call__(self, Z: Codes) -> FloatArray:
        """Encode codes (n, d), shape (n, n_columns)."""
        labels = self._cell.labels(self._space.canonical(Z))
        one_hot = {
            vertex: labels[:, column, None] == np.arange(len(self._cell.operations))
            for vertex, column in self._cell.vertices.items()
        }
        alone: BoolArray = np.ones((len(Z), 1), dtype=bool)
        entries = [
            (
                (labels[:, column] != 0)[:, None, None]
                & one_hot.get(start, alone)[:, :, None]
                & one_hot.get(end, alone)[:, None, :]
            ).reshape(len(Z), -1)
            for (start, end), column in self._cell.edges.items()
        ]
        return np.concatenate([*entries, *one_hot.values()], axis=1).astype(np.float64)

    def decode(self, features: FloatArray) -> Codes:
        """The cells nearest to points such as means of rows: edges with a share of at least one half, and
        the operation with the largest share of every vertex.

        Args:
            features: Shape (n, n_columns).

        Returns:
            Codes, shape (n, d); they need not be valid.
        """
        labels = np.zeros((len(features), self._space.n_parameters), dtype=np.int64)
        start = 0
        for column, (rows, columns) in zip(self._cell.edges.values(), self._shapes, strict=True):
            labels[:, column] = features[:, start : start + rows * columns].sum(axis=1) >= 0.5
            start += rows * columns
        for column in self._cell.vertices.values():
            labels[:, column] = features[:, start : start + len(self._cell.operations)].argmax(axis=1)
            start += len(self._cell.operations)
        codes = np.empty_like(labels)
        for column, choices in enumerate(self._cell.values):
            n = self._space.n_choices[column]
            codes[:, column] = np.argsort(choices[:n])[labels[:, column]]  # a permutation's inverse
        return codes


def expanded_adjacency(space: SearchSpace) -> ExpandedAdjacency | None:
    """The matrix of a space of cells with operations on their vertices; None: the space is another."""
    try:
        return ExpandedAdjacency(space)
    except ValueError:
        return None
