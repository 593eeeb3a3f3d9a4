"""What a model can be told of cells of DARTS besides their code: operations, depths, edges from the inputs."""

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.parameter import Codes
from nas_problems.supernet.space import DARTS

_N_OPERATIONS = len(DARTS.operations) - 1


def cell_features(Z: Codes) -> FloatArray:
    """The expanded canonical code; of both cells: edges with each operation, longest path, edges from the inputs.

    Args:
        Z: Codes of ``DARTS.space``, (n, 32).

    Returns:
        Shape (n, columns).
    """
    codes = DARTS.space.canonical(Z)
    n, n_kinds, n_edges = len(codes), len(DARTS.kinds), 2 * DARTS.n_nodes
    starts = codes[:, 0::2].reshape(n, n_kinds, n_edges)
    operations = codes[:, 1::2].reshape(n, n_kinds, n_edges)
    counts = [(operations == number).sum(axis=2) for number in range(_N_OPERATIONS)]
    depth = np.zeros((n, n_kinds, DARTS.n_inputs + DARTS.n_nodes), dtype=np.int64)
    for edge in range(n_edges):
        node = DARTS.n_inputs + edge // 2
        before = np.take_along_axis(depth, starts[:, :, edge : edge + 1], axis=2)[:, :, 0]
        depth[:, :, node] = np.maximum(depth[:, :, node], before + 1)
    columns = [*counts, depth.max(axis=2), (starts < DARTS.n_inputs).sum(axis=2)]
    return np.concatenate([DARTS.space.one_hot(codes), *columns], axis=1).astype(np.float64)
