"""Latin hypercubes and Sobol points as initial populations."""

import numpy as np
import pytest

from nas_problems import Integer, SearchSpace
from optimizers.initializers.latin_hypercube import latin_hypercube
from optimizers.initializers.sobol import sobol
from optimizers.solver import Initializer
from optimizers.testing import spaces

BOTH = [latin_hypercube, sobol]


@pytest.mark.parametrize("draw", BOTH)
@pytest.mark.parametrize("name", spaces())
def test_rows_are_valid_codes_drawn_from_the_generator_alone(draw: Initializer, name: str) -> None:
    space = spaces()[name]
    for n in (0, 1, 7, 16):
        Z = draw(space, n, np.random.default_rng(3))
        assert Z.shape == (n, space.n_parameters)
        assert Z.dtype == space.dtype
        assert space.is_valid(Z).all()
        assert np.array_equal(Z, draw(space, n, np.random.default_rng(3)))


@pytest.mark.parametrize("draw", BOTH)
def test_every_slice_of_every_variable_is_hit_once(draw: Initializer) -> None:
    space = SearchSpace((Integer("depth", 1, 16), Integer("width", 1, 16)))
    Z = draw(space, 16, np.random.default_rng(4))
    assert np.array_equal(np.sort(Z, axis=0), np.repeat(np.arange(16)[:, None], 2, axis=1))


@pytest.mark.parametrize("draw", BOTH)
def test_a_count_that_is_none_is_refused(draw: Initializer) -> None:
    with pytest.raises(ValueError, match="n: wanted an integer >= 0, found -1"):
        draw(spaces()["ordered"], -1, np.random.default_rng(1))


def test_sobol_points_in_two_dimensions_fill_every_elementary_interval() -> None:
    """Of 16 points of a (0, 4, 2)-net, each 4 x 4, 2 x 8 and 8 x 2 box of the square holds one."""
    space = SearchSpace((Integer("a", 1, 16), Integer("b", 1, 16)))
    Z = sobol(space, 16, np.random.default_rng(5))
    for width in (2, 4, 8):
        cells = Z // np.array([width, 16 // width])
        assert len(np.unique(cells, axis=0)) == 16
