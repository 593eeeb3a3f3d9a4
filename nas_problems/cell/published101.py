"""Cells of NAS-Bench-101 as the published files write them: which of all isomorphic graphs stands for a cell.

The authors went through all matrices by their number of vertices, then by their bits column by column, then through
all labellings, and kept the first graph of every module hash. It matters in one place: where an output's channels do
not divide evenly, the first vertices get one more, so that isomorphic graphs differ in parameters by a few thousand.
"""

import numpy as np

from nas_problems.array import IntArray
from nas_problems.cell.graph101 import EDGES, N_VERTICES, OPERATIONS, Graph101
from nas_problems.cell.index101 import N_OPERATIONS, ORDERS, BitMap, CellIndex, move_table, pruned_edges, relabelling

_COLUMNS = BitMap({1 << (len(EDGES) - 1 - i): 1 << (x + y * (y - 1) // 2) for i, (x, y) in enumerate(EDGES)})


def published_forms(index: CellIndex, rows: IntArray | None = None) -> tuple[IntArray, IntArray]:
    """The published form of cells, with unused vertices before the output.

    Args:
        index: All cells.
        rows: Numbers of cells, (n,); None: all.

    Returns:
        Edges and operations as numbers, as in ``CellIndex.codes``, both (n,).

    Source: the released code's ``generate_graphs``.
    """
    codes = (index.codes if rows is None else index.codes[rows]).astype(np.int64)
    edges, operations = np.divmod(codes, N_OPERATIONS)
    shapes, shape = np.unique(edges, return_inverse=True)
    _, kept = pruned_edges(shapes)
    first = np.full(len(shapes), 1 << len(EDGES))
    forms = np.empty_like(shapes)
    labels = np.full(len(codes), N_OPERATIONS)
    for number, order in enumerate(ORDERS):
        relabel = relabelling(order)
        is_kept = np.array([kept >> (vertex - 1) & 1 for vertex in order[1:-1]])
        possible = ((shapes & relabel.lost) == 0) & (np.diff(is_kept, axis=0) <= 0).all(axis=0)
        form = relabel(shapes)
        bits = np.where(possible, _COLUMNS(form), 1 << len(EDGES))
        better, equal = bits < first, possible & (bits == first)
        first, forms = np.where(better, bits, first), np.where(better, form, forms)
        moved = move_table(np.full(len(shapes), number), kept)
        changed = np.flatnonzero((better | equal)[shape])
        relabelled = moved[shape[changed], operations[changed]]
        labels[changed] = np.where(better[shape[changed]], relabelled, np.minimum(relabelled, labels[changed]))
    return forms[shape], labels


def published_graph(index: CellIndex, row: int) -> Graph101:
    """One cell as the published files have it."""
    (edges,), (operations,) = published_forms(index, np.array([row]))
    matrix = np.zeros((N_VERTICES, N_VERTICES), dtype=np.int64)
    for i, edge in enumerate(EDGES):
        matrix[edge] = edges >> (len(EDGES) - 1 - i) & 1
    digits = operations // len(OPERATIONS) ** np.arange(N_VERTICES - 2)[::-1] % len(OPERATIONS)
    return Graph101.pruned(matrix, [OPERATIONS[digit] for digit in digits.tolist()])
