"""Paths of cells, by hand, and for isomorphic cells."""

import numpy as np
import pytest

import nas_problems
from nas_problems import Categorical, Integer, SearchSpace
from nas_problems.cell.graph101 import SPACE, Graph101, codes_of
from optimizers.path_encoding import PathEncoding, is_cell

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")


def test_nas_bench_201_by_hand() -> None:
    # Edges 01, 02, 12, 03, 13, 23 with the operations 1, 4, 0, 2, 3, 1: the paths are 03 = 2; 01-13 = 1, 3;
    # 02-23 = 4, 1; 01-12-23 = 1, 0, 1. Operations are numbered in the order of their names.
    space = nas_problems.make("nb201-cifar10").space
    order = [sorted(OPERATIONS).index(name) for name in OPERATIONS]
    numbers = [order[code] for code in (1, 4, 0, 2, 3, 1)]
    a, b, c, d, e, f = numbers
    wanted = {d, 5 + 5 * a + e, 5 + 5 * b + f, 30 + 25 * a + 5 * c + f}
    encoded = PathEncoding(space)(np.array([[1, 4, 0, 2, 3, 1]]))
    assert encoded.shape == (1, 155)  # 5 + 25 + 125 as in the authors' code
    assert set(np.flatnonzero(encoded[0]).tolist()) == wanted


def test_isomorphic_cells_are_equal() -> None:
    # nodes 1 and 2 exchanged, with nothing between them
    encode = PathEncoding(nas_problems.make("nb201-cifar10").space)
    a, b = encode(np.array([[3, 1, 0, 4, 2, 3], [1, 3, 0, 4, 3, 2]]))
    assert np.array_equal(a[:30], b[:30])


@pytest.mark.parametrize("instance", [2, 3])
def test_relabelled_cells_have_the_same_encoding(instance: int) -> None:
    base = nas_problems.make("nb201-cifar10")
    other = nas_problems.make("nb201-cifar10", instance=instance)
    Z = base.space.sample(50, np.random.default_rng(1))
    relabelled = other.space.encode(base.space.decode(Z))
    assert np.array_equal(PathEncoding(base.space)(Z), PathEncoding(other.space)(relabelled))


def test_the_longest_paths_are_left_out_where_there_are_too_many() -> None:
    names = [f"edge_{i}_{j}" for i in range(4) for j in range(i + 1, 5)]
    encode = PathEncoding(SearchSpace(tuple(Categorical(name, tuple("abcde")) for name in names)))
    assert encode.n_columns == 5 + 25 + 125  # not the 625 of length 4
    many = PathEncoding(SearchSpace((Categorical("edge_0_1", tuple(map(str, range(300)))),)))
    assert many.n_columns == 300  # the shortest paths stay


@pytest.mark.parametrize(
    "parameters",
    [
        (Categorical("op", ("a", "b")),),
        (Integer("edge_0_1", 0, 1),),
        (Categorical("edge_0_1", ("a", "b")), Integer("depth", 1, 3)),
        (Categorical("edge_0_1", ("a", "b")), Categorical("edge_1_2", ("a", "c"))),
        (Categorical("edge_0_1", ("a", "b")), Categorical("edge_2_3", ("a", "b"))),
        (Categorical("edge_1_0", ("a", "b")),),
        (Categorical("edge_0_1", (0, 1)), Categorical("edge_1_2", ("a", "b")), Categorical("operation_1", ("a", "b"))),
        (Categorical("edge_0_1", (0, 1)), Categorical("edge_1_2", (0, 1)), Categorical("operation_3", ("a", "b"))),
    ],
)
def test_other_spaces_are_no_cells(parameters: tuple[Categorical, ...]) -> None:
    space = SearchSpace(parameters)
    assert not is_cell(space)
    with pytest.raises(ValueError, match="space: wanted"):
        PathEncoding(space)


def test_nas_bench_101_by_hand() -> None:
    """Paths over vertices: none, conv1x1-maxpool, and conv3x3 next to them."""
    adjacency = np.zeros((5, 5), dtype=int)
    for edge in ((0, 1), (1, 2), (2, 4), (0, 3), (3, 4), (0, 4)):
        adjacency[edge] = 1
    graph = Graph101.pruned(adjacency, ["conv1x1-bn-relu", "maxpool3x3", "conv3x3-bn-relu"])
    encode = PathEncoding(SPACE)
    assert encode.n_columns == 1 + 3 + 9 + 27 + 81  # not the 243 of length 5
    encoded = encode(codes_of([graph]))[0]
    assert np.flatnonzero(encoded).tolist() == [0, 1 + 1, 4 + 3 * 0 + 2]  # direct; conv3x3; conv1x1, maxpool
    assert is_cell(nas_problems.make("train-nb101-digits", instance=3).space)
