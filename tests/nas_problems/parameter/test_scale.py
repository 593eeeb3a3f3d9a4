"""A log scale is kept by every way a value is drawn or moved, and no range is too far for it."""

import fractions
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ela.sampling import sample_codes
from nas_problems import Categorical, Condition, Integer, Ordinal, Real, SearchSpace, conditional_space
from nas_problems.parameter import Codes, Parameter
from nas_problems.space_file import space_from_configspace, space_from_toml, space_to_configspace, space_to_toml
from optimizers.initializers.latin_hypercube import latin_hypercube
from optimizers.initializers.sobol import sobol
from optimizers.variation import Mutator, mutate_each, mutate_one
from tests.nas_problems.strategies import finite_parameters

WIDTH = Integer("width", 1, 1024, log=True)
"""Its middle on the log scale is 27, on a linear one 512."""

SPACES = {
    "finite": SearchSpace((WIDTH, Categorical("op", ("conv", "pool")))),
    "alone": SearchSpace((WIDTH,)),
    "mixed": SearchSpace((WIDTH, Real("drop", 0.0, 1.0))),
    "read from TOML": space_from_toml(space_to_toml(SearchSpace((WIDTH, Real("drop", 0.0, 1.0))))),
    "read from ConfigSpace": space_from_configspace(space_to_configspace(SearchSpace((WIDTH, Ordinal("n", (1, 2)))))),
    "next to one choice": SearchSpace((WIDTH, Integer("one", 3, 3), Ordinal("only", (7,)))),
    "next to a conditional one": conditional_space(
        (WIDTH, Categorical("op", ("conv", "pool")), Real("rate", 1e-6, 1.0, log=True)),
        [Condition("rate", "op", ("conv",))],
    ),
    "next to a stepped one": SearchSpace((WIDTH, Real("rate", 0.01, 1.0, log=True, step=0.01))),
    "valid": SearchSpace((WIDTH, Categorical("op", ("conv", "pool"))), validity=lambda Z: Z[:, 1] == 0),
}


def _median_width(space: SearchSpace, Z: Codes) -> float:
    return float(np.median([config["width"] for config in space.decode(Z)]))


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("way", ["sample", "box", "lhs", "sobol", "design", "mutate_one", "mutate_each", "Mutator"])
def test_every_way_of_drawing_has_the_median_of_the_log_scale(space: SearchSpace, way: str) -> None:
    rng = np.random.default_rng(1)
    corner = np.tile(space.sample(1, rng), (1000, 1))
    corner[:, 0] = 1023  # the largest width: what comes of it is drawn anew
    d = space.n_parameters
    ways: dict[str, Callable[[], Codes]] = {
        "sample": lambda: space.sample(1000, rng),
        "box": lambda: space.from_box(rng.uniform(-5, 5, (1000, d))),
        "lhs": lambda: latin_hypercube(space, 1000, rng),
        "sobol": lambda: sobol(space, 1024, rng),
        "design": lambda: sample_codes(space, 1000, design="uniform", rng=rng),
        "mutate_one": lambda: mutate_one(space, corner, rng),
        "mutate_each": lambda: mutate_each(space, corner, rng, rate=1.0),
        "Mutator": lambda: np.concatenate([Mutator(space, rng)(corner[0].tolist()) for _ in range(400)]),
    }
    Z = ways[way]()
    changed = Z[Z[:, 0] != 1023] if way in ("mutate_one", "Mutator") else Z
    assert 15 <= _median_width(space, changed) <= 45


@given(st.data())
def test_another_value_is_another_one(data: st.DataObject) -> None:
    parameter = data.draw(finite_parameters("p"))
    n = parameter.n_choices
    assert n is not None
    codes = np.repeat(np.arange(min(n, 50)), 20)
    units = np.tile([*np.linspace(0, 1, 19, endpoint=False), np.nextafter(1.0, 0.0)], min(n, 50))
    found = parameter.another(codes, units)
    assert ((found >= 0) & (found < n)).all()
    assert n == 1 or (found != codes).all()


