"""Parameters: names, ranges and lists that are refused; codes are positions."""

import math
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_problems import Categorical, Integer, Ordinal, Real
from nas_problems.parameter import Parameter, Value, check_name
from tests.nas_problems.strategies import finite_parameters, mistakes, real_parameters


@pytest.mark.parametrize("name", ["a", "nb201-cifar10", "A_1.x", "0"])
def test_good_names(name: str) -> None:
    check_name(name, "name")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a\n", 'a"b', "ä", "-a", ".a", "..", None, 3, ["a"]])
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"^name: wanted a name of letters"):
        check_name(name, "name")


@pytest.mark.parametrize("kind", [Categorical, Ordinal])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((), "non-empty tuple"),
        ([], "non-empty tuple"),
        ("ab", "non-empty tuple"),
        (("a", "a"), "distinct"),
        ((1, True), "distinct"),
        ((1, 1.0), "distinct"),
        ((b"a",), "strings, numbers and None"),
        (([1],), "strings, numbers and None"),
        ((math.nan,), "strings, numbers and None"),
    ],
)
def test_bad_lists_of_values(kind: type[Categorical], values: tuple[Value, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind("p", values)


@pytest.mark.parametrize("kind", [Categorical, Ordinal])
def test_a_list_of_values_is_as_good_as_a_tuple(kind: type[Categorical]) -> None:
    values: Any = ["a", "b"]
    assert kind("p", values) == kind("p", ("a", "b")) and hash(kind("p", values)) == hash(kind("p", ("a", "b")))


@pytest.mark.parametrize(
    ("low", "high", "log", "message"),
    [
        (3, 2, False, "1 ... 2\\*\\*32 values"),
        (0, 5, True, "low >= 1"),
        (0.0, 5, False, "integer bounds"),
        (False, True, False, "integer bounds"),
        (0, 2**54, False, "2\\*\\*53"),
        (0, 2**33, False, "2\\*\\*32 values"),
    ],
)
def test_bad_integer_ranges(low: int, high: int, log: bool, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Integer("p", low, high, log=log)


@pytest.mark.parametrize(
    ("low", "high", "log", "step", "message"),
    [
        (1.0, 1.0, False, 0.1, "low < high"),
        (0.0, math.inf, False, 0.1, "finite"),
        (math.nan, 1.0, False, 0.1, "finite"),
        ("0", 1.0, False, 0.1, "finite"),
        (0.0, 1.0, True, 0.1, "low > 0"),
        (-1e308, 1e308, False, 0.1, "float64 resolves"),
        (1e10, 1e10 + 1e-5, False, 0.1, "float64 resolves"),
        (1e10, math.nextafter(1e10, 2e10), True, 0.1, "float64 resolves"),
        (0.0, 1.0, False, 0.0, "step"),
        (0.0, 1.0, False, 1.0, "step"),
    ],
)
def test_bad_real_ranges(low: float, high: float, log: bool, step: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Real("p", low, high, log=log, step=step)


def test_codes_are_positions() -> None:
    parameter = Ordinal("kernel", (1, 3, 5))
    assert parameter.decode(np.array([2, 0])) == [5, 1]
    np.testing.assert_array_equal(parameter.encode([5, 1]), [2, 0])
    assert Integer("width", 8, 64).decode(np.array([0, 56])) == [8, 64]


def test_a_log_integer_gives_small_values_more_room() -> None:
    """[0.5, 4.5] on a log scale: the value 1 owns ln(1.5 / 0.5) / ln(4.5 / 0.5) = 1/2 of it."""
    parameter = Integer("n", 1, 4, log=True)
    np.testing.assert_array_equal(parameter.from_unit(np.array([0.0, 0.499, 0.501, 1.0])), [0, 0, 1, 3])


def test_a_log_real_is_geometric() -> None:
    parameter = Real("rate", 1e-4, 1.0, log=True)
    np.testing.assert_allclose(parameter.from_unit(np.array([0.0, 0.25, 0.5, 1.0])), [1e-4, 1e-3, 1e-2, 1.0])


@given(finite_parameters("p"))
def test_every_value_of_a_finite_parameter_survives_the_round_trips(parameter: Parameter) -> None:
    assert parameter.n_choices is not None
    codes = np.arange(parameter.n_choices)
    np.testing.assert_array_equal(parameter.encode(parameter.decode(codes)), codes)
    np.testing.assert_array_equal(parameter.from_unit(parameter.to_unit(codes)), codes)
    np.testing.assert_array_equal(np.unique(parameter.from_unit(np.linspace(0, 1, 40_001))), codes)


@given(st.integers(1, 40))
def test_choices_own_intervals_of_equal_width(n: int) -> None:
    unit = (np.arange(n * 100) + 0.5) / (n * 100)
    for parameter in (Categorical("p", tuple(range(n))), Ordinal("p", tuple(range(n))), Integer("p", 0, n - 1)):
        np.testing.assert_array_equal(np.bincount(parameter.from_unit(unit)), np.full(n, 100))


@given(real_parameters("p"), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_real_codes_survive_the_unit_scale(parameter: Real, units: list[float]) -> None:
    codes = parameter.from_unit(np.array([0.0, 1.0, *units]))
    np.testing.assert_allclose(codes[:2], [parameter.low, parameter.high], rtol=1e-12)
    assert ((codes >= parameter.low) & (codes <= parameter.high)).all()
    unit = parameter.to_unit(codes)
    assert ((unit >= 0) & (unit <= 1)).all()
    np.testing.assert_allclose(
        parameter.from_unit(unit), codes, rtol=1e-9, atol=1e-9 * (parameter.high - parameter.low)
    )
    np.testing.assert_array_equal(parameter.encode(parameter.decode(codes)), codes)


def test_the_ends_of_any_log_range_stay_inside_the_unit_interval() -> None:
    rng = np.random.default_rng(0)
    for low, factor in zip(10 ** rng.uniform(-300, 200, 500), 10 ** rng.uniform(0.1, 100, 500), strict=True):
        parameter = Real("p", float(low), float(low * factor), log=True)
        ends = parameter.to_unit(np.array([parameter.low, parameter.high]))
        np.testing.assert_allclose(ends, [0.0, 1.0], atol=1e-12)
        assert ends.min() >= 0 and ends.max() <= 1


@pytest.mark.parametrize("parameter", [Categorical("p", (1, "a")), Integer("p", 0, 3), Real("p", 0.0, 3.0)])
@pytest.mark.parametrize("wrong", [None, "b", 4, -1, math.nan, math.inf, [1], 1j, {}, 10**400])
def test_values_outside_the_range_are_refused(parameter: Parameter, wrong: Value) -> None:
    with pytest.raises(ValueError, match=r"^p: wanted"):
        parameter.encode([wrong])


def test_numpy_numbers_are_numbers() -> None:
    np.testing.assert_array_equal(Integer("p", 0, 3).encode([np.int64(2), np.float32(3)]), [2, 3])  # type: ignore[list-item]
    np.testing.assert_array_equal(Real("p", 0.0, 3.0).encode([np.float32(0.5)]), [0.5])  # type: ignore[list-item]


@given(mistakes)
def test_encode_raises_nothing_but_value_errors(value: Value) -> None:
    for parameter in (Categorical("p", (1, "a")), Ordinal("p", (1, 2)), Integer("p", 0, 3), Real("p", 0.0, 3.0)):
        with suppress(ValueError):
            parameter.encode([value])
