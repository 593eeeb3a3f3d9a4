"""Cells as graphs: where in a space's expanded code the edges and labels of their vertices are."""

from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.cell import graph101, graph201
from nas_problems.space import SearchSpace

NEVER, ALWAYS = -2, -1
"""In place of a column: 0 and 1 in every cell."""


@dataclass(frozen=True, eq=False)
class GraphPlan:
    """Columns of the expanded code, or ``NEVER`` and ``ALWAYS``.

    Args:
        edges: Of the edge from one vertex to another, (vertices, vertices).
        labels: Of each label of a vertex, (vertices, labels).
        n_columns: Columns of the expanded code; what is behind them belongs to no vertex.
    """

    edges: IntArray
    labels: IntArray
    n_columns: int

    def read(self, X: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Labels (n, vertices, labels), edges (n, vertices, vertices), and the columns behind the code, (n, others)."""
        code = np.zeros((len(X), self.n_columns + 2))
        code[:, : self.n_columns] = X[:, : self.n_columns]
        code[:, ALWAYS] = 1.0
        return code[:, self.labels], code[:, self.edges], X[:, self.n_columns :]


def graph_plan(space: SearchSpace) -> GraphPlan | None:
    """How to read the cells of a space as graphs; None where it has none that is known here.

    Cells of NAS-Bench-101 have operations on their vertices. Those of NAS-Bench-201 have them on their edges, which are
    vertices here, each with an edge to those that begin where it ends.
    """
    names = tuple(space.names)
    if names == tuple(graph101.SPACE.names):
        return _plan101()
    if names == tuple(graph201.SPACE.names):
        return _plan201()
    return None


def has_graph(space: SearchSpace) -> bool:
    """Whether ``graph_plan`` knows the space."""
    return graph_plan(space) is not None


def _plan101() -> GraphPlan:
    n, n_edges, n_operations = graph101.N_VERTICES, len(graph101.EDGES), len(graph101.OPERATIONS)
    edges = np.full((n, n), NEVER)
    for number, (start, end) in enumerate(graph101.EDGES):
        edges[start, end] = 2 * number + 1  # behind the column that says that it is not there
    labels = np.full((n, n_operations + 2), NEVER)
    for vertex in range(1, n - 1):
        first = 2 * n_edges + n_operations * (vertex - 1)
        labels[vertex, :n_operations] = np.arange(first, first + n_operations)
    labels[0, -2] = labels[-1, -1] = ALWAYS
    return GraphPlan(edges, labels, 2 * n_edges + n_operations * (n - 2))


def _plan201() -> GraphPlan:
    n_edges, n_operations = len(graph201.EDGES), len(graph201.OPERATIONS)
    ends = [(-1, 0), *graph201.EDGES, (graph201.EDGES[-1][1], -1)]  # input, edges, output
    edges = np.full((n_edges + 2, n_edges + 2), NEVER)
    for i, (_, end) in enumerate(ends[:-1]):
        for j, (start, _) in enumerate(ends):
            if end == start:
                edges[i, j] = ALWAYS
    labels = np.full((n_edges + 2, n_operations + 2), NEVER)
    for number in range(n_edges):
        labels[number + 1, :n_operations] = np.arange(n_operations * number, n_operations * (number + 1))
    labels[0, -2] = labels[-1, -1] = ALWAYS
    return GraphPlan(edges, labels, n_operations * n_edges)
