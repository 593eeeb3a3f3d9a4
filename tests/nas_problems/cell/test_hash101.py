"""The module hash on published cells, and the stored order of all of them."""

import numpy as np
import pytest

from nas_problems.cell.graph101 import Graph101, codes_of
from nas_problems.cell.hash101 import hash_of_row, hash_order, module_hash, pack_order, row_of_hash, unpack_order
from nas_problems.cell.index101 import N_CELLS, cell_index
from nas_problems.cell.published101 import published_graph

BEST = "02e5a0247bbdcf2860b7e96f74961594"  # the cell with the best mean test accuracy
FIRST = "00005c142e6f48ac74fdcf73e3439874"


def test_published_hashes() -> None:
    assert hash_of_row(int(hash_order()[0])) == FIRST
    assert hash_of_row(row_of_hash(BEST)) == BEST


def test_isomorphic_graphs_have_one_hash() -> None:
    conv, pool = "conv3x3-bn-relu", "maxpool3x3"
    a = Graph101.pruned([[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]], [conv, pool])
    b = Graph101.pruned([[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]], [pool, conv])
    (row,) = cell_index().rows_of(codes_of([b]))
    assert module_hash(a) == module_hash(b) == hash_of_row(int(row)) == module_hash(published_graph(cell_index(), row))


def test_the_stored_order_is_ascending() -> None:
    order = hash_order()
    assert np.array_equal(np.sort(order), np.arange(N_CELLS))
    places = np.sort(np.random.default_rng(1).choice(N_CELLS, size=300, replace=False))
    hashes = [hash_of_row(int(order[place])) for place in places]
    assert hashes == sorted(hashes)


@pytest.mark.parametrize("wrong", ["f" * 32, "0" * 32, "no hash"])
def test_unknown_hashes(wrong: str) -> None:
    with pytest.raises(KeyError, match=f"wanted that of one of {N_CELLS} cells, found '{wrong}'"):
        row_of_hash(wrong)


def test_orders_are_unpacked_as_they_were_packed() -> None:
    order = np.random.default_rng(2).permutation(8 * 300)
    packed = pack_order(order)
    assert sum(array.nbytes for array in packed.values()) == 2 * 2400 + 2 * 300
    assert np.array_equal(unpack_order(packed["blocks"], packed["within"]), order)
