"""Spaces with conditions: made in any order of the conditions; configurations without what is inactive."""

import numpy as np
import pytest

import nas_problems
from nas_problems import Condition, Integer, SearchSpace, conditional_space
from nas_problems.space import active_text, conditions_in, used_configs
from nas_problems.space.pool import Pool
from tests.nas_problems.test_condition import CONDITIONS, PARAMETERS, SPACE

Z = np.array([[0, 5.0, 3, 1, 0.5], [1, 5.0, 3, 1, 0.5], [2, 5.0, 3, 1, 0.5]])


def test_conditions_come_in_any_order() -> None:
    space = conditional_space(PARAMETERS, CONDITIONS[::-1])
    np.testing.assert_array_equal(space.canonical(Z), SPACE.canonical(Z))
    assert conditional_space(PARAMETERS, ()) == SearchSpace(PARAMETERS)
    with pytest.raises(ValueError, match="a circle among"):
        conditional_space(PARAMETERS, [Condition("kernel", "shift", (True,)), CONDITIONS[2]])


def test_inactive_parameters_are_left_out() -> None:
    assert used_configs(SPACE, Z) == [
        {"kernel": "linear"},
        {"kernel": "poly", "gamma": 5.0, "degree": 5, "shift": True, "coef": 0.5},
        {"kernel": "rbf", "gamma": 5.0},
    ]
    assert active_text(SPACE, PARAMETERS[1]) == "kernel=poly or rbf" and active_text(SPACE, PARAMETERS[0]) == ""
    cells = nas_problems.make("nb201-cifar10").space
    codes = cells.sample(5, np.random.default_rng(1))
    assert conditions_in(cells) == [] and used_configs(cells, codes) == cells.decode(codes)


def test_a_code_stands_for_the_nearest_row() -> None:
    pool = Pool(PARAMETERS, SPACE.canonical(Z[:2]), canonical_form=SPACE.canonical_form)
    space = SearchSpace(PARAMETERS, listing=pool)
    near = np.array([[1, 4.0, 2, 1, 0.4], [0, 0.2, 1, 0, 0.9]])
    assert used_configs(space, near) == [used_configs(SPACE, Z)[1], {"kernel": "linear"}]
    plain = SearchSpace((Integer("width", 1, 9),), listing=Pool((Integer("width", 1, 9),), np.array([[3], [8]])))
    assert used_configs(plain, np.array([[0], [6]])) == [{"width": 4}, {"width": 9}]
