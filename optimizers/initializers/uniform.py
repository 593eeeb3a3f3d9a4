"""Uniform sampling, the start that every other initializer is compared with."""

from nas_problems.problem import Problem
from optimizers.registry import initializers
from optimizers.solver import Initializer, uniform

__all__ = ["make_uniform", "uniform"]


@initializers.register("uniform", summary="independent uniform draws", family="sampling")
def make_uniform(problem: Problem) -> Initializer:
    """The uniform initializer, whatever the problem."""
    return uniform
