"""Spaces of cells: codes, decoding of scores, sizes."""

import numpy as np
import pytest

from nas_problems.supernet.space import ABSENT, CELL_SPACES, DARTS, NB201, Architecture, CellSpace


@pytest.mark.parametrize("cells", CELL_SPACES.values(), ids=CELL_SPACES)
def test_decode_inverts_encode(cells: CellSpace) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        architecture = cells.sample(rng)
        code = cells.encode(architecture)
        assert cells.decode(code) == architecture
        if cells is not NB201:  # whose canonical form joins cells that compute the same function
            np.testing.assert_array_equal(cells.space.canonical(code[None])[0], code)


def test_darts_has_the_published_size_and_120_neighbours() -> None:
    per_node = np.array([i * (i - 1) // 2 for i in (2, 3, 4, 5)])  # pairs of distinct inputs
    n_architectures = (int(per_node.prod()) * 7**8) ** 2
    ordered = DARTS.space.size  # inputs in either order, and equal ones, which are not valid
    assert ordered is not None and n_architectures == 1_076_746_950_455_072_400 < ordered
    z = DARTS.space.sample(1, np.random.default_rng(0))[0]
    neighbours = DARTS.space.canonical(DARTS.space.neighbours(z))
    assert len(np.unique(neighbours, axis=0)) == 120 == 2 * (8 * 6 + 2 * (0 + 1 + 2 + 3))


def test_depths_are_part_of_a_code() -> None:
    cells = CELL_SPACES["compact-depth"]
    strongest = cells.strongest(np.zeros(cells.shape))
    assert strongest.depths == (5, 5, 5) and cells.decode(cells.encode(strongest)) == strongest
    assert cells.strongest(np.zeros(cells.shape), (1, 2, 3)).depths == (1, 2, 3)
    with pytest.raises(ValueError, match=r"depths: wanted 3 in compact-depth, found \(\)"):
        cells.encode(Architecture(strongest.choices))


def test_the_order_of_inputs_does_not_matter() -> None:
    z = DARTS.space.sample(1, np.random.default_rng(3))[0]
    swapped = z.copy()
    swapped[:4] = z[[2, 3, 0, 1]]
    assert DARTS.decode(swapped) == DARTS.decode(z)
    np.testing.assert_array_equal(DARTS.space.canonical(swapped[None]), DARTS.space.canonical(z[None]))


def test_equal_inputs_are_not_valid() -> None:
    z = DARTS.space.sample(1, np.random.default_rng(3))
    assert DARTS.space.validity is not None and DARTS.space.validity(z)[0]
    z[0, 2] = z[0, 0]
    assert not DARTS.space.validity(z)[0]


def test_the_strongest_keeps_two_edges_per_node_and_never_none() -> None:
    scores = np.zeros(DARTS.shape)
    scores[:, :, 0] = 9.0  # none
    for kind in range(2):
        scores[kind, DARTS.node_edges[2][1], 4] = 2.0
        scores[kind, DARTS.node_edges[2][3], 6] = 1.0
    choices = np.array(DARTS.strongest(scores).choices)
    third = choices[:, list(DARTS.node_edges[2])]
    np.testing.assert_array_equal(third, [[ABSENT, 4, ABSENT, 6]] * 2)
    assert [(choices[:, list(edges)] != ABSENT).sum() for edges in DARTS.node_edges] == [4, 4, 4, 4]


def test_nas_bench_201_may_have_none_and_keeps_all_edges() -> None:
    scores = np.zeros(NB201.shape)
    scores[0, 2, 0] = 1.0
    scores[0, 4, 3] = 1.0
    assert NB201.strongest(scores) == Architecture(((0, 0, 0, 0, 3, 0),))
    assert NB201.edges == ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))


@pytest.mark.parametrize("cells", CELL_SPACES.values(), ids=CELL_SPACES)
def test_no_rows_are_no_rows(cells: CellSpace) -> None:
    """Canonical codes and validity of nothing, as a problem asks where all candidates are invalid."""
    space = cells.space
    none = space.sample(1, np.random.default_rng(0))[:0]
    assert space.canonical(none).shape == none.shape
    assert space.is_valid(none).shape == (0,)
