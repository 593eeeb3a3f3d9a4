"""The numbers of all 423,624 cells, against the slow definition and the published count."""

import pickle

import numpy as np
import pytest

from nas_problems.cell.graph101 import SPACE, codes_of
from nas_problems.cell.index101 import N_CELLS, CellIndex, cell_index, enumerate_cells, listed_space
from nas_problems.cell.published101 import published_graph
from nas_problems.testing import check_space


@pytest.fixture(scope="module")
def index() -> CellIndex:
    return cell_index()


def test_as_many_cells_as_published(index: CellIndex) -> None:
    assert len(index) == N_CELLS and (np.diff(index.codes.astype(np.int64)) > 0).all()


def test_cells_by_number_of_vertices(index: CellIndex) -> None:
    """1, 6, 84, 2,441, 62,010 and 359,082 cells have 2, ..., 7 vertices."""
    degree = np.zeros((len(index), 7), dtype=np.int64)
    Z = index.codes_of(np.arange(len(index)))
    for column, name in enumerate(SPACE.names[:21]):
        _, start, end = name.split("_")
        degree[:, int(start)] += Z[:, column]
        degree[:, int(end)] += Z[:, column]
    assert np.bincount((degree > 0).sum(axis=1)).tolist() == [0, 0, 1, 6, 84, 2_441, 62_010, 359_082]


def test_validity_and_canonical_form_are_those_of_the_definition(index: CellIndex) -> None:
    rng = np.random.default_rng(3)
    Z = rng.integers(0, SPACE.upper + 1, size=(3000, 26))
    rows = index.rows_of(Z)
    assert np.array_equal(rows >= 0, SPACE.is_valid(Z))
    valid = rows >= 0
    assert np.array_equal(index.codes_of(rows[valid]), SPACE.canonical(Z[valid]))


def test_every_canonical_code_has_its_own_number(index: CellIndex) -> None:
    rows = np.arange(len(index))
    assert np.array_equal(index.rows_of(index.codes_of(rows)), rows)


def test_single_codes(index: CellIndex) -> None:
    find = index.finder()
    Z = np.random.default_rng(4).integers(0, SPACE.upper + 1, size=(200, 26))
    assert [find(z) for z in Z.tolist()] == index.rows_of(Z).tolist()
    good = Z[0].tolist()
    for wrong in (good[1:], [*good, 0], [2, *good[1:]], [*good[:-1], 3], [-1, *good[1:]], ["1", *good[1:]]):
        with pytest.raises((ValueError, TypeError)):
            find(wrong)


def test_the_tables_are_those_of_the_cache(index: CellIndex) -> None:
    found = enumerate_cells()
    assert all(
        np.array_equal(getattr(found, name), table) for name, table in vars(found).items() if name in vars(index)
    )
    assert pickle.loads(pickle.dumps(index)) is index


def test_the_listed_space_keeps_its_promises() -> None:
    check_space(listed_space())


def test_published_forms_are_the_same_cells(index: CellIndex) -> None:
    rows = np.random.default_rng(5).integers(0, len(index), size=6)
    graphs = [published_graph(index, int(row)) for row in rows]
    assert np.array_equal(index.rows_of(codes_of(graphs)), rows)
