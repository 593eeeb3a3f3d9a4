"""What the published networks of NAS-Bench-101 cost, in closed form: trainable parameters and FLOPs of all cells."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nas_problems.array import BoolArray, IntArray
from nas_problems.cell.graph101 import EDGES, N_VERTICES, OPERATIONS
from nas_problems.cell.index101 import CellIndex
from nas_problems.cell.published101 import published_forms

_WIDTH, _N_CELLS, _N_STACKS = 128, 3, 3  # ying2019, section 2.2
_IMAGE, _CHANNELS, _CLASSES = 32, 3, 10  # CIFAR-10
_CONV3, _CONV1 = OPERATIONS.index("conv3x3-bn-relu"), OPERATIONS.index("conv1x1-bn-relu")


@dataclass(frozen=True, eq=False)
class Costs101:
    """Costs of the published network on CIFAR-10 (three stacks of three cells, 128 channels at first).

    Args:
        n_parameters: Trainable parameters, (cells,).
        flops: Floating point operations of a forward pass of one image, two per multiplication of a convolution
            or matrix product and nothing for the rest, (cells,).
    """

    n_parameters: IntArray
    flops: IntArray


def vertex_channels(n_in: int, n_out: int, adjacency: IntArray) -> list[int]:
    """Channels of every vertex: those before the output share its channels, the rest of the division
    goes to the first ones; an inner vertex has as many as the widest vertex that it feeds.

    Source: ying2019, section 2.1 and the released code's ``compute_vertex_channels``.
    """
    n = len(adjacency)
    channels = [n_in] + [0] * (n - 2) + [n_out]
    if n == 2:
        return channels
    into_output = (np.flatnonzero(adjacency[1:-1, -1]) + 1).tolist()
    share, rest = divmod(n_out, len(into_output)) if into_output else (n_out, 0)
    for position, vertex in enumerate(into_output):
        channels[vertex] = share + (position < rest)
    for vertex in range(n - 3, 0, -1):
        if not adjacency[vertex, -1]:
            channels[vertex] = max(channels[other] for other in range(vertex + 1, n - 1) if adjacency[vertex, other])
    return channels


def costs(index: CellIndex) -> Costs101:
    """The costs of all cells, in the order of their numbers.

    Every convolution from a to b channels with k x k weights has k k a b + 2 b parameters, two of them per channel
    for batch normalization, and takes 2 k k a b operations per pixel.
    """
    edges, operations = published_forms(index)
    shapes, shape = np.unique(edges, return_inverse=True)
    fixed, per_vertex = _of_shapes(shapes)
    total = fixed[shape] + _ends()
    digits = operations[:, None] // len(OPERATIONS) ** np.arange(N_VERTICES - 2)[::-1] % len(OPERATIONS)
    for operation, of_vertices in per_vertex.items():
        for vertex in range(N_VERTICES - 2):
            is_chosen = digits[:, vertex] == operation
            total[is_chosen] += of_vertices[shape[is_chosen], vertex]
    return Costs101(n_parameters=total[:, 0], flops=total[:, 1])


def _of_shapes(shapes: IntArray) -> tuple[IntArray, dict[int, IntArray]]:
    """Parameters and FLOPs of all cells of networks with these sets of edges.

    Args:
        shapes: Edges as numbers, (shapes,).

    Returns:
        Of the projections, (shapes, 2); and of each convolution at every inner vertex, zero at unused ones, (shapes,
        vertices, 2).
    """
    matrix = np.zeros((len(shapes), N_VERTICES, N_VERTICES), dtype=np.bool_)
    for i, (start, end) in enumerate(EDGES):
        matrix[:, start, end] = shapes >> (len(EDGES) - 1 - i) & 1
    fixed = np.zeros((len(shapes), 2), dtype=np.int64)
    kernels = {_CONV3: 3, _CONV1: 1}
    per_vertex = {name: np.zeros((len(shapes), N_VERTICES - 2, 2), dtype=np.int64) for name in kernels}
    for n_in, n_out, pixels in _cells():
        channels = _channels(matrix, n_out)
        fixed += (_convolution(1, n_in, channels, pixels) * matrix[:, 0, 1:, None]).sum(axis=1)
        inner = channels[:, :-1]
        for name, kernel in kernels.items():
            per_vertex[name] += _convolution(kernel, inner, inner, pixels)
    return fixed, per_vertex


def _channels(matrix: BoolArray, n_out: int) -> IntArray:
    """``vertex_channels`` of many graphs at once, for all vertices but the input and 0 for unused ones, (graphs, 6).

    Args:
        matrix: Pruned graphs, (graphs, vertices, vertices); unused vertices have no edge.
        n_out: Output channels.
    """
    into_output = matrix[:, 1:-1, -1]
    n_into = into_output.sum(axis=1, keepdims=True)
    share, rest = np.divmod(n_out, np.maximum(n_into, 1))
    channels = np.where(into_output, share + (np.cumsum(into_output, axis=1) <= rest), 0)
    for vertex in range(N_VERTICES - 3, 0, -1):  # column k is vertex k + 1
        fed = np.where(matrix[:, vertex, vertex + 1 : -1], channels[:, vertex:], 0).max(axis=1, initial=0)
        channels[:, vertex - 1] = np.where(into_output[:, vertex - 1], channels[:, vertex - 1], fed)
    return np.concatenate([channels, np.full((len(matrix), 1), n_out)], axis=1)


def _cells() -> list[tuple[int, int, int]]:
    """Channels in and out and pixels of every cell of the network."""
    widths = [_WIDTH << stack for stack in range(_N_STACKS) for _ in range(_N_CELLS)]
    pixels = [(_IMAGE >> stack) ** 2 for stack in range(_N_STACKS) for _ in range(_N_CELLS)]
    return [(a, b, n) for (a, b), n in zip(pairwise([_WIDTH, *widths]), pixels, strict=True)]


def _ends() -> IntArray:
    """Parameters and FLOPs of the stem and the head."""
    last = _WIDTH << (_N_STACKS - 1)
    stem = _convolution(3, _CHANNELS, _WIDTH, _IMAGE**2)
    head = np.array([(last + 1) * _CLASSES, 2 * last * _CLASSES])
    return np.asarray(stem + head)


def _convolution(kernel: int, n_in: int | IntArray, n_out: int | IntArray, pixels: int) -> IntArray:
    """Parameters and FLOPs along a last axis."""
    weights = np.asarray(kernel * kernel * n_in * n_out)
    return np.stack([weights + 2 * np.asarray(n_out), 2 * weights * pixels], axis=-1)