def test_mutation_draws_the_others_by_their_shares() -> None:
    parameter = Integer("n", 1, 4, log=True)  # shares: log 3, log 5/3, log 7/5, log 9/7, each over log 9
    drawn = parameter.another(np.zeros(200_000, dtype=np.int64), np.random.default_rng(2).random(200_000))
    shares = np.bincount(drawn, minlength=4) / len(drawn)
    wanted = np.array([0.0, np.log(5 / 3), np.log(7 / 5), np.log(9 / 7)]) / np.log(3)
    assert shares == pytest.approx(wanted, abs=0.005)


@pytest.mark.parametrize(
    "parameter",
    [
        Integer("p", 2**53 - 1, 2**53, log=True),
        Integer("p", 2**53, 2**53, log=True),
        Integer("p", 2**52, 2**52 + 99, log=True),
        Integer("p", 2**52 - 99, 2**52 + 99),
        Integer("p", -(2**53), -(2**53) + 5),
        Integer("p", 1, 2**32, log=True),
        Integer("p", 2**40, 2**40 + 2**32 - 1, log=True),
    ],
    ids=str,
)
def test_far_integers_come_back_from_the_unit_scale(parameter: Integer) -> None:
    codes = np.unique(np.linspace(0, parameter.n_choices - 1, 999).astype(np.int64))
    unit = parameter.to_unit(codes)
    assert ((unit >= 0) & (unit <= 1)).all()
    np.testing.assert_array_equal(parameter.from_unit(unit), codes)
    assert parameter.from_unit(np.array([0.0, 1.0])).tolist() == [0, parameter.n_choices - 1]
    assert parameter.encode(parameter.decode(codes)).tolist() == codes.tolist()


@pytest.mark.parametrize("low", [1e-300, 5e-324, 1e-160])
def test_a_log_range_whose_product_underflows(low: float) -> None:
    parameter = Real("rate", low, 1e-150, log=True)
    middle = parameter.from_unit(np.array([0.0, 0.5, 1.0]))
    assert middle[0] == pytest.approx(low) and middle[2] == pytest.approx(1e-150)
    assert np.log10(middle[1]) == pytest.approx((np.log10(low) - 150) / 2, rel=1e-6)


@pytest.mark.parametrize("kind", [Categorical, Ordinal])
def test_numpy_scalars_and_none_are_values(kind: Any) -> None:  # untyped: numpy types are not Value's
    parameter = kind("max_features", (None, "sqrt", np.int64(3), np.float32(0.5), np.str_("log2"), np.True_))
    values = parameter.decode(np.arange(6))
    assert values == [None, "sqrt", 3, 0.5, "log2", True]
    assert [type(value) for value in values] == [type(None), str, int, float, str, bool]
    assert parameter.encode([np.int64(3), None]).tolist() == [2, 0]
    with pytest.raises(ValueError, match=r"max_features: wanted one of \(None, .*found array\(\[1, 2\]\)"):
        parameter.encode([np.array([1, 2])])
    with pytest.raises(ValueError, match="wanted distinct"):
        kind("p", (np.int64(3), 3))
    with pytest.raises(ValueError, match="strings, numbers and None"):
        kind("p", (np.float64("nan"), 3))


@pytest.mark.parametrize(
    ("parameter", "ends"),
    [
        (Integer("p", np.int64(2), np.uint8(5)), (2, 5)),  # type: ignore[arg-type]
        (Real("p", np.float32(0.5), np.int16(2)), (0.5, 2)),  # type: ignore[arg-type]
        (Real("p", fractions.Fraction(1, 2), 2), (0.5, 2)),  # type: ignore[arg-type]
    ],
    ids=str,
)
def test_numpy_numbers_are_bounds(parameter: Parameter, ends: tuple[float, float]) -> None:
    assert isinstance(parameter, (Integer, Real))
    assert (parameter.low, parameter.high) == ends
    assert type(parameter.low) in (int, float) and type(parameter.high) in (int, float)


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 10**400), (-(10**5000), 0), (0.0, None), (0.0, "1"), (True, 2), (np.nan, np.inf)],
    ids=["400 digits", "5000 digits", "none", "string", "bool", "nan"],
)
def test_bounds_that_float64_does_not_hold(low: object, high: object) -> None:
    with pytest.raises(ValueError, match=r"^p: wanted finite low < high, found \[.{1,170}\]$"):
        Real("p", low, high)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^p: wanted integer bounds"):
        Integer("p", low, high)  # type: ignore[arg-type]
