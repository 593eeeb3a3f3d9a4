"""All cells of NAS-Bench-101, numbered: 423,624 classes of the half billion codes, each found in a few look-ups.

Two codes are the same cell if their pruned graphs are isomorphic. Which code belongs to which cell depends on
its 21 edges first: pruning and relabelling turn every set of edges into one of a few thousand *shapes*, and move
the operations with the vertices. So four small tables answer for all 2^21 x 3^5 codes:

    edges -> shape and move;   move, operations -> operations;   shape, operations -> number of the cell
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import permutations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import BoolArray, IntArray
from nas_problems.cell.graph101 import EDGES, MAX_EDGES, N_VERTICES, OPERATIONS, SPACE
from nas_problems.datasets.cache import load_cached
from nas_problems.space import Codes, SearchSpace

N_CELLS = 423_624
"""Number of distinct cells. Source: ying2019, section 2.1."""

N_OPERATIONS = len(OPERATIONS) ** (N_VERTICES - 2)
"""Ways to label five inner vertices, 243."""

_N_EDGES = len(EDGES)
_BITS = 1 << np.arange(_N_EDGES)[::-1]  # the first edge is the highest bit
_BIT_OF = {edge: int(bit) for edge, bit in zip(EDGES, _BITS, strict=True)}
_POWERS = np.array([len(OPERATIONS) ** i for i in range(N_VERTICES - 2)][::-1])
ORDERS = tuple((0, *order, N_VERTICES - 1) for order in permutations(range(1, N_VERTICES - 1)))
_WEIGHTS = np.concatenate([_BITS << 8, _POWERS])  # edges and operations as one number
_DIGITS = bytes.maketrans(bytes(range(256)), b"012" + b"x" * 253)
_MOVE_BITS = 9  # there are 326 ways to move operations: 2^9 is enough
_FORMAT = 1  # of the cached tables

Int32Array = NDArray[np.int32]
Integers = NDArray[np.int32] | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CellIndex:
    """The numbers of all cells, 0 ... 423,623, by ascending canonical code.

    It is a ``Listing`` of the candidates of ``SPACE``.

    Args:
        shapes: Set of edges, as a number -> shape * 512 + move; -1 where no valid cell has these edges, (2^21,).
        moves: Move, operations as a number -> operations of the canonical code, (moves, 243).
        numbers: Shape, operations -> number of the cell, (shapes, 243).
        codes: Canonical code of each cell, as the number edges * 243 + operations, ascending, (cells,).
    """

    shapes: Int32Array
    moves: NDArray[np.uint8]
    numbers: Int32Array
    codes: NDArray[np.uint32]

    draws_rows: ClassVar[bool] = False
    canonical_form: ClassVar[None] = None

    def __len__(self) -> int:
        return len(self.codes)

    def __reduce__(self) -> tuple[Callable[[], "CellIndex"], tuple[()]]:
        """A copy in another process reads the tables from the cache."""
        return cell_index, ()

    def rows_of(self, Z: Codes) -> IntArray:
        """The number of the cell of each code (n, 26) of ``SPACE``, (n,); -1 where it is not valid."""
        numbers: IntArray = np.einsum("ij,j->i", Z, _WEIGHTS)
        return self.rows_of_numbers(numbers >> 8, numbers & 255)

    def rows_of_numbers(self, edges: IntArray, operations: IntArray) -> IntArray:
        """The same for edges as numbers in 0 ... 2^21-1 and operations in 0 ... 242, both (n,)."""
        packed = self.shapes[edges]
        shape, move = packed >> _MOVE_BITS, packed & ((1 << _MOVE_BITS) - 1)
        valid = packed >= 0
        if valid.all():
            return self._numbers(shape, move, operations)
        rows = np.full(len(edges), -1, dtype=np.int64)
        rows[valid] = self._numbers(shape[valid], move[valid], operations[valid])
        return rows

    def _numbers(self, shape: Int32Array, move: Int32Array, operations: IntArray) -> IntArray:
        moved = self._flat_moves[move * N_OPERATIONS + operations]
        return np.asarray(self._flat_numbers[shape * N_OPERATIONS + moved], dtype=np.int64)

    @cached_property
    def _flat_moves(self) -> Int32Array:
        return self.moves.ravel().astype(np.int32)

    @cached_property
    def _flat_numbers(self) -> Int32Array:
        return self.numbers.ravel()

    def finder(self) -> Callable[[Sequence[int]], int]:
        """See ``Listing.finder``."""
        shapes, moves, numbers = self.shapes.data, self._flat_moves.data, self._flat_numbers.data
        mask = (1 << _MOVE_BITS) - 1

        def row(z: Sequence[int]) -> int:
            digits = bytes(z).translate(_DIGITS)
            if len(digits) != _N_EDGES + N_VERTICES - 2:
                raise ValueError("not a code")
            packed: int = shapes[int(digits[:_N_EDGES], 2)]
            if packed < 0:
                int(digits[_N_EDGES:], 3)
                return -1
            move = (packed & mask) * N_OPERATIONS + int(digits[_N_EDGES:], 3)
            place: int = numbers[(packed >> _MOVE_BITS) * N_OPERATIONS + moves[move]]
            return place

        return row

    def neighbours(self, z: Codes) -> None:
        """Those one step away; see ``Listing.neighbours``."""

    def neighbour_pairs(self) -> tuple[IntArray, IntArray]:
        """See ``Listing.neighbour_pairs`` and ``nas_problems.cell.neighbour101``."""
        from nas_problems.cell.neighbour101 import edit_pairs  # which needs this module

        return edit_pairs(self)

    def codes_of(self, rows: IntArray) -> Codes:
        """Canonical codes of the cells with these numbers, (n, 26)."""
        edges, operations = np.divmod(self.codes[rows].astype(np.int64), N_OPERATIONS)
        digits = operations[:, None] // _POWERS % len(OPERATIONS)
        return np.concatenate([(edges[:, None] & _BITS) != 0, digits], axis=1, dtype=np.int64, casting="unsafe")


@cache
def cell_index() -> CellIndex:
    """The numbers of all cells; worked out in two seconds the first time, then read from the cache.

    >>> len(cell_index())
    423624
    """
    return CellIndex(**load_cached(f"cells-101-{_FORMAT}", lambda: vars(enumerate_cells())))


@cache
def listed_space() -> SearchSpace:
    """``SPACE`` with the list of its cells: optima, tables and exact landscapes go over these."""
    return SearchSpace(SPACE.parameters, listing=cell_index())


def enumerate_cells() -> CellIndex:
    """Find all cells: prune and relabel every set of edges, then every labelling of every shape."""
    pruned, kept = pruned_edges(np.arange(1 << _N_EDGES, dtype=np.int32))
    masks, inverse = _distinct(pruned, 1 << _N_EDGES)
    is_valid = (masks > 0) & (np.bitwise_count(masks) <= MAX_EDGES)
    canonical = np.full(len(masks), -1)
    order = np.zeros(len(masks), dtype=np.int64)
    canonical[is_valid], order[is_valid] = _canonical(masks[is_valid])

    shapes = np.unique(canonical[is_valid])
    shape = np.searchsorted(shapes, canonical)  # of what is not valid it is not used
    pairs, pair = _distinct(order[inverse] * 32 + kept, len(ORDERS) * 32)
    moves, way = np.unique(move_table(pairs // 32, pairs % 32).astype(np.uint8), axis=0, return_inverse=True)
    move = way.ravel()[pair]
    numbers, codes = _number(shapes)
    shape_and_move = np.where(is_valid[inverse], shape[inverse] << _MOVE_BITS | move, -1)
    return CellIndex(shape_and_move.astype(np.int32), moves, numbers, codes)


def _distinct(values: Integers, end: int) -> tuple[IntArray, IntArray]:
    """``np.unique`` with its inverse, for numbers in 0 ... end - 1: counted, not sorted."""
    occurs = np.zeros(end, dtype=np.bool_)
    occurs[values] = True
    place = np.cumsum(occurs) - 1
    return np.flatnonzero(occurs), place[values]


def pruned_edges(edges: Integers) -> tuple[Integers, Integers]:
    """Sets of edges without what is on no path from input to output, and the inner vertices kept, as five bits."""
    last = N_VERTICES - 1
    reached = [np.ones(len(edges), dtype=np.bool_)]
    for end in range(1, N_VERTICES):
        reached.append(_any(edges, [((start, end), reached[start]) for start in range(end)]))
    leads = {last: np.ones(len(edges), dtype=np.bool_)}
    for start in range(last - 1, -1, -1):
        leads[start] = _any(edges, [((start, end), leads[end]) for end in range(start + 1, N_VERTICES)])
    on_path = [reached[vertex] & leads[vertex] for vertex in range(N_VERTICES)]
    left = edges.copy()
    for (start, end), bit in _BIT_OF.items():
        left[~(on_path[start] & on_path[end])] &= ~bit
    kept = np.zeros_like(edges)
    for vertex in range(1, last):
        kept |= np.left_shift(on_path[vertex], vertex - 1, dtype=edges.dtype)
    return left, kept


def _any(edges: Integers, ways: list[tuple[tuple[int, int], BoolArray]]) -> BoolArray:
    """Whether one of the edges is there whose other end has what is asked for."""
    reached = np.zeros(len(edges), dtype=np.bool_)
    for edge, has in ways:
        reached |= ((edges & _BIT_OF[edge]) != 0) & has
    return reached


class BitMap:
    """Moves bits of numbers of 21 bits: a table for each seven of them.

    Args:
        target: Bit -> the bit that it becomes; other bits are lost.
    """

    def __init__(self, target: Mapping[int, int]) -> None:
        self.lost = sum(bit for bit in _BITS.tolist() if bit not in target)
        chunks = np.arange(128)
        self._tables = [
            sum((np.where(chunks << shift & bit, new, 0) for bit, new in target.items()), np.zeros(128, dtype=np.int64))
            for shift in (0, 7, 14)
        ]

    def __call__(self, numbers: IntArray) -> IntArray:
        """Numbers with their bits moved, same shape."""
        low, middle, high = self._tables
        return np.asarray(low[numbers & 127] | middle[numbers >> 7 & 127] | high[numbers >> 14])


def relabelling(order: tuple[int, ...]) -> BitMap:
    """What an order of the vertices does to sets of edges: vertex k of the new graph is ``order[k]`` of the old.

    Lost are the edges that would lead downward.
    """
    return BitMap(
        {_BIT_OF[order[start], order[end]]: _BIT_OF[start, end] for start, end in EDGES if order[start] < order[end]}
    )


def _canonical(masks: IntArray) -> tuple[IntArray, IntArray]:
    """The largest relabelling of each set of edges, and the number of the order that gives it."""
    best, chosen = np.full(len(masks), -1), np.zeros(len(masks), dtype=np.int64)
    for number, order in enumerate(ORDERS):
        relabel = relabelling(order)
        rows = np.flatnonzero((masks & relabel.lost) == 0)
        relabelled = relabel(masks[rows])
        rows, relabelled = rows[relabelled > best[rows]], relabelled[relabelled > best[rows]]
        best[rows], chosen[rows] = relabelled, number
    return best, chosen


def move_table(order: Integers, kept: Integers) -> IntArray:
    """Where an order of the vertices takes the operations of kept ones, (n, 243); others become the first operation.

    Args:
        order: Numbers in ``ORDERS``, (n,).
        kept: Inner vertices kept, as five bits, (n,).
    """
    digits = np.arange(N_OPERATIONS)[:, None] // _POWERS % len(OPERATIONS)
    pairs, inverse = _distinct(order * 32 + kept, len(ORDERS) * 32)
    tables = np.empty((len(pairs), N_OPERATIONS), dtype=np.int64)
    for row, (number, is_kept) in enumerate(zip(*np.divmod(pairs, 32), strict=True)):
        source = np.array(ORDERS[number][1:-1]) - 1
        tables[row] = (digits * (is_kept >> np.arange(5) & 1))[:, source] @ _POWERS
    return tables[inverse]


def _number(shapes: IntArray) -> tuple[Int32Array, NDArray[np.uint32]]:
    """Number the labellings of each shape, equal ones with equal numbers: (shapes, 243); and the cells' codes."""
    _, kept = pruned_edges(shapes)
    largest = np.zeros((len(shapes), N_OPERATIONS), dtype=np.int64)
    for number, order in enumerate(ORDERS):
        relabel = relabelling(order)
        same = np.flatnonzero(((shapes & relabel.lost) == 0) & (relabel(shapes) == shapes))
        largest[same] = np.maximum(largest[same], move_table(np.full(len(same), number), kept[same]))
    codes, numbers = np.unique(shapes[:, None] * N_OPERATIONS + largest, return_inverse=True)
    return numbers.reshape(largest.shape).astype(np.int32), codes.astype(np.uint32)
