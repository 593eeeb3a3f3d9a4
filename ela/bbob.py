"""The 24 BBOB functions, through ioh: names, values, and as problems that our solvers can run on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, Real, SearchSpace

N_FUNCTIONS = 24

FUNCTION_NAMES = (
    "Sphere",
    "Ellipsoid",
    "Rastrigin",
    "Bueche-Rastrigin",
    "Linear slope",
    "Attractive sector",
    "Step ellipsoid",
    "Rosenbrock",
    "Rotated Rosenbrock",
    "Rotated ellipsoid",
    "Discus",
    "Bent cigar",
    "Sharp ridge",
    "Different powers",
    "Rotated Rastrigin",
    "Weierstrass",
    "Schaffers F7",
    "Schaffers F7, ill-conditioned",
    "Griewank-Rosenbrock",
    "Schwefel",
    "Gallagher 101 peaks",
    "Gallagher 21 peaks",
    "Katsuura",
    "Lunacek bi-Rastrigin",
)
"""Names of f1 ... f24. Source: hansen2021, table 1."""


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


_VALUE = Metric("value", penalty=1e12)


@dataclass(frozen=True, eq=False)
class FunctionEvaluator:
    """A BBOB function as an evaluator of codes, which are points of [-5, 5]^d.

    Args:
        function: Function number.
        instance: Its instance.
        dimension: Number of variables.
    """

    function: int
    instance: int
    dimension: int

    @property
    def kind(self) -> EvaluatorKind:
        """A formula."""
        return "computed"

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """The function's value, which is nowhere below that of its optimum."""
        return {_VALUE.name: replace(_VALUE, lower_bound=self.optimum)}

    @property
    def fidelities(self) -> Fidelities:
        """Only the full one."""
        return Fidelities("share", (1.0,))

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """No noise."""
        return frozenset({"mean"})

    @cached_property
    def _problem(self) -> Any:
        import ioh

        return ioh.get_problem(self.function, self.instance, self.dimension, ioh.ProblemClass.BBOB)

    @property
    def optimum(self) -> float:
        """The smallest value."""
        return float(self._problem.optimum.y)

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        values = np.array(self._problem(np.asarray(Z, dtype=np.float64).tolist()), dtype=np.float64)
        return Evaluations({"value": values.reshape(len(Z))}, np.zeros(len(Z)), np.zeros(len(Z), dtype=np.bool_))


def as_problem(function: int, instance: int, dimension: int) -> Problem:
    """A BBOB function as one of our problems, so that our solvers can run on it.

    Raises:
        ValueError: No such function.
    """
    if not 1 <= function <= N_FUNCTIONS:
        raise ValueError(f"function: wanted 1 ... {N_FUNCTIONS}, found {function}")
    evaluator = FunctionEvaluator(function, instance, dimension)
    space = SearchSpace(tuple(Real(f"x{j}", BOX_LOWER, BOX_UPPER) for j in range(dimension)))
    return Problem(
        name=f"bbob-f{function}-i{instance}",
        function_id=function,
        base_space=space,
        evaluator=evaluator,
        objectives=(evaluator.metrics[_VALUE.name],),
        source="hansen2021",
    )
