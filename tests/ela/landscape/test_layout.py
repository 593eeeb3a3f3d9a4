"""Where nodes of a tree and points of a plane are drawn."""

import numpy as np
import pytest

import nas_problems
from ela.landscape import Landscape, best_improvement, neighbour_graph
from ela.landscape.layout import scaled_positions, tree_layout
from nas_problems import Ordinal, SearchSpace

LINE = neighbour_graph(SearchSpace((Ordinal("x", tuple(range(7))),)))
SEARCH = best_improvement(LINE, np.array([3.0, 2.0, 1.0, 4.0, 2.0, 0.0, 5.0]))


def test_a_tree_by_hand() -> None:
    nodes, positions = tree_layout(SEARCH, 2)
    assert nodes.tolist() == [2, 1, 3, 0]
    assert np.hypot(*positions.T).tolist() == pytest.approx([0, 1, 1, 2])
    assert positions[1] / 1 == pytest.approx(positions[3] / 2)  # node 0 straight behind node 1
    assert positions[1] == pytest.approx(-positions[2])


def test_every_start_is_drawn_once_and_apart() -> None:
    search = Landscape.enumerate(nas_problems.make("nb201-cifar10")).local_search
    drawn = [tree_layout(search, int(optimum)) for optimum in search.optima]
    assert sorted(np.concatenate([nodes for nodes, _ in drawn]).tolist()) == list(range(15_625))
    for _, positions in drawn:
        assert len(np.unique(positions.round(9), axis=0)) == len(positions)


def test_a_node_on_the_way_is_no_root() -> None:
    with pytest.raises(ValueError, match="found node 1"):
        tree_layout(SEARCH, 1)


def test_points_of_the_plane_keep_their_distances() -> None:
    points = np.random.default_rng(0).random((12, 2))
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    found = scaled_positions(distance)
    assert np.linalg.norm(found[:, None] - found, axis=2) == pytest.approx(distance, abs=1e-9)


def test_one_point_lies_in_the_middle() -> None:
    assert scaled_positions(np.zeros((1, 1))).tolist() == [[0.0, 0.0]]


def test_a_rectangle_is_refused() -> None:
    with pytest.raises(ValueError, match="square matrix"):
        scaled_positions(np.zeros((2, 3)))
