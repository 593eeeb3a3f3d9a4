"""The cells of NAS-Bench-201: four nodes, six edges, and one of five operations on each."""

from functools import cache
from itertools import product

import numpy as np

from nas_problems.array import BoolArray, IntArray
from nas_problems.space import Categorical, Codes, SearchSpace

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""Operations on an edge, in the order of their codes."""

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Edges (from, to) of the cell's four nodes, in the order of the architecture string."""


def n_parameters(Z: Codes, *, n_classes: int) -> IntArray:
    """Trained numbers of the published network with a cell: 16, 32 and 64 channels in three stages of five cells.

    Args:
        Z: Codes of ``SPACE``, shape (n, 6).
        n_classes: Classes of the image set.

    Returns:
        Shape (n,).

    >>> n_parameters(np.array([[3, 3, 3, 1, 3, 2]]), n_classes=10).tolist()
    [1073466]
    """
    n_conv1, n_conv3 = _count(Z, "nor_conv_1x1"), _count(Z, "nor_conv_3x3")
    return 72_656 + 65 * n_classes + 28_000 * n_conv1 + 243_040 * n_conv3


def flops(Z: Codes, *, n_classes: int, n_pixels: int = 32 * 32) -> IntArray:
    """Multiply-adds for one image in the published network with a cell; the publication calls them FLOPs.

    Args:
        Z: Codes of ``SPACE``, shape (n, 6).
        n_classes: Classes of the image set.
        n_pixels: Pixels of an image: 32 x 32 for CIFAR, 16 x 16 for ImageNet16-120.

    Returns:
        Shape (n,).

    >>> flops(np.array([[0, 0, 0, 0, 0, 0], [3, 3, 3, 3, 3, 3]]), n_classes=10).tolist()
    [7783050, 220119690]
    """
    n_conv1, n_conv3 = _count(Z, "nor_conv_1x1"), _count(Z, "nor_conv_3x3")
    return n_pixels * (7_600 + 3_840 * (n_conv1 + 9 * n_conv3)) + 65 * n_classes


def _count(Z: Codes, operation: str) -> IntArray:
    counted: IntArray = (SPACE.check(Z) == OPERATIONS.index(operation)).sum(axis=1)
    return counted


def is_connected(Z: Codes) -> BoolArray:
    """Whether anything but ``none`` leads from a cell's input to its output, shape (n,).

    The 341 cells without such a path say the same class for every image. Measured latencies of theirs are close to
    zero where a compiler removes what does nothing, and would set the bounds of a front.

    >>> is_connected(np.array([[3, 3, 3, 1, 3, 2], [3, 3, 3, 0, 0, 0]])).tolist()
    [True, False]
    """
    codes = SPACE.check(Z)
    reached = np.zeros((len(codes), 4), dtype=np.bool_)
    reached[:, 0] = True
    for (start, end), operations in zip(EDGES, codes.T, strict=True):
        reached[:, end] |= reached[:, start] & (operations != OPERATIONS.index("none"))
    return reached[:, 3]


@cache
def _representatives() -> IntArray:
    """For every cell's index the smallest index of a cell that computes the same function, (15625,).

    What a node computes is a string that is equal for nodes known to be isomorphic. Its terms are sorted as texts but
    nested sums are not taken apart, so the exact form matters: it gives the published count of 6,466 distinct cells.

    Source: dong2020, section 2.
    """
    first: dict[str, int] = {}
    indices: list[int] = []
    for one in OPERATIONS:
        node_1 = _term("0", one)
        for two, three in product(OPERATIONS, repeat=2):
            node_2 = "+".join(sorted((_term("0", two), _term(node_1, three))))
            inputs = [[_term(node, operation) for operation in OPERATIONS] for node in ("0", node_1, node_2)]
            for terms in product(*inputs):
                indices.append(first.setdefault("+".join(sorted(terms)), len(indices)))
    return np.array(indices)


def _term(node: str, operation: str) -> str:
    """What an edge adds: ``none``, and any edge from a node whose only input is zero, contributes zero."""
    if operation == "none" or node == "#":
        return "#"
    return node if operation == "skip_connect" else f"({node})@{operation}"


def _canonical(Z: Codes) -> Codes:
    indices = np.ravel_multi_index(tuple(Z.T), (5,) * 6)
    return np.stack(np.unravel_index(_representatives()[indices], (5,) * 6), axis=1).astype(np.int64)


SPACE = SearchSpace(
    tuple(Categorical(f"edge_{start}_{end}", OPERATIONS) for start, end in EDGES), canonical_form=_canonical
)
"""The cell space; its canonical form knows that 6,466 cells are distinct."""


def architecture_strings(Z: Codes) -> list[str]:
    """Codes of ``SPACE`` to the strings of the NAS-Bench-201 interface.

    >>> architecture_strings(np.array([[3, 3, 3, 1, 3, 2]]))
    ['|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|']
    """
    strings = []
    for code in SPACE.check(Z).tolist():
        edges = [f"{OPERATIONS[op]}~{start}" for op, (start, _) in zip(code, EDGES, strict=True)]
        strings.append(f"|{edges[0]}|+|{edges[1]}|{edges[2]}|+|{edges[3]}|{edges[4]}|{edges[5]}|")
    return strings


def codes_of(strings: list[str]) -> Codes:
    """The inverse of ``architecture_strings``.

    Raises:
        ValueError: A string that is not an architecture string.
    """
    codes = []
    for text in strings:
        edges = [edge.rpartition("~") for edge in text.replace("+", "").split("|") if edge]
        if [start for _, _, start in edges] != [str(start) for start, _ in EDGES]:
            raise ValueError(f"strings: wanted '|op~0|+|op~0|op~1|+|op~0|op~1|op~2|', found {text!r}")
        unknown = [operation for operation, _, _ in edges if operation not in OPERATIONS]
        if unknown:
            raise ValueError(f"strings: wanted operations of {OPERATIONS}, found {unknown} in {text!r}")
        codes.append([OPERATIONS.index(operation) for operation, _, _ in edges])
    return np.array(codes, dtype=np.int64).reshape(-1, len(EDGES))
