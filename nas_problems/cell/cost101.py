"""What the published networks of NAS-Bench-101 cost, in closed form: trainable parameters and FLOPs of all cells."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nas_problems.array import IntArray
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
    of_shape = [_Shape.of(int(number)) for number in shapes]
    fixed = np.array([one.fixed for one in of_shape])[shape]
    total = fixed + _ends()
    digits = operations[:, None] // len(OPERATIONS) ** np.arange(N_VERTICES - 2)[::-1] % len(OPERATIONS)
    for operation, name in ((_CONV3, "conv3"), (_CONV1, "conv1")):
        per_vertex = np.array([getattr(one, name) for one in of_shape])  # (shapes, vertices, 2)
        for vertex in range(N_VERTICES - 2):
            is_chosen = digits[:, vertex] == operation
            total[is_chosen] += per_vertex[shape[is_chosen], vertex]
    return Costs101(n_parameters=total[:, 0], flops=total[:, 1])


@dataclass(frozen=True)
class _Shape:
    """Parameters and FLOPs of all cells of a network with these edges: of the projections, and of a convolution
    at every inner vertex, zero at unused ones.
    """

    fixed: IntArray
    conv3: IntArray
    conv1: IntArray

    @classmethod
    def of(cls, number: int) -> "_Shape":
        matrix = np.zeros((N_VERTICES, N_VERTICES), dtype=np.int64)
        for i, edge in enumerate(EDGES):
            matrix[edge] = number >> (len(EDGES) - 1 - i) & 1
        kept = np.flatnonzero(matrix.any(axis=0) | matrix.any(axis=1))
        adjacency = matrix[np.ix_(kept, kept)]
        fixed = np.zeros(2, dtype=np.int64)
        conv3, conv1 = np.zeros((2, N_VERTICES - 2, 2), dtype=np.int64)
        for n_in, n_out, pixels in _cells():
            channels = vertex_channels(n_in, n_out, adjacency)
            for vertex, width in zip(kept[1:].tolist(), channels[1:], strict=True):
                if matrix[0, vertex]:
                    fixed += _convolution(1, n_in, width, pixels)
                if vertex < N_VERTICES - 1:
                    conv3[vertex - 1] += _convolution(3, width, width, pixels)
                    conv1[vertex - 1] += _convolution(1, width, width, pixels)
        return cls(fixed, conv3, conv1)


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


def _convolution(kernel: int, n_in: int, n_out: int, pixels: int) -> IntArray:
    weights = kernel * kernel * n_in * n_out
    return np.array([weights + 2 * n_out, 2 * weights * pixels])
