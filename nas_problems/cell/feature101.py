"""What a model can be told of a NAS-Bench-101 cell besides its code: sizes, depths and costs."""

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.cell.cost101 import Costs101
from nas_problems.cell.graph101 import EDGES, N_VERTICES, OPERATIONS, SPACE
from nas_problems.cell.index101 import CellIndex


def cell_features(index: CellIndex, rows: IntArray, costs: Costs101) -> FloatArray:
    """The expanded canonical code; vertices with each operation; edges, those of input and output, and vertices;
    the longest path, and the most 3x3 convolutions on a path; logarithms of parameters and FLOPs.

    Args:
        index: All cells.
        rows: Numbers of cells, (n,).
        costs: The costs of all cells.

    Returns:
        Shape (n, 68).
    """
    Z = index.codes_of(rows)
    n = len(Z)
    matrix = np.zeros((n, N_VERTICES, N_VERTICES), dtype=np.bool_)
    for i, (start, end) in enumerate(EDGES):
        matrix[:, start, end] = Z[:, i] != 0
    used = np.asarray(matrix.any(axis=1) | matrix.any(axis=2))
    labels = Z[:, len(EDGES) :]
    depth, convolutions = np.zeros((2, n, N_VERTICES))
    for vertex in range(1, N_VERTICES):
        into = matrix[:, :, vertex]
        own = labels[:, vertex - 1] == 0 if vertex < N_VERTICES - 1 else np.zeros(n, dtype=np.bool_)
        depth[:, vertex] = np.where(into, depth + 1, 0).max(axis=1)
        convolutions[:, vertex] = np.where(into, convolutions, 0).max(axis=1) + own
    columns = [((labels == operation) & used[:, 1:-1]).sum(axis=1) for operation in range(len(OPERATIONS))]
    columns += [matrix.sum(axis=(1, 2)), matrix[:, 0].sum(axis=1), matrix[:, :, -1].sum(axis=1), used.sum(axis=1)]
    columns += [depth[:, -1], convolutions[:, -1], np.log(costs.n_parameters[rows]), np.log(costs.flops[rows])]
    return np.concatenate([SPACE.one_hot(Z), np.stack(columns, axis=1)], axis=1)
