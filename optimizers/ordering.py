"""From best to worst, for one objective and for several."""

import numpy as np

from nas_problems.array import FloatArray, IntArray


def best_first(y: FloatArray) -> IntArray:
    """Numbers of rows from best to worst; equal ones in their order.

    Several objectives are ordered as in NSGA-II: by nondominated rank, and within a rank by crowding distance.

    Args:
        y: Minimised values, shape (n,) or (n, m).

    Returns:
        Shape (n,).

    Source: deb2002.

    >>> best_first(np.array([3.0, 1.0, 3.0])).tolist()
    [1, 0, 2]
    >>> best_first(np.array([[1.0, 1.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0]])).tolist()
    [1, 3, 0, 2]
    """
    if y.ndim == 1:
        return np.argsort(y, kind="stable")
    import moocore

    rank = np.asarray(moocore.pareto_rank(y)) if len(y) else np.zeros(0, np.int64)
    crowding = np.empty(len(y))
    for level in np.unique(rank):
        rows = np.flatnonzero(rank == level)
        crowding[rows] = crowding_distances(y[rows])
    return np.lexsort((-crowding, rank))


def crowding_distances(Y: FloatArray) -> FloatArray:
    """Sum over the objectives of the gap between the two neighbours of each row, in units of the range.

    Args:
        Y: Rows that do not dominate each other, shape (n, m).

    Returns:
        Shape (n,); ``inf`` for the ends of an objective. A constant objective adds nothing but its ends.

    Source: deb2002, section III-B.

    >>> crowding_distances(np.array([[0.0, 4.0], [1.0, 3.0], [4.0, 0.0]])).tolist()
    [inf, 2.0, inf]
    """
    distances = np.zeros(len(Y))
    for column in Y.T:
        order = np.argsort(column, kind="stable")
        span = column[order[-1]] - column[order[0]]
        distances[order[[0, -1]]] = np.inf
        if span > 0:
            distances[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / span
    return distances
