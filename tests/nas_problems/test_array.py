"""Matrices and counts as arguments, and what they must not be."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given

from nas_problems.array import check_array, check_count, check_matrix, check_numbers
from tests.nas_problems.strategies import mistakes


def test_a_matrix_is_not_copied() -> None:
    Z = np.zeros((2, 3), dtype=np.int64)
    assert check_matrix(Z, "Z", 3) is Z


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[1, 2], [3]], r"Z: wanted a matrix of shape \(n, 2\), found rows of different length"),
        ([1, 2], r"Z: wanted shape \(n, 2\), found \(2,\); pass Z\[None, :\] for a single row"),
        ([1, 2, 3], r"Z: wanted shape \(n, 2\), found \(3,\)$"),
        ([[["x"]]], r"Z: wanted shape \(n, 2\), found \(1, 1, 1\)"),
        ([["a", "b"]], "Z: wanted numbers, found dtype <U1"),
        ([[True, False]], "Z: wanted numbers, found dtype bool"),
        ([[2**70, 0]], "Z: wanted numbers, found dtype object"),
    ],
)
def test_messages_name_wanted_and_found(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_matrix(value, "Z", 2)


@given(mistakes)
def test_anything_is_a_numeric_matrix_or_a_value_error(value: object) -> None:
    try:
        matrix = check_matrix(value, "Z", 2)
    except ValueError as error:
        assert str(error).startswith("Z: wanted")
    else:
        assert matrix.ndim == 2 and matrix.shape[1] == 2 and matrix.dtype.kind in "iuf"


@pytest.mark.parametrize("value", [0, 5, np.int8(3), np.uint64(2**40)])
def test_counts(value: int) -> None:
    assert check_count(value, "n") == value


@pytest.mark.parametrize("value", [-1, True, 1.0, "1", None, np.float64(2), np.bool_(True)])
def test_what_is_no_count(value: object) -> None:
    with pytest.raises(ValueError, match="n: wanted an integer >= 0, found"):
        check_count(value, "n")


@pytest.mark.parametrize("check", [check_array, check_numbers, lambda value, name: check_matrix(value, name, 2)])
def test_what_is_masked_is_no_number(check: Callable[[object, str], object]) -> None:
    """Numpy would read what is behind the mask, or make it NaN."""
    masked = np.ma.array([[1.0, 2.0], [3.0, 4.0]], mask=[[False, True], [False, False]])
    for value in (masked, list(masked), [np.ma.masked, 1.0]):
        with pytest.raises(ValueError, match=r"Z: wanted numbers, found masked ones in"):
            check(value, "Z")
    assert np.array_equal(np.asarray(check(np.ma.array(masked.data), "Z")), masked.data)
