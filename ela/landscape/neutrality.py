"""Neutrality: how many neighbours have practically the same fitness."""

import numpy as np

from ela.landscape.check import check_fitness
from ela.landscape.graph import Graph
from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.checked import checked


def is_neutral(change: FloatArray, tolerance: float) -> BoolArray:
    """Whether changes of fitness are below a tolerance; none at all is neutral whatever the tolerance.

    >>> is_neutral(np.array([0.0, -0.5]), 0.0)
    array([ True, False])
    """
    return np.asarray((np.abs(change) < tolerance) | (change == 0))


@checked
def neutrality_degree(graph: Graph, y: FloatArray, *, tolerance: float) -> IntArray:
    """Number of neutral neighbours of every node.

    ``N_d(x) = |{x' in N(x) : |f(x') - f(x)| < epsilon}|``

    Args:
        graph: The neighbour graph.
        y: Fitness of each node, (n,).
        tolerance: epsilon, in units of fitness; the paper takes ``maxfitness / 40``. Equal values are neutral
            even where that is 0.

    Returns:
        Counts, shape (n,).

    Raises:
        ValueError: A tolerance that is negative or not finite, or see ``check_fitness``.

    Source: traore2023malfunction, section 2.
    """
    if not 0 <= tolerance < np.inf:
        raise ValueError(f"tolerance: wanted a finite number >= 0, found {tolerance}")
    y = check_fitness(y, len(graph))
    return graph.count_neighbours(y, lambda change: is_neutral(change, tolerance))


@checked
def neutrality(graph: Graph, y: FloatArray, *, tolerance: float) -> float:
    """Share of neighbour pairs that are neutral, in [0, 1]; NaN where no node has neighbours.

    The degrees' sum over the number of neighbours, so that graphs of different degree compare.
    """
    total = int(graph.degree.sum())
    return float(neutrality_degree(graph, y, tolerance=tolerance).sum()) / total if total else float("nan")
