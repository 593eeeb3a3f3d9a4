"""The path encoding of cells."""

from itertools import pairwise, product

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace
from optimizers.cell import Cell, read_cell

_MAX_COLUMNS = 200


class PathEncoding:
    """One 0/1 column per sequence of operations that a path from the first vertex to the last can have.

    Paths over different vertices share the columns of their operations. Where there would be more than
    ``most_columns``, the longest paths are left out.

    Args:
        space: The space of a cell, or a relabelling of it; see ``optimizers.cell.read_cell``.
        most_columns: At most so many, but always the shortest paths.

    Raises:
        ValueError: The parameters are not those of a cell, or no path leads through it.

    >>> from nas_problems import Categorical
    >>> space = SearchSpace(tuple(Categorical(f"edge_{edge}", ("conv", "pool")) for edge in ("0_1", "0_2", "1_2")))
    >>> PathEncoding(space)(np.array([[0, 1, 0]]))  # conv, pool; conv-conv, conv-pool, pool-conv, pool-pool
    array([[0., 1., 1., 0., 0., 0.]])
    >>> PathEncoding(space).columns[1:3]
    (('pool',), ('conv', 'conv'))

    Source: white2021bananas, section 3.
    """

    def __init__(self, space: SearchSpace, *, most_columns: int = _MAX_COLUMNS) -> None:
        self._cell = read_cell(space)
        n = len(self._cell.operations)
        by_length: dict[int, list[_Path]] = {}
        for vertices in self._cell.paths():
            path = _Path(self._cell, vertices)
            by_length.setdefault(len(path.labelled), []).append(path)
        if not by_length:
            raise ValueError("space: wanted a path from the first vertex to the last, found none")
        self.n_columns = 0
        self.columns: tuple[tuple[str, ...], ...] = ()
        """The operations along the paths of each column."""
        self._paths: list[tuple[int, _Path]] = []  # with the first of its columns
        for length, paths in sorted(by_length.items()):
            if self._paths and self.n_columns + n**length > most_columns:
                break
            self._paths += [(self.n_columns, path) for path in paths]
            self.columns += tuple(product(self._cell.operations, repeat=length))
            self.n_columns = len(self.columns)

    def __call__(self, Z: Codes) -> FloatArray:
        """Encode codes (n, d), shape (n, n_columns)."""
        labels = self._cell.labels(Z)
        encoded = np.zeros((len(Z), self.n_columns))
        for first, path in self._paths:
            place = np.zeros(len(Z), dtype=np.int64)
            for column in path.labelled:
                place = place * len(self._cell.operations) + labels[:, column]
            rows = np.flatnonzero(labels[:, path.required].all(axis=1))
            encoded[rows, first + place[rows]] = 1.0
        return encoded


class _Path:
    """The columns of the operations along a path, and those of the edges that must be there."""

    def __init__(self, cell: Cell, vertices: tuple[int, ...]) -> None:
        edges = [cell.edges[edge] for edge in pairwise(vertices)]
        on_vertices = bool(cell.vertices)
        self.labelled = [cell.vertices[vertex] for vertex in vertices[1:-1]] if on_vertices else edges
        self.required = edges if on_vertices else []


def is_cell(space: SearchSpace) -> bool:
    """Whether a space has a path encoding."""
    try:
        PathEncoding(space)
    except ValueError:
        return False
    return True
