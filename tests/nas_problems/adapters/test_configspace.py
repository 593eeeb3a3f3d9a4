"""Spaces of ConfigSpace, which rounds real numbers to 13 decimals."""

import numpy as np
import pytest

from nas_problems import Integer, Real, SearchSpace

pytest.importorskip("ConfigSpace", reason="pip install ConfigSpace")

from nas_problems.adapters.configspace import to_codes, to_configspace, to_configuration

RANGES = [
    Real("x", 0.014706304965369288, 0.9950965052352801),
    Real("x", -1 / 3, 2 / 3),
    Real("x", 1e-5 / 3, 1 / 3, log=True),
    Real("x", 1e8 / 3, 1e8 / 3 + 1),
]


@pytest.mark.parametrize("parameter", RANGES)
def test_a_range_with_more_decimals_is_kept_whole(parameter: Real) -> None:
    """Its ends were refused as not allowed, and numbers beyond them drawn."""
    space = SearchSpace((parameter, Integer("n", 1, 9)))
    there = to_configspace(space, seed=1)
    Z = np.concatenate([space.lower[None], space.upper[None], space.sample(20, np.random.default_rng(1))])
    back = np.concatenate([to_codes(space, to_configuration(there, space, z)) for z in Z])
    np.testing.assert_allclose(space.to_box(back), space.to_box(Z), atol=1e-6)
    assert there["x"].lower <= parameter.low and there["x"].upper >= parameter.high
    space.check(np.concatenate([to_codes(space, config) for config in there.sample_configuration(50)]))


def test_what_it_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="x: ConfigSpace has 13 decimals, wanted a bound of at least 1e-13"):
        to_configspace(SearchSpace((Real("x", 1e-15, 1.0, log=True),)))
