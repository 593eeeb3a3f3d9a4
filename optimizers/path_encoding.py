"""The path encoding of cells whose operations stand on the edges of a directed graph."""

import re
from collections.abc import Iterator, Mapping

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.parameter import Categorical
from nas_problems.space import Codes, SearchSpace

_EDGE = re.compile(r"edge_(\d+)_(\d+)")

_MAX_COLUMNS = 200


class PathEncoding:
    """One 0/1 column per sequence of operations that a path from the first node to the last can have.

    A cell is a space with one categorical parameter ``edge_<from>_<to>`` per edge and the same operations
    on each. Paths over different nodes share the columns of their operations. Where there would be more
    than 200 columns, the longest paths are left out.

    Args:
        space: The space of a cell, or a relabelling of it.

    Raises:
        ValueError: The parameters are not those of a cell.

    >>> space = SearchSpace(tuple(Categorical(f"edge_{edge}", ("conv", "pool")) for edge in ("0_1", "0_2", "1_2")))
    >>> PathEncoding(space)(np.array([[0, 1, 0]]))  # conv, pool; conv-conv, conv-pool, pool-conv, pool-pool
    array([[0., 1., 1., 0., 0., 0.]])

    Source: white2021bananas, section 3.
    """

    def __init__(self, space: SearchSpace) -> None:
        columns, operations = _cell(space)
        n = len(operations)
        by_length: dict[int, list[list[int]]] = {}
        for path in _paths(columns, min(start for start, _ in columns), max(end for _, end in columns)):
            by_length.setdefault(len(path), []).append(path)
        if not by_length:
            raise ValueError("space: wanted a path from the first node to the last, found none")
        self.n_columns = 0
        self._paths: list[tuple[int, list[int]]] = []  # first of its columns, its parameters
        for length, paths in sorted(by_length.items()):
            if self._paths and self.n_columns + n**length > _MAX_COLUMNS:
                break
            self._paths += [(self.n_columns, path) for path in paths]
            self.n_columns += n**length
        self._operations = np.array([[operations.index(choice) for choice in p.choices] for p in _edges(space)])

    def __call__(self, Z: Codes) -> FloatArray:
        """Encode codes (n, d), shape (n, n_columns)."""
        operations = self._operations[np.arange(Z.shape[1]), Z]
        encoded = np.zeros((len(Z), self.n_columns))
        for first, path in self._paths:
            place = np.zeros(len(Z), dtype=np.int64)
            for column in path:
                place = place * self._operations.shape[1] + operations[:, column]
            encoded[np.arange(len(Z)), first + place] = 1.0
        return encoded


def is_cell(space: SearchSpace) -> bool:
    """Whether a space has a path encoding."""
    try:
        PathEncoding(space)
    except ValueError:
        return False
    return True


def _edges(space: SearchSpace) -> list[Categorical]:
    return [parameter for parameter in space.parameters if isinstance(parameter, Categorical)]


def _cell(space: SearchSpace) -> tuple[Mapping[tuple[int, int], int], list[object]]:
    """Edge -> parameter, and the operations that all edges have."""
    edges = _edges(space)
    names = [_EDGE.fullmatch(edge.name) for edge in edges]
    operations = sorted(edges[0].choices, key=str) if edges else []
    is_same = all(sorted(edge.choices, key=str) == operations for edge in edges)
    columns = {(int(name[1]), int(name[2])): j for j, name in enumerate(names) if name}
    if not is_same or not len(columns) == space.n_parameters == len(edges):
        raise ValueError(f"space: wanted parameters edge_<from>_<to> with the same operations, found {space.names}")
    return columns, list(operations)


def _paths(columns: Mapping[tuple[int, int], int], node: int, last: int) -> Iterator[list[int]]:
    """The parameters along every path from a node to the last one; edges lead to higher nodes."""
    if node == last:
        yield []
    for (start, end), column in sorted(columns.items()):
        if start == node < end:
            yield from ([column, *rest] for rest in _paths(columns, end, last))
