"""Cells as search spaces describe them: directed graphs with operations on the edges, or on the vertices."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nas_problems.array import IntArray
from nas_problems.parameter import Categorical
from nas_problems.space import Codes, SearchSpace

_EDGE = re.compile(r"edge_(\d+)_(\d+)")
_VERTEX = re.compile(r"operation_(\d+)")


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell's graph, and which parameters of its space say what about it; see ``read_cell``.

    Args:
        edges: Edge (from, to) -> column of its parameter.
        vertices: Inner vertex -> column of its operation's parameter; empty: operations are on the edges.
        operations: The operations, in the order of their names.
        values: What a code stands for, (d, choices): the number of an operation, or whether an edge is there.
    """

    edges: Mapping[tuple[int, int], int]
    vertices: Mapping[int, int]
    operations: tuple[str, ...]
    values: IntArray

    @property
    def first(self) -> int:
        """The vertex where all paths start."""
        return min(start for start, _ in self.edges)

    @property
    def last(self) -> int:
        """The vertex where all paths end."""
        return max(end for _, end in self.edges)

    def labels(self, Z: Codes) -> IntArray:
        """What codes (n, d) stand for, (n, d); see ``values``."""
        return np.asarray(self.values[np.arange(Z.shape[1]), Z])

    def paths(self) -> Iterator[tuple[int, ...]]:
        """The vertices of every path from the first to the last, both named."""
        yield from self._paths_from(self.first)

    def _paths_from(self, vertex: int) -> Iterator[tuple[int, ...]]:
        if vertex == self.last:
            yield (vertex,)
        for start, end in sorted(self.edges):
            if start == vertex < end:
                yield from ((vertex, *rest) for rest in self._paths_from(end))


def read_cell(space: SearchSpace) -> Cell:
    """The cell that a space, or a relabelling of it, describes.

    All parameters are categorical: ``edge_<from>_<to>`` per edge with the same operations on each, as in
    NAS-Bench-201; or ``edge_<from>_<to>`` with the choices 0 and 1, and ``operation_<vertex>`` per inner
    vertex with the same operations on each, as in NAS-Bench-101.

    Raises:
        ValueError: The parameters are not those of a cell.
    """
    edges: dict[tuple[int, int], int] = {}
    vertices: dict[int, int] = {}
    choices: list[list[str]] = []
    for column, parameter in enumerate(space.parameters):
        edge, vertex = _EDGE.fullmatch(parameter.name), _VERTEX.fullmatch(parameter.name)
        if isinstance(parameter, Categorical):
            choices.append([str(choice) for choice in parameter.choices])
            if edge:
                edges[int(edge[1]), int(edge[2])] = column
            elif vertex:
                vertices[int(vertex[1])] = column
    labelled = list((vertices or edges).values())
    is_cell = (
        len(edges) + len(vertices) == len(choices) == space.n_parameters
        and bool(edges)
        and len({tuple(sorted(choices[column])) for column in labelled}) == 1
        and (not vertices or _spans(edges, vertices, choices))
    )
    if not is_cell:
        raise ValueError(
            "space: wanted parameters edge_<from>_<to> with the same operations, or with 0 and 1 and "
            f"operation_<vertex> with the same operations, found {space.names}"
        )
    operations = sorted(choices[labelled[0]])
    values = np.zeros((space.n_parameters, max(map(len, choices))), dtype=np.int64)
    for column, listed in enumerate(choices):
        known = operations if column in labelled else ["0", "1"]
        values[column, : len(listed)] = [known.index(choice) for choice in listed]
    return Cell(edges, vertices, tuple(operations), values)


def _spans(edges: Mapping[tuple[int, int], int], vertices: Mapping[int, int], choices: list[list[str]]) -> bool:
    """Whether edges are there or not, and lead upward between two ends and the labelled vertices."""
    ends = {vertex for edge in edges for vertex in edge}
    return (
        all(sorted(choices[column]) == ["0", "1"] for column in edges.values())
        and all(start < end for start, end in edges)
        and ends - {min(ends), max(ends)} == set(vertices)
    )
