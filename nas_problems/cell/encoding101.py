"""Encodings of NAS-Bench-101 cells that papers use besides the 26 codes of ``SPACE``.

``optimizers.path_encoding`` has the path encoding, ``optimizers.expanded_adjacency`` the entries of the 17 x 17
matrix that can differ from zero, for any space of cells. Those here go by the published form of a cell, so that
they are bit for bit those of the authors.
"""

import numpy as np

from nas_problems.array import BoolArray, IntArray
from nas_problems.cell.graph101 import EDGES, N_VERTICES, OPERATIONS
from nas_problems.cell.index101 import N_OPERATIONS, CellIndex, pruned_edges
from nas_problems.cell.published101 import published_forms

N_NAMED = 17
"""Named vertices: input, five times conv1x1, conv3x3 and maxpool, output."""

_FIRST_NAME = {"conv1x1-bn-relu": 1, "conv3x3-bn-relu": 6, "maxpool3x3": 11}


def matrix_places(index: CellIndex, rows: IntArray | None = None) -> IntArray:
    """Where each edge of the published form is in the flattened 17 x 17 matrix of named vertices.

    The k-th vertex with an operation has that operation's k-th name.

    Args:
        index: All cells.
        rows: Numbers of cells, (n,); None: all.

    Returns:
        A number in 0 ... 288 per edge of ``EDGES``, -1 where the edge is not there; shape (n, 21).

    Source: traore2021, section 4.2, and the authors' ``encode_matrix``.
    """
    edges, operations = published_forms(index, rows)
    _, kept = pruned_edges(edges)
    n = len(edges)
    names = np.zeros((n, N_VERTICES), dtype=np.int64)
    names[:, -1] = N_NAMED - 1
    used = np.zeros((n, len(OPERATIONS)), dtype=np.int64)
    first = np.array([_FIRST_NAME[operation] for operation in OPERATIONS])
    for vertex in range(1, N_VERTICES - 1):
        label = operations // len(OPERATIONS) ** (N_VERTICES - 2 - vertex) % len(OPERATIONS)
        names[:, vertex] = first[label] + used[np.arange(n), label]
        used[np.arange(n), label] += kept >> (vertex - 1) & 1
    places = np.full((n, len(EDGES)), -1)
    for i, (start, end) in enumerate(EDGES):
        is_there = (edges >> (len(EDGES) - 1 - i) & 1) != 0
        places[is_there, i] = names[is_there, start] * N_NAMED + names[is_there, end]
    return places


def expanded_matrices(index: CellIndex, rows: IntArray) -> BoolArray:
    """The footprint paper's code: the adjacency matrix of 17 named vertices, (n, 289); different for all cells.

    Source: traore2021, section 4.2.
    """
    places = matrix_places(index, rows)
    bits = np.zeros((len(places), N_NAMED**2), dtype=np.bool_)
    row, column = np.nonzero(places >= 0)
    bits[row, places[row, column]] = True
    return bits


def upper_triangles(index: CellIndex, rows: IntArray) -> BoolArray:
    """What the authors' released code keeps of ``expanded_matrices``: the strict upper triangle, (n, 136).

    An edge from a name to an earlier one (from a conv3x3 to a conv1x1) is lost: 357,721 cells lose some, and 227,608
    codes are left for 423,624 cells.
    """
    matrix = expanded_matrices(index, rows).reshape(-1, N_NAMED, N_NAMED)
    return np.asarray(matrix[:, *np.triu_indices(N_NAMED, k=1)])


def edge_lists(index: CellIndex, rows: IntArray) -> IntArray:
    """The categorical adjacency encoding: the numbers of the edges that are there, ascending, -1 after the last,
    (n, 9), then the five operations; of the canonical form.

    Source: white2020encodings, section 3.
    """
    edges, operations = np.divmod(index.codes[rows].astype(np.int64), N_OPERATIONS)
    is_there = (edges[:, None] >> np.arange(len(EDGES))[::-1] & 1) != 0
    numbers = np.sort(np.where(is_there, np.arange(len(EDGES)), len(EDGES)), axis=1)[:, :9]
    digits = operations[:, None] // len(OPERATIONS) ** np.arange(N_VERTICES - 2)[::-1] % len(OPERATIONS)
    return np.concatenate([np.where(numbers < len(EDGES), numbers, -1), digits], axis=1)
