"""The 25 functions of PBO on bits, in any dimension and ioh's instances; with up to 14 bits the optimum is exact.

Ids are ioh's, and logs name the suite PBO. The functions are maximised: logs have their values with the sign changed,
as those of all problems here.
"""

from functools import partial

import nas_problems
from nas_problems.evaluators.analytic import BitFunction
from nas_problems.problem import Problem
from nas_problems.space import Categorical, SearchSpace

DIMENSION = 16
"""Where none is asked for: a square, as some of the functions want."""

NAMES = (
    "OneMax",
    "LeadingOnes",
    "Linear",
    "OneMax with dummies, half",
    "OneMax with dummies, nine of ten",
    "OneMax with neutrality",
    "OneMax with epistasis",
    "OneMax, ruggedness 1",
    "OneMax, ruggedness 2",
    "OneMax, ruggedness 3",
    "LeadingOnes with dummies, half",
    "LeadingOnes with dummies, nine of ten",
    "LeadingOnes with neutrality",
    "LeadingOnes with epistasis",
    "LeadingOnes, ruggedness 1",
    "LeadingOnes, ruggedness 2",
    "LeadingOnes, ruggedness 3",
    "Low autocorrelation binary sequences",
    "Ising ring",
    "Ising torus",
    "Ising triangular",
    "Maximum independent vertex set",
    "N-queens",
    "Concatenated trap",
    "NK landscapes",
)
"""Names of f1 ... f25. Source: doerr2020pbo, section 3."""


def _problem(function: int, *, dimension: int = DIMENSION) -> Problem:
    space = SearchSpace(tuple(Categorical(f"bit{j}", (0, 1)) for j in range(dimension)))
    evaluator = BitFunction(function, space)
    return Problem(
        name=f"pbo-f{function}" + ("" if dimension == DIMENSION else f"-d{dimension}"),
        function_id=function,
        base_space=space,
        evaluator=evaluator,
        objectives=tuple(evaluator.metrics.values()),
        source="doerr2020pbo",
    )


for _function, _name in enumerate(NAMES, 1):
    nas_problems.register(f"pbo-f{_function}", summary=f"PBO {_name}, any number of bits", family="PBO")(
        partial(_problem, _function)
    )
