"""MA-BBOB: affine combinations of the BBOB functions, one per instance, in any dimension."""

import nas_problems
from nas_problems.catalog.bbob import DIMENSION, box
from nas_problems.evaluators.analytic import MANY_AFFINE, BoxFunction
from nas_problems.problem import Problem


@nas_problems.register("ma-bbob", summary="MA-BBOB, an affine combination of BBOB per instance", family="MA-BBOB")
def _problem(*, dimension: int = DIMENSION) -> Problem:
    evaluator = BoxFunction(MANY_AFFINE, box(dimension))
    return Problem(
        name="ma-bbob" + ("" if dimension == DIMENSION else f"-d{dimension}"),
        function_id=20_600,  # ioh has 0, which readers of logs take for none
        base_space=evaluator.space,
        evaluator=evaluator,
        objectives=tuple(evaluator.metrics.values()),
        source="vermetten2023",
    )
