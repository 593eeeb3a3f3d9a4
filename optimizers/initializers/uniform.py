"""Uniform sampling, the start that every other initializer is compared with."""

import numpy as np

from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.registry import initializers
from optimizers.solver import Initializer


def uniform(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    """Draw ``n`` valid codes uniformly and independently; see ``SearchSpace.sample``."""
    return space.sample(n, rng)


@initializers.register("uniform", summary="independent uniform draws", family="sampling")
def make_uniform(problem: Problem) -> Initializer:
    """The uniform initializer, whatever the problem."""
    return uniform
