"""Keys of codes, and draws of what has not been seen."""

import numpy as np
import pytest

from nas_problems import Categorical, Integer, SearchSpace
from optimizers.archive import code_keys, draw_unseen
from tests.nas_problems.tiny import MIXED_SPACE, TABLE_SPACE, constrained_problem


def test_keys_are_equal_exactly_where_rows_are(rng: np.random.Generator) -> None:
    for space in (TABLE_SPACE, MIXED_SPACE):
        Z = space.sample(50, rng)
        Z = np.concatenate([Z, Z[::-1]])
        keys = code_keys(Z)
        for i in range(len(Z)):
            for j in range(len(Z)):
                assert (keys[i] == keys[j]) == np.array_equal(Z[i], Z[j])


def test_keys_of_a_strided_view() -> None:
    Z = np.arange(12).reshape(4, 3)
    assert code_keys(Z[::2]) == [code_keys(Z)[0], code_keys(Z)[2]]


@pytest.mark.parametrize("space", [TABLE_SPACE, constrained_problem().space])
def test_all_codes_of_a_space_are_found_one_batch_after_another(space: SearchSpace, rng: np.random.Generator) -> None:
    seen: set[bytes] = set()
    while len(Z := draw_unseen(space, 5, seen, rng)):
        assert seen.isdisjoint(code_keys(Z))
        assert space.is_valid(Z).all()
        assert len(set(code_keys(Z))) == len(Z)
        seen.update(code_keys(Z))
    assert len(seen) == sum(len(Z) for Z in space.enumerate())


def test_draws_are_uniform_over_what_is_left(rng: np.random.Generator) -> None:
    space = SearchSpace((Categorical("a", ("x", "y", "z")), Integer("b", 1, 2)))
    seen = set(code_keys(np.array([[0, 0], [1, 1]])))
    indices = [int(space.index_of(draw_unseen(space, 1, seen, rng))[0]) for _ in range(2000)]
    counts = np.bincount(indices, minlength=6)
    assert counts[[0, 3]].tolist() == [0, 0]
    assert (np.abs(counts[[1, 2, 4, 5]] - 500) < 100).all()
