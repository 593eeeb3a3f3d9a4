"""The 24 BBOB functions, in any dimension and ioh's instances: ``bbob-f1[dimension=20]``.

Ids are ioh's, and logs name the suite BBOB, as ioh's do; a value is what ioh logs: the distance to the optimum.
"""

from functools import partial

import nas_problems
from nas_problems.evaluators.analytic import BBOB_NAMES, BoxFunction
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER, Real, SearchSpace

SUITE = "BBOB"
"""As ioh names it in logs."""

DIMENSION = 5
"""Where none is asked for."""


def label(function: int, dimension: int) -> str:
    """The name of a function's problem in logs and files.

    >>> label(8, 20)
    'bbob-f8-d20'
    """
    return f"bbob-f{function}" + ("" if dimension == DIMENSION else f"-d{dimension}")


def own_label(function: int, name: str, dimension: int) -> str:
    """What a logged function is called here: BBOB's, which ioh logs under ids and names of its own, and any other.

    >>> own_label(8, "Rosenbrock", 20), own_label(8, "mine", 20)
    ('bbob-f8-d20', 'mine')
    """
    import ioh

    return label(function, dimension) if ioh.ProblemClass.BBOB.problems.get(function) == name else name


def box(dimension: int) -> SearchSpace:
    """``dimension`` real parameters on [-5, 5].

    Raises:
        ValueError: Less than one.
    """
    return SearchSpace(tuple(Real(f"x{j}", BOX_LOWER, BOX_UPPER) for j in range(dimension)))


def _problem(function: int, *, dimension: int = DIMENSION) -> Problem:
    evaluator = BoxFunction(function, box(dimension))
    return Problem(
        name=label(function, dimension),
        function_id=function,
        base_space=evaluator.space,
        evaluator=evaluator,
        objectives=tuple(evaluator.metrics.values()),
        source="hansen2021",
    )


for _function, _name in enumerate(BBOB_NAMES, 1):
    nas_problems.register(f"bbob-f{_function}", summary=f"BBOB {_name}, any dimension", family=SUITE)(
        partial(_problem, _function)
    )
