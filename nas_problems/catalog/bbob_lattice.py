"""BBOB functions on other spaces than the box: a lattice of mixed widths, and shuffled categories.

``mixint-f1 ... f24`` have a fifth of their variables each with 2, 4, 8 and 16 values and a fifth of real ones, as the
suite bbob-mixint; unlike there the optimum need not be on the lattice. ``shuffled-f1 ... f24`` have the space of a
NAS-Bench-201 cell, six variables of five choices, whose order on the function's axes is drawn per instance and hidden.
``on_space`` puts a function on the lattice of any space.
"""

from functools import partial

import nas_problems
from nas_problems.evaluators.analytic import BBOB_NAMES, BoxFunction
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER, Categorical, Integer, Parameter, Real, SearchSpace

DIMENSION = 5
"""Of the mixed lattice, where none is asked for."""

_WIDTHS = (2, 4, 8, 16, None)


def on_space(function: int, space: SearchSpace, *, name: str, function_id: int = 30_000) -> Problem:
    """A BBOB function on the lattice of a space: evenly spaced places in the box for the values of each parameter.

    Args:
        function: 1 ... 24.
        space: What is searched; unordered choices are shuffled, per instance.
        name: Name in logs and files.
        function_id: Id in logs.

    Raises:
        ValueError: No such function, or a name or id that logs cannot carry.

    >>> from nas_problems import Integer, SearchSpace
    >>> lattice = SearchSpace((Integer("a", 0, 4), Integer("b", 0, 4)))
    >>> on_space(1, lattice, name="sphere-on-lattice").optimum.Z
    array([[2, 1]])
    """
    if not 1 <= function <= len(BBOB_NAMES):
        raise ValueError(f"function: wanted 1 ... {len(BBOB_NAMES)}, found {function}")
    evaluator = BoxFunction(function, space)
    return Problem(name, function_id, space, evaluator, tuple(evaluator.metrics.values()), "tusar2019")


def _mixed(function: int, *, dimension: int = DIMENSION) -> Problem:
    widths = [_WIDTHS[j * len(_WIDTHS) // dimension] for j in range(dimension)]
    parameters: list[Parameter] = [
        Real(f"x{j}", BOX_LOWER, BOX_UPPER) if width is None else Integer(f"x{j}", 0, width - 1)
        for j, width in enumerate(widths)
    ]
    name = f"mixint-f{function}" + ("" if dimension == DIMENSION else f"-d{dimension}")
    return on_space(function, SearchSpace(tuple(parameters)), name=name, function_id=20_610 + function)


def _shuffled(function: int, *, dimension: int = 6) -> Problem:
    space = SearchSpace(tuple(Categorical(f"x{j}", tuple("abcde")) for j in range(dimension)))
    name = f"shuffled-f{function}" + ("" if dimension == 6 else f"-d{dimension}")
    return on_space(function, space, name=name, function_id=20_640 + function)


for _function, _name in enumerate(BBOB_NAMES, 1):
    nas_problems.register(
        f"mixint-f{_function}", summary=f"BBOB {_name} on a lattice of mixed widths", family="bbob-mixint"
    )(partial(_mixed, _function))
    nas_problems.register(
        f"shuffled-f{_function}", summary=f"BBOB {_name} on shuffled categories", family="bbob-shuffled"
    )(partial(_shuffled, _function))
