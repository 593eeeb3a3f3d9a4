"""The uniform initializer."""

import numpy as np

from optimizers.initializers.uniform import uniform
from optimizers.testing import spaces


def test_uniform_is_the_sample_of_the_space() -> None:
    for space in spaces().values():
        Z = uniform(space, 7, np.random.default_rng(3))
        assert np.array_equal(Z, space.sample(7, np.random.default_rng(3)))
        assert space.is_valid(Z).all()
