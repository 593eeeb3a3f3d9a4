"""Latin hypercube sampling on the box code: every variable's range is covered evenly."""

import numpy as np

from nas_problems.array import check_count
from nas_problems.checked import checked
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, SearchSpace
from optimizers.initializers.uniform import uniform
from optimizers.registry import initializers
from optimizers.solver import Initializer
from optimizers.variation import repair


@checked
def latin_hypercube(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    """Draw ``n`` rows of which each of the ``n`` equal slices of every variable's range holds one.

    Rows that fail the validity test are repaired, see ``optimizers.variation.repair``, which keeps most
    of their variables.

    Args:
        space: Where to draw.
        n: Number of rows, >= 0.
        rng: Source of randomness.

    Returns:
        Valid codes, shape (n, d).

    Raises:
        ValueError: ``n`` is not an integer >= 0.

    Source: mckay1979.

    >>> from nas_problems import Categorical, SearchSpace
    >>> space = SearchSpace((Categorical("op", ("conv", "pool")), Categorical("act", ("relu", "tanh"))))
    >>> latin_hypercube(space, 4, np.random.default_rng(1)).sum(axis=0)  # every choice twice
    array([2, 2])
    """
    from scipy.stats import qmc

    if check_count(n, "n") == 0:
        return uniform(space, 0, rng)
    unit = qmc.LatinHypercube(space.n_parameters, seed=rng).random(n)
    return repair(space, space.from_box(BOX_LOWER + (BOX_UPPER - BOX_LOWER) * unit), rng)


@initializers.register("latin-hypercube", summary="Latin hypercube sampling of the box code", family="sampling")
def make_latin_hypercube(problem: Problem) -> Initializer:
    """The Latin hypercube initializer, whatever the problem."""
    return latin_hypercube
