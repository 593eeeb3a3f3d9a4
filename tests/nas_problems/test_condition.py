"""Parameters that are active under a condition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_problems import Categorical, Integer, Real, SearchSpace
from nas_problems.condition import Condition, inactive_to_lowest
from nas_problems.testing import check_space

PARAMETERS = (
    Categorical("kernel", ("linear", "poly", "rbf")),
    Real("gamma", 0.1, 10.0, log=True),
    Integer("degree", 2, 5),
    Categorical("shift", (False, True)),
    Real("coef", -1.0, 1.0),
)
CONDITIONS = (
    Condition("gamma", "kernel", ("poly", "rbf")),
    Condition("degree", "kernel", ("poly",)),
    Condition("shift", "kernel", ("poly",)),
    Condition("coef", "shift", (True,)),
)
SPACE = SearchSpace(PARAMETERS, canonical_form=inactive_to_lowest(PARAMETERS, CONDITIONS))


def test_inactive_parameters_get_their_lowest_code() -> None:
    Z = np.array([[0, 5.0, 3, 1, 0.5], [1, 5.0, 3, 1, 0.5], [1, 5.0, 3, 0, 0.5], [2, 5.0, 3, 1, 0.5]])
    wanted = [[0, 0.1, 0, 0, -1.0], [1, 5.0, 3, 1, 0.5], [1, 5.0, 3, 0, -1.0], [2, 5.0, 0, 0, -1.0]]
    np.testing.assert_array_equal(SPACE.canonical(Z), wanted)


def test_a_parameter_of_an_inactive_parent_is_inactive_whatever_the_parent_says() -> None:
    conditions = (Condition("shift", "kernel", ("poly",)), Condition("coef", "shift", (False,)))
    canonical = inactive_to_lowest(PARAMETERS, conditions)
    np.testing.assert_array_equal(canonical(np.array([[0, 5.0, 3, 0, 0.5]])), [[0, 5.0, 3, 0, -1.0]])


def test_several_conditions_must_all_hold() -> None:
    conditions = (Condition("coef", "kernel", ("poly", "rbf")), Condition("coef", "shift", (True,)))
    canonical = inactive_to_lowest(PARAMETERS, conditions)
    Z = np.array([[1, 5.0, 0, 1, 0.5], [1, 5.0, 0, 0, 0.5], [0, 5.0, 0, 1, 0.5]])
    np.testing.assert_array_equal(canonical(Z)[:, 4], [0.5, -1.0, -1.0])


@given(st.integers(0, 2**32))
def test_the_space_keeps_its_promises(seed: int) -> None:
    check_space(SPACE, rng=np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([Condition("gama", "kernel", ("rbf",))], r"conditions\[0\]: wanted one of"),
        ([Condition("gamma", "kernle", ("rbf",))], r"conditions\[0\]: wanted one of"),
        ([Condition("gamma", "kernel", ("sigmoid",))], "kernel: wanted one of"),
        ([Condition("degree", "gamma", (0.1,))], "wanted a finite parent, found the real 'gamma'"),
        ([CONDITIONS[3], CONDITIONS[2]], r"conditions\[0\]: wanted the conditions of 'shift' before this one"),
        ([Condition("kernel", "kernel", ("rbf",))], r"conditions\[0\]: wanted the conditions of 'kernel' before"),
    ],
)
def test_bad_conditions(conditions: list[Condition], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        inactive_to_lowest(PARAMETERS, conditions)
