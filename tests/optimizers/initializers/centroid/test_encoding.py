"""Short and long codes of candidates, and means of them."""

import numpy as np
import pytest

from nas_problems import SearchSpace
from optimizers.initializers.centroid.encoding import Encoding, decode_codes, encode_codes, encode_fitness
from tests.nas_problems.tiny import TABLE_SPACE, table_problem


def test_short_is_the_code_and_long_has_a_column_per_choice() -> None:
    Z = np.array([[2, 3, 1]])
    assert encode_codes(TABLE_SPACE, Z, "short").tolist() == [[2.0, 3.0, 1.0]]
    assert encode_codes(TABLE_SPACE, Z, "long").tolist() == [[0, 0, 1, 0, 0, 0, 1, 0.5]]


@pytest.mark.parametrize("encoding", ["short", "long"])
def test_decoding_inverts_encoding(encoding: Encoding) -> None:
    Z = np.concatenate(list(TABLE_SPACE.enumerate()))
    assert np.array_equal(decode_codes(TABLE_SPACE, encode_codes(TABLE_SPACE, Z, encoding), encoding), Z)


def test_means_are_decoded_to_the_nearest_code_or_the_largest_share() -> None:
    Z = np.array([[0, 0, 0], [2, 3, 2], [2, 3, 2]])
    short = encode_codes(TABLE_SPACE, Z, "short").mean(axis=0, keepdims=True)  # 1.33, 2, 1.33
    assert decode_codes(TABLE_SPACE, short, "short").tolist() == [[1, 2, 1]]
    long = encode_codes(TABLE_SPACE, Z, "long").mean(axis=0, keepdims=True)
    assert decode_codes(TABLE_SPACE, long, "long").tolist() == [[2, 3, 1]]


def test_the_long_code_of_a_cell_is_its_expanded_adjacency_matrix() -> None:
    """Edge (i, j) with operation o is entry (i, 5 j + o) of the matrix, as in figure 2 of the paper."""
    import nas_problems
    from nas_problems.catalog.nas_bench_201 import EDGES

    space: SearchSpace = nas_problems.make("nb201-cifar10").space
    Z = space.sample(5, np.random.default_rng(1))
    for z, row in zip(Z, encode_codes(space, Z, "long"), strict=True):
        expanded = np.zeros((4, 4 * 5))
        for (start, end), operation in zip(EDGES, z, strict=True):
            expanded[start, 5 * end + operation] = 1
        flat = [expanded[start, 5 * end : 5 * end + 5] for start, end in EDGES]
        assert np.array_equal(row, np.concatenate(flat))
        assert row.sum() == expanded.sum()


def test_fitness_is_one_for_the_best_and_zero_for_the_worst() -> None:
    problem = table_problem()
    fitness = np.array([[30.0, 5.0], [10.0, 5.0], [20.0, 5.0]])
    assert encode_fitness(fitness).tolist() == [[0.0], [1.0], [0.5]]  # the second fidelity says nothing
    assert problem.objectives[0].maximize
