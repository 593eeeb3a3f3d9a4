"""Search spaces: worked examples, then properties that hold for every space."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nas_problems import Categorical, Real, SearchSpace
from nas_problems.array import BoolArray
from nas_problems.parameter import Config, Value
from nas_problems.space import Codes
from nas_problems.testing import check_space
from tests.nas_problems.strategies import finite_spaces, mistakes, spaces, spaces_with_codes
from tests.nas_problems.tiny import MIXED_SPACE, TABLE_SPACE

# ---- worked examples


def test_configurations() -> None:
    Z = np.array([[0, 3, 2], [2, 0, 0]])
    configs: list[Config] = [{"op": "none", "kernel": 7, "depth": 4}, {"op": "pool", "kernel": 1, "depth": 2}]
    assert TABLE_SPACE.decode(Z) == configs
    np.testing.assert_array_equal(TABLE_SPACE.encode(configs), Z)


def test_index_is_a_mixed_radix_number_with_the_first_parameter_most_significant() -> None:
    np.testing.assert_array_equal(TABLE_SPACE.index_of([[0, 0, 1], [0, 1, 0], [1, 0, 0], [2, 3, 2]]), [1, 3, 12, 35])


def test_box_code() -> None:
    """Three choices on [-5, 5]: the middles of their intervals are -10/3, 0, 10/3."""
    np.testing.assert_allclose(TABLE_SPACE.to_box([[0, 0, 1], [2, 3, 2]])[:, 0], [-10 / 3, 10 / 3])
    np.testing.assert_array_equal(TABLE_SPACE.from_box([[-5.0, -5.0, -5.0], [5.0, 5.0, 5.0]]), [[0, 0, 0], [2, 3, 2]])


def test_one_hot() -> None:
    """Three columns for the operation, four for the kernel, one for the depth (the middle of its interval)."""
    np.testing.assert_allclose(TABLE_SPACE.one_hot([[1, 3, 0]]), [[0, 1, 0, 0, 0, 0, 1, 1 / 6]])


def test_neighbours_in_a_fixed_order() -> None:
    wanted = [[1, 0, 1], [2, 0, 1], [0, 1, 1], [0, 0, 0], [0, 0, 2]]
    np.testing.assert_array_equal(TABLE_SPACE.neighbours([0, 0, 1]), wanted)


def test_neighbours_along_real_parameters() -> None:
    """One tenth of three decades up or down; and no step over an end."""
    around = MIXED_SPACE.neighbours([0, 0, 1e-3, 2.0])
    np.testing.assert_allclose(around[-2:], [[0, 0, 10 ** (-3 + 0.3), 2.0], [0, 0, 1e-3, 1.6]])


def test_hamming_and_gower_distance() -> None:
    a, b = [[0, 0, 0]], [[1, 3, 1]]
    assert TABLE_SPACE.distance(a, b) == 3
    assert TABLE_SPACE.distance(a, b, metric="gower") == pytest.approx((1 + 1 + 0.5) / 3)
    mixed = MIXED_SPACE.distance([[0, 0, 1e-3, 0]], [[0, 4, 1e-2, 1]])
    assert mixed == pytest.approx((0 + 0.5 + 1 / 3 + 0.25) / 4)


def test_a_validity_test_filters_samples_neighbours_and_enumeration() -> None:
    space = SearchSpace(TABLE_SPACE.parameters, validity=lambda Z: Z[:, 0] == Z[:, 2])
    assert (space.sample(50, np.random.default_rng(0))[:, [0, 2]].T[0] < 3).all()
    assert space.is_valid(space.sample(50, np.random.default_rng(0))).all()
    np.testing.assert_array_equal(space.neighbours([0, 0, 0]), [[0, 1, 0]])
    assert sum(map(len, space.enumerate(chunk=5))) == 12


def test_a_validity_test_that_refuses_everything() -> None:
    def never(Z: Codes) -> BoolArray:
        return np.zeros(len(Z), dtype=np.bool_)

    space = SearchSpace(TABLE_SPACE.parameters, validity=never)
    with pytest.raises(RuntimeError, match="0 of 2 wanted rows are valid"):
        space.sample(2, np.random.default_rng(0))
    assert sum(map(len, space.enumerate())) == 0


def test_sampling_is_uniform() -> None:
    """Chi-square over the 36 codes; 36,000 draws are expected 1,000 times each."""
    counts = np.bincount(TABLE_SPACE.index_of(TABLE_SPACE.sample(36_000, np.random.default_rng(0))), minlength=36)
    assert ((counts - 1000) ** 2 / 1000).sum() < 80  # the 0.9999 quantile with 35 degrees of freedom is 77


def test_properties() -> None:
    assert (TABLE_SPACE.size, TABLE_SPACE.is_finite, TABLE_SPACE.is_mixed) == (36, True, True)
    assert (MIXED_SPACE.size, MIXED_SPACE.is_finite, MIXED_SPACE.is_mixed) == (None, False, True)
    assert not SearchSpace((Categorical("a", (1, 2)), Categorical("b", (1,)))).is_mixed
    assert MIXED_SPACE.dtype == np.float64 and TABLE_SPACE.dtype == np.int64
    assert TABLE_SPACE.names == ("op", "kernel", "depth")


@pytest.mark.parametrize("name", ["lower", "upper", "radix"])
def test_arrays_that_all_who_search_a_space_share_cannot_be_written_to(name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(TABLE_SPACE, name)[0] = 7


def test_a_space_of_more_codes_than_int64_has_numbers() -> None:
    space = SearchSpace(tuple(Categorical(f"p{i}", tuple(range(10))) for i in range(20)))
    assert space.size == 10**20
    check_space(space)
    with pytest.raises(ValueError, match="at most 2"):
        space.index_of(space.sample(1, np.random.default_rng(0)))
    with pytest.raises(ValueError, match="at most 2"):
        space.from_index([0])


def test_a_list_of_parameters_becomes_a_tuple() -> None:
    parameters: Any = [Categorical("a", (1, 2)), Real("b", 0.0, 1.0)]
    assert SearchSpace(parameters) == SearchSpace(tuple(parameters))


# ---- refusals


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ((), "non-empty tuple"),
        ([], "non-empty tuple"),
        (Categorical("a", (1,)), "non-empty tuple"),
        ((Categorical("a", (1,)), Real("a", 0.0, 1.0)), "distinct names"),
        (("a",), "wanted Categorical"),
    ],
)
def test_bad_spaces(parameters: tuple[Categorical, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SearchSpace(parameters)


@pytest.mark.parametrize(
    ("Z", "message"),
    [
        ([[0, 0, 3]], r"Z\[0, 2\] \(depth\): wanted a code in \[0, 2\], found 3"),
        ([[0, 0, 0], [0, -1, 0]], r"Z\[1, 1\] \(kernel\): wanted a code in \[0, 3\], found -1"),
        ([[0.0, 0.0, 0.0]], "wanted integer codes, found dtype float64"),
        (np.array([[2**63, 0, 0]], dtype=np.uint64), r"Z\[0, 0\]"),
        ([[0, 0]], r"wanted shape \(n, 3\)"),
        ([{"op": "conv"}], r"wanted codes, found configurations; pass space.encode"),
        ({"op": "conv"}, r"wanted codes, found configurations; pass space.encode"),
    ],
)
def test_bad_codes(Z: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TABLE_SPACE.check(Z)


@pytest.mark.parametrize("row", [[0.5, 0, 0.1, 0], [0, 0.5, 0.1, 0], [0, 0, np.nan, 0], [0, 0, 0.1, np.inf]])
def test_bad_mixed_codes(row: list[float]) -> None:
    with pytest.raises(ValueError, match=r"^Z"):
        MIXED_SPACE.check([row])


@pytest.mark.parametrize("X", [[[0, 0, 5.0001]], [[0, 0, np.nan]], [[0, 0]], [["a", "b", "c"]]])
def test_bad_points(X: object) -> None:
    with pytest.raises(ValueError, match=r"^X"):
        TABLE_SPACE.from_box(X)


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        ([{"op": "none"}], r"configs\[0\]: wanted the names"),
        ([{"op": "none", "kernel": 1, "depth": 2, "extra": 0}], r"configs\[0\]: wanted the names"),
        ([{"op": "none", "kernel": 2, "depth": 2}], "kernel: wanted one of"),
        ([{"op": "none", "kernel": 1, "depth": 5}], "depth: wanted an integer in"),
        ([{0: 1}], r"configs\[0\]: wanted the names"),
        ({"op": "none"}, r"wanted a sequence of mappings, .*; pass .config. for a single one"),
        ([3], r"configs\[0\]: wanted a mapping"),
        (None, "wanted a sequence of mappings"),
    ],
)
def test_bad_configurations(configs: list[dict[str, Value]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TABLE_SPACE.encode(configs)


def test_only_finite_spaces_have_numbers() -> None:
    for refused in (lambda: MIXED_SPACE.index_of([[0, 0, 0.1, 0]]), lambda: MIXED_SPACE.enumerate()):
        with pytest.raises(ValueError, match="wanted a finite space"):
            refused()


@pytest.mark.parametrize("indices", [0, [[0]], [0.5], [36], [-1], ["a"], [True], [2**70]])
def test_bad_indices(indices: object) -> None:
    with pytest.raises(ValueError, match="indices: wanted"):
        TABLE_SPACE.from_index(indices)


def test_bad_counts_and_metrics() -> None:
    for n in (-1, 1.5, True):
        with pytest.raises(ValueError, match="n: wanted an integer >= 0"):
            TABLE_SPACE.sample(n, np.random.default_rng(0))  # type: ignore[arg-type]
    for chunk in (0, 2.0):
        with pytest.raises(ValueError, match="chunk: wanted an integer >= 1"):
            TABLE_SPACE.enumerate(chunk=chunk)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="metric: wanted"):
        TABLE_SPACE.distance([[0, 0, 0]], [[0, 0, 0]], metric="euclid")  # type: ignore[arg-type]


# ---- properties of every space


@given(spaces(), st.integers(0, 2**32))
def test_every_space_keeps_its_promises(space: SearchSpace, seed: int) -> None:
    check_space(space, rng=np.random.default_rng(seed))


@given(spaces_with_codes(spaces()))
def test_round_trips(made: tuple[SearchSpace, Codes]) -> None:
    space, Z = made
    np.testing.assert_array_equal(space.encode(space.decode(Z)), Z)
    assert space.decode(space.encode(space.decode(Z))) == space.decode(Z)
    X = space.to_box(Z)
    assert ((X >= -5) & (X <= 5)).all()
    np.testing.assert_allclose(space.from_box(X), Z, rtol=1e-9, atol=1e-9)


@given(spaces_with_codes(finite_spaces()))
def test_finite_round_trips_are_exact(made: tuple[SearchSpace, Codes]) -> None:
    space, Z = made
    np.testing.assert_array_equal(space.from_box(space.to_box(Z)), Z)
    np.testing.assert_array_equal(space.from_index(space.index_of(Z)), Z)


@given(finite_spaces())
def test_enumeration_has_every_code_once_and_in_order(space: SearchSpace) -> None:
    assume(space.size is not None and space.size < 20_000)
    for chunk in (7, 65_536):
        indices = np.concatenate([space.index_of(Z) for Z in space.enumerate(chunk=chunk)])
        np.testing.assert_array_equal(indices, np.arange(space.size or 0))


@given(spaces_with_codes(spaces()))
def test_arguments_are_not_changed_and_results_are_not_shared(made: tuple[SearchSpace, Codes]) -> None:
    space, Z = made
    before = Z.copy()
    Z.flags.writeable = False
    for result in (space.canonical(Z), space.to_box(Z), space.one_hot(Z), space.neighbours(Z[0]), space.distance(Z, Z)):
        result[...] = 0
    np.testing.assert_array_equal(Z, before)


@given(spaces_with_codes(spaces()))
def test_one_hot_tells_rows_apart(made: tuple[SearchSpace, Codes]) -> None:
    space, Z = made
    same_code = (Z[:, None] == Z[None]).all(axis=2)
    same_expansion = (space.one_hot(Z)[:, None] == space.one_hot(Z)[None]).all(axis=2)
    assert not (same_code & ~same_expansion).any()
    if space.is_finite:
        np.testing.assert_array_equal(same_code, same_expansion)


@given(spaces_with_codes(finite_spaces(), max_rows=1))
def test_neighbours_are_the_codes_one_step_away(made: tuple[SearchSpace, Codes]) -> None:
    """Against the definition, by looking at every code of the space."""
    space, Z = made
    assume(space.size is not None and space.size <= 5_000)
    everything = np.concatenate(list(space.enumerate()))
    difference = np.abs(everything - Z[0])
    ordered = np.array([parameter.ordered for parameter in space.parameters])
    one_step = np.where(ordered, difference == 1, difference != 0)
    wanted = everything[((difference != 0).sum(axis=1) == 1) & one_step.any(axis=1)]
    found = space.neighbours(Z[0])
    np.testing.assert_array_equal(np.sort(space.index_of(found)), np.sort(space.index_of(wanted)))


TAKE_AN_ARRAY = ("check", "is_valid", "canonical", "decode", "to_box", "from_box", "one_hot", "neighbours")


@given(mistakes, st.sampled_from((*TAKE_AN_ARRAY, "encode", "index_of", "from_index")))
def test_anything_wrong_is_a_value_error(wrong: object, method: str) -> None:
    for space in (TABLE_SPACE, MIXED_SPACE):
        with suppress(ValueError):
            getattr(space, method)(wrong)
        with suppress(ValueError):
            space.distance(wrong, wrong)
