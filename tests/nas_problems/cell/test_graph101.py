"""The space of NAS-Bench-101: what is valid, and what is the same cell."""

import csv
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from nas_problems.array import IntArray
from nas_problems.cell.graph101 import EDGES, SPACE, Graph101, codes_of, graph_of

CONV3, CONV1, POOL = "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"
PARTIAL = Path(__file__).parents[4] / "shared" / "data" / "nasbench101_partial"


@pytest.mark.parametrize(
    ("adjacency", "operations", "message"),
    [
        ([[0, 1], [1, 0]], [], "strictly upper triangular"),
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["conv5x5"], "operations: wanted 1 of"),
        ([[0, 1, 0], [0, 0, 0], [0, 0, 0]], [CONV3], "no path from input to output"),
        (np.triu(np.ones((5, 5), dtype=int), 1).tolist(), [POOL] * 3, "at most 9 edges, found 10"),
    ],
)
def test_graphs_that_are_no_cells(adjacency: list[list[int]], operations: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Graph101.pruned(adjacency, operations)


def cells(n_inner: int) -> IntArray:
    """All codes of graphs whose first inner vertices and no others are labelled and can have edges."""
    used = {*range(n_inner + 1), 6}
    edges = [column for column, edge in enumerate(EDGES) if set(edge) <= used]
    choices: list[Iterable[int]] = [(0, 1) if column in edges else (0,) for column in range(len(EDGES))]
    choices += [range(3) if vertex in used else (0,) for vertex in range(1, 6)]
    return np.array(list(product(*choices)))


@pytest.mark.parametrize(("n_inner", "n_distinct"), [(0, 1), (1, 7), (2, 91), (3, 2532)])
def test_number_of_distinct_cells(n_inner: int, n_distinct: int) -> None:
    """1, 6, 84 and 2,441 with exactly 2, 3, 4 and 5 vertices."""
    Z = cells(n_inner)
    assert len(np.unique(SPACE.canonical(Z[SPACE.is_valid(Z)]), axis=0)) == n_distinct


def test_the_canonical_form_is_a_valid_fixed_point_of_the_same_graph() -> None:
    Z = SPACE.sample(300, np.random.default_rng(1))
    canonical = SPACE.canonical(Z)
    assert SPACE.is_valid(canonical).all() and np.array_equal(SPACE.canonical(canonical), canonical)
    for before, after in zip(SPACE.decode(Z), SPACE.decode(canonical), strict=True):
        a, b = graph_of(before), graph_of(after)
        assert sorted(a.operations) == sorted(b.operations) and a.adjacency.sum() == b.adjacency.sum()
        assert sorted(a.adjacency.sum(axis=0)) == sorted(b.adjacency.sum(axis=0))


def test_relabelled_vertices_and_what_is_on_no_path_make_no_difference() -> None:
    """Input -> conv3x3 -> pool -> output and input -> output; vertices renumbered, a dangling one added."""
    a = Graph101.pruned([[0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], [CONV3, POOL])
    adjacency = np.zeros((7, 7), dtype=int)
    for start, end in ((0, 3), (3, 5), (5, 6), (0, 6), (0, 1), (1, 4)):
        adjacency[start, end] = 1
    b = Graph101.pruned(adjacency, [CONV1, POOL, CONV3, CONV1, POOL])
    code = [int(adjacency[edge]) for edge in EDGES] + [1, 2, 0, 1, 2]
    assert np.array_equal(codes_of([a]), codes_of([b]))
    assert np.array_equal(SPACE.canonical([code]), codes_of([a]))
    swapped = Graph101.pruned(a.adjacency, [POOL, CONV3])
    assert not np.array_equal(codes_of([a]), codes_of([swapped]))


def test_cells_without_a_path_or_with_ten_edges_are_not_valid() -> None:
    none, all_edges = [0] * 26, [1] * 21 + [0] * 5
    direct = [0] * 26
    direct[EDGES.index((0, 6))] = 1
    assert SPACE.is_valid([none, all_edges, direct]).tolist() == [False, False, True]
    assert graph_of(SPACE.decode([direct])[0]).adjacency.tolist() == [[0, 1], [0, 0]]


@pytest.mark.data
def test_published_cells_are_valid_and_distinct() -> None:
    path = PARTIAL / "rubenahrens_ga_ioh_196_points.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not available")
    order = {POOL: 2, CONV1: 1, CONV3: 0}
    rows = list(csv.DictReader(path.read_text().splitlines()))
    Z = [[*map(int, row["upper_triangle_bits"]), *(order[op] for op in row["ops"].split(",")[1:-1])] for row in rows]
    assert SPACE.is_valid(Z).all()
    accuracy: dict[bytes, set[str]] = {}
    for code, row in zip(SPACE.canonical(Z), rows, strict=True):
        accuracy.setdefault(code.tobytes(), set()).add(row["mean_val_acc_ep108"])
    assert all(len(values) == 1 for values in accuracy.values())  # one cell, one accuracy
    assert len(accuracy) < len(rows)  # some are the same cell with other bits
