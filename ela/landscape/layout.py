"""Where to draw the nodes of a search tree or a network of optima."""

import math

import numpy as np

from ela.landscape.graph import NodeArray
from ela.landscape.local_search import LocalSearch
from nas_problems.array import FloatArray, IntArray


def tree_layout(search: LocalSearch, root: int) -> tuple[NodeArray, FloatArray]:
    """Radial positions of all starts that end in one local optimum.

    The optimum lies in the middle, nodes at k steps from it on the k-th circle; every subtree owns a
    sector in proportion to its leaves.

    Args:
        search: Local search from every node.
        root: A local optimum.

    Returns:
        Node numbers, shape (m,), the root first, each after its successor; and their positions (m, 2)
        on circles of radius 0, 1, 2, ...

    Raises:
        ValueError: A node that is not a local optimum.

    Source: white2021, figure 4.1.
    """
    if search.successor[root] != root:
        raise ValueError(f"root: wanted a local optimum, found node {root}")
    basin = np.flatnonzero(search.optimum == root).astype(np.int32)
    nodes: NodeArray = basin[np.argsort(search.n_steps[basin], kind="stable")]
    place = {int(node): i for i, node in enumerate(nodes)}
    parent = [place[int(node)] for node in search.successor[nodes]]
    leaves = _count_leaves(parent)
    start = np.zeros(len(nodes))
    taken = np.zeros(len(nodes))
    for i in range(1, len(nodes)):
        start[i] = start[parent[i]] + taken[parent[i]]
        taken[parent[i]] += leaves[i]
    angle = 2 * math.pi * (start + leaves / 2) / leaves[0]
    radius = search.n_steps[nodes].astype(np.float64)
    return nodes, np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _count_leaves(parent: list[int]) -> IntArray:
    """Leaves below each node (a leaf has one); children come after their parents."""
    below = np.zeros(len(parent), dtype=np.int64)
    for i in range(len(parent) - 1, 0, -1):
        below[i] = max(below[i], 1)
        below[parent[i]] += below[i]
    below[0] = max(below[0], 1)
    return below


def scaled_positions(distance: FloatArray) -> FloatArray:
    """Classical multidimensional scaling: points in the plane whose distances are about the given ones.

    Args:
        distance: Distances between m points, shape (m, m).

    Returns:
        Positions, shape (m, 2), centred; signs are fixed so that the result is always the same.

    Raises:
        ValueError: A matrix that is not square.
    """
    m = len(distance)
    if distance.shape != (m, m):
        raise ValueError(f"distance: wanted a square matrix, found shape {distance.shape}")
    centring = np.eye(m) - 1.0 / max(m, 1)
    values, vectors = np.linalg.eigh(-0.5 * centring @ (distance**2) @ centring)
    largest = np.argsort(values)[::-1][:2]
    positions = np.zeros((m, 2))
    for axis, i in enumerate(largest):
        vector = vectors[:, i] * math.copysign(1.0, vectors[np.argmax(np.abs(vectors[:, i])), i])
        positions[:, axis] = vector * math.sqrt(max(values[i], 0.0))
    return positions
