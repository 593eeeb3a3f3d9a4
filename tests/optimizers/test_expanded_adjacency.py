"""The expanded adjacency matrix of a cell, and back."""

import numpy as np
import pytest

import nas_problems
from nas_problems import SearchSpace
from nas_problems.cell.graph101 import EDGES, SPACE, Graph101, codes_of, graph_of
from optimizers.expanded_adjacency import ExpandedAdjacency, expanded_adjacency

CONV3, CONV1, POOL = "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"


def test_entries_by_hand() -> None:
    """Input -> conv1x1 -> pool -> output and input -> output; operations are in the order of their names."""
    graph = Graph101.pruned([[0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], [CONV1, POOL])
    Z = codes_of([graph])
    row = ExpandedAdjacency(SPACE)(Z)[0]
    expanded = np.zeros((17, 17), dtype=int)
    code = dict(zip(SPACE.names, Z[0], strict=True))
    labels = [
        1 + 3 * (vertex - 1) + [CONV1, CONV3, POOL].index(str(SPACE.decode(Z)[0][f"operation_{vertex}"]))
        for vertex in range(1, 6)
    ]
    place = [0, *labels, 16]
    for start, end in EDGES:
        expanded[place[start], place[end]] = code[f"edge_{start}_{end}"]
    block = [range(1), *(range(1 + 3 * k, 4 + 3 * k) for k in range(5)), range(16, 17)]
    flat = np.concatenate([expanded[np.ix_(block[start], block[end])].ravel() for start, end in EDGES])
    assert len(row) == 121 + 15
    assert np.array_equal(row[:121], flat) and row[:121].sum() == 4
    assert row[121:].reshape(5, 3).argmax(axis=1).tolist() == [(label - 1) % 3 for label in labels]


@pytest.mark.parametrize("instance", [1, 2])
def test_decoding_inverts_encoding(instance: int) -> None:
    space: SearchSpace = nas_problems.make("train-nb101-digits", instance=instance).space
    Z = space.canonical(space.sample(100, np.random.default_rng(1)))
    encode = ExpandedAdjacency(space)
    assert encode.n_columns == 136
    assert np.array_equal(encode.decode(encode(Z)), Z)


def test_relabelled_vertices_make_no_difference() -> None:
    encode = ExpandedAdjacency(SPACE)
    Z = SPACE.sample(100, np.random.default_rng(2))
    assert np.array_equal(encode(Z), encode(SPACE.canonical(Z)))


def test_a_mean_has_the_edges_of_at_least_half_of_its_cells() -> None:
    one = Graph101.pruned([[0, 1, 0], [0, 0, 1], [0, 0, 0]], [CONV3])
    other = Graph101.pruned([[0, 1, 1], [0, 0, 1], [0, 0, 0]], [POOL])
    encode = ExpandedAdjacency(SPACE)
    mean = encode(codes_of([one, other, other])).mean(axis=0, keepdims=True)
    found = graph_of(SPACE.decode(encode.decode(mean))[0])
    assert found.operations == (POOL,) and found.adjacency.tolist() == other.adjacency.tolist()


@pytest.mark.parametrize("name", ["nb201-cifar10", "fcnet-naval"])
def test_other_spaces_have_none(name: str) -> None:
    space = nas_problems.make(name).space
    assert expanded_adjacency(space) is None
    with pytest.raises(ValueError, match="space: wanted parameters"):
        ExpandedAdjacency(space)
