"""The 24 BBOB functions, through ioh: names, values, and as problems that our solvers can run on."""

from dataclasses import replace

import numpy as np

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.evaluators.analytic import BBOB_NAMES
from nas_problems.problem import Problem

N_FUNCTIONS = 24

FUNCTION_NAMES = BBOB_NAMES
"""Names of f1 ... f24."""


def evaluate_function(function: int, instance: int, X: FloatArray) -> FloatArray:
    """Values of a BBOB function at points (n, d), shape (n,).

    Raises:
        ValueError: No such function.
    """
    import ioh

    if not 1 <= function <= N_FUNCTIONS:
        raise ValueError(f"function: wanted 1 ... {N_FUNCTIONS}, found {function}")
    problem = ioh.get_problem(function, instance, X.shape[1], ioh.ProblemClass.BBOB)
    return np.array(problem(X.tolist()), dtype=np.float64)


def as_problem(function: int, instance: int, dimension: int) -> Problem:
    """A BBOB function as one of our problems, named with its instance, which a portfolio tells apart.

    Raises:
        ValueError: No such function.
    """
    if not 1 <= function <= N_FUNCTIONS:
        raise ValueError(f"function: wanted 1 ... {N_FUNCTIONS}, found {function}")
    problem = nas_problems.make(f"bbob-f{function}", instance=instance, dimension=dimension)
    return replace(problem, name=f"bbob-f{function}-i{instance}")
