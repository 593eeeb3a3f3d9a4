"""Scrambled Sobol points on the box code."""

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
def sobol(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    """The first ``n`` points of a scrambled Sobol sequence.

    The points are balanced where ``n`` is a power of two; any other number is cut from the next power.
    Rows that fail the validity test are repaired, see ``optimizers.variation.repair``.

    Args:
        space: Where to draw; at most 21,201 parameters.
        n: Number of rows, >= 0.
        rng: Source of randomness of the scrambling.

    Returns:
        Valid codes, shape (n, d).

    Raises:
        ValueError: ``n`` is not an integer >= 0, or too many parameters.

    Source: sobol1967, owen1998.

    >>> from nas_problems import Integer, SearchSpace
    >>> sorted(sobol(SearchSpace((Integer("depth", 1, 8),)), 8, np.random.default_rng(1)).ravel().tolist())
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    from scipy.stats import qmc

    if check_count(n, "n") == 0:
        return uniform(space, 0, rng)
    unit = qmc.Sobol(space.n_parameters, scramble=True, seed=rng).random_base2((n - 1).bit_length())[:n]
    return repair(space, space.from_box(BOX_LOWER + (BOX_UPPER - BOX_LOWER) * unit), rng)


@initializers.register("sobol", summary="scrambled Sobol points of the box code", family="sampling")
def make_sobol(problem: Problem) -> Initializer:
    """The Sobol initializer, whatever the problem."""
    return sobol
