"""The module hash of NAS-Bench-101, and the order of all cells by it.

Published files list cells by ascending hash. Hashes of all cells take two minutes to compute and 7 MB to keep;
their order takes 0.95 MB. ``python -m nas_problems.cell.hash101 FILE`` computes it anew.
"""

import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import IntArray
from nas_problems.cell.graph101 import EDGES, N_VERTICES, OPERATIONS, Graph101
from nas_problems.cell.index101 import cell_index

_BLOCK = 8  # cells in a block: their order, one of 8!, fits in 16 bits, and so does the number of a block


def module_hash(graph: Graph101) -> str:
    """The published name of a cell, equal for isomorphic ones: 32 hexadecimal digits.

    Every vertex gets the hash of its degrees and label, then as often as there are vertices the hash of its
    neighbours' hashes and its own.

    >>> module_hash(Graph101.pruned([[0, 1], [0, 0]], ()))
    '043721b9c7fe8c5fad811d47d83132ec'

    Source: ying2019, supplement S1, and the released code's ``hash_module``.
    """
    edges = [(int(start), int(end)) for start, end in np.argwhere(graph.adjacency)]
    labels = [-1, *(OPERATIONS.index(operation) for operation in graph.operations), -2]
    return _hash_of(edges, labels)


def _hash_of(edges: Sequence[tuple[int, int]], labels: Sequence[int]) -> str:
    n = len(labels)
    into: list[list[int]] = [[] for _ in range(n)]
    out_of: list[list[int]] = [[] for _ in range(n)]
    for start, end in edges:
        into[end].append(start)
        out_of[start].append(end)
    hashes = [_md5(str((len(out_of[v]), len(into[v]), labels[v]))) for v in range(n)]
    for _ in range(n):
        before = [("".join(sorted([hashes[w] for w in vertices]))) for vertices in into]
        after = [("".join(sorted([hashes[w] for w in vertices]))) for vertices in out_of]
        hashes = [_md5(f"{before[v]}|{after[v]}|{hashes[v]}") for v in range(n)]
    return _md5(str(sorted(hashes)))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def hash_of_row(row: int) -> str:
    """The module hash of a cell by its number in ``cell_index``."""
    code = cell_index().codes_of(np.array([row]))[0].tolist()
    edges = [edge for edge, is_there in zip(EDGES, code, strict=False) if is_there]
    kept = sorted({0, N_VERTICES - 1}.union(*edges))  # a canonical code has no edge off the paths
    place = {vertex: i for i, vertex in enumerate(kept)}
    labels = [-1, *(code[len(EDGES) + vertex - 1] for vertex in kept[1:-1]), -2]
    return _hash_of([(place[start], place[end]) for start, end in edges], labels)


def row_of_hash(module_hash: str) -> int:
    """The number in ``cell_index`` of the cell with a module hash.

    A binary search over the stored order, which computes 19 hashes.

    Raises:
        KeyError: No cell has this hash.
    """
    order = hash_order()
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        if hash_of_row(int(order[middle])) < module_hash:
            low = middle + 1
        else:
            high = middle
    if low < len(order) and hash_of_row(int(order[low])) == module_hash:
        return int(order[low])
    raise KeyError(f"module hash: wanted that of one of {len(order)} cells, found {module_hash!r}")


@cache
def hash_order() -> IntArray:
    """Numbers of all cells by ascending module hash, (423624,), read-only."""
    with files("nas_problems.cell").joinpath("order101.npz").open("rb") as file, np.load(file) as stored:
        order = unpack_order(stored["blocks"], stored["within"])
    order.setflags(write=False)
    return order


def pack_order(order: IntArray) -> dict[str, NDArray[np.uint16]]:
    """A permutation of 0 ... 8k - 1 in 18 bits a number, k <= 65,536: the block of eight of every number, and for
    every block which of its numbers comes first, second, ..., as a number in 0 ... 8! - 1.
    """
    ranks = np.argsort(order).reshape(-1, _BLOCK)  # of the numbers of each block
    members = np.argsort(ranks, axis=1)
    weights = np.array([(_BLOCK + 1) ** i for i in range(_BLOCK)][::-1])
    within = np.searchsorted(_block_orders() @ weights, members @ weights)
    return {"blocks": (order // _BLOCK).astype(np.uint16), "within": within.astype(np.uint16)}


def unpack_order(blocks: NDArray[np.uint16], within: NDArray[np.uint16]) -> IntArray:
    """The inverse of ``pack_order``."""
    ranks = np.argsort(blocks, kind="stable").reshape(-1, _BLOCK)  # of each block, ascending
    order = np.empty(len(blocks), dtype=np.int64)
    order[ranks] = np.arange(len(within))[:, None] * _BLOCK + _block_orders()[within]
    return order


@cache
def _block_orders() -> IntArray:
    """All orders of eight numbers, ascending, (8!, 8)."""
    return np.array(list(permutations(range(_BLOCK))))


def main() -> None:
    """Compute the hashes of all cells and write their order."""
    index = cell_index()
    hashes = [hash_of_row(row) for row in range(len(index))]
    order: dict[str, Any] = pack_order(np.argsort(np.array(hashes)))
    np.savez(sys.argv[1], **order)


if __name__ == "__main__":
    main()
