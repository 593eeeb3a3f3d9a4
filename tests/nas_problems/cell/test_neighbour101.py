"""The two neighbourhoods of NAS-Bench-101 and its bit encodings, against slow definitions."""

import numpy as np
import pytest

from nas_problems.array import IntArray
from nas_problems.cell.encoding101 import edge_lists, expanded_matrices, upper_triangles
from nas_problems.cell.graph101 import Graph101, codes_of
from nas_problems.cell.index101 import cell_index, listed_space
from nas_problems.cell.neighbour101 import Pairs, bit_flip_pairs, both_ways

INDEX = cell_index
CONV3, CONV1, POOL = "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"


@pytest.fixture(scope="module")
def bits() -> np.ndarray:
    return np.packbits(expanded_matrices(INDEX(), np.arange(len(INDEX()))), axis=1)


@pytest.fixture(scope="module")
def flips() -> Pairs:
    return bit_flip_pairs(INDEX())


def as_keys(rows: np.ndarray) -> list[bytes]:
    return [row.tobytes() for row in rows]


def test_codes_of_289_bits_tell_all_cells_apart(bits: np.ndarray) -> None:
    assert len(set(as_keys(bits))) == len(INDEX())


def test_the_upper_triangle_does_not(bits: np.ndarray) -> None:
    triangles = np.packbits(upper_triangles(INDEX(), np.arange(len(INDEX()))), axis=1)
    assert len(set(as_keys(triangles))) == 227_608


def test_bit_flips_are_those_that_exist(bits: np.ndarray, flips: Pairs) -> None:
    row_of = {key: row for row, key in enumerate(as_keys(bits))}
    first, second = flips
    for row in np.random.default_rng(0).integers(0, len(INDEX()), size=30).tolist():
        code = expanded_matrices(INDEX(), np.array([row]))[0]
        flipped = np.packbits(code ^ np.eye(289, dtype=np.bool_), axis=1)
        wanted = sorted(row_of[key] for key in as_keys(flipped) if key in row_of)
        assert second[first == row].tolist() == wanted


def test_edits_of_a_cell_by_hand() -> None:
    """Input -> conv3x3 -> output: two other operations; the direct edge added; and no edge can be taken away, but
    every cell from which one edge can be taken to leave this one is a neighbour, such as that with a second way
    of one vertex.
    """
    index, space = INDEX(), listed_space()
    chain = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    direct = [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    ways = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    near = [(chain, [CONV1]), (chain, [POOL]), (direct, [CONV3]), (ways, [CONV3, POOL])]
    far = [(direct, [CONV1]), ([[0, 1], [0, 0]], [])]

    def rows(cells: list[tuple[list[list[int]], list[str]]]) -> IntArray:
        return index.rows_of(codes_of([Graph101.pruned(matrix, operations) for matrix, operations in cells]))

    (own,) = rows([(chain, [CONV3])])
    assert space.listing is not None
    first, second = space.listing.neighbour_pairs()
    around = second[first == own]
    assert np.isin(rows(near), around).all() and not np.isin(rows(far), around).any()

    keys = first * len(index) + second
    assert (np.diff(keys) > 0).all() and np.array_equal(np.sort(second * len(index) + first), keys)
    for z in space.sample(20, np.random.default_rng(1)):  # neighbours of codes are neighbours of cells
        (row,), reached = space.rows_of(z[None]), np.unique(space.rows_of(space.neighbours(z)))
        assert np.isin(reached[reached != row], second[first == row]).all()


def test_both_ways() -> None:
    one, other = both_ways(np.array([0, 1, 2, 2, 1]), np.array([1, 0, 2, 0, 0]), 3)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 0), (2, 0)]


def test_edge_lists() -> None:
    chain = codes_of([Graph101.pruned([[0, 1, 0], [0, 0, 1], [0, 0, 0]], [POOL])])
    (row,) = INDEX().rows_of(chain)
    encoded = edge_lists(INDEX(), np.array([row]))[0]
    wanted = np.flatnonzero(INDEX().codes_of(np.array([row]))[0, :21])
    assert encoded[:3].tolist() == [*wanted, -1] and len(encoded) == 14
