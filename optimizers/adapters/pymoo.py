"""pymoo's single-objective algorithms on the box code of any space."""

from typing import Any

import numpy as np
from pymoo.core.algorithm import Algorithm
from pymoo.core.evaluator import Evaluator
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.core.termination import NoTermination
from pymoo.problems.static import StaticProblem

from nas_problems.array import FloatArray
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, SearchSpace
from optimizers.loop import Loop
from optimizers.randomness import draw_seed
from optimizers.variation import repair


class SnapRepair(Repair):  # type: ignore[misc]  # pymoo has no types
    """Moves points of the box to the middle of their choices, and invalid candidates to valid ones.

    So that an algorithm's population, its duplicate elimination and the values it is told speak of the
    same candidates.

    Args:
        space: The space of the box.
        rng: Source of randomness for invalid candidates.
    """

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        super().__init__()
        self._space, self._rng = space, rng

    def _do(self, problem: Any, X: FloatArray, **kwargs: Any) -> FloatArray:
        return to_points(self._space, repair(self._space, from_points(self._space, X), self._rng))


def to_points(space: SearchSpace, Z: Codes) -> FloatArray:
    """Codes (n, d) to points of the box."""
    return _inside(space.to_box(Z))


def from_points(space: SearchSpace, X: FloatArray) -> Codes:
    """Points of the box to codes (n, d)."""
    return space.from_box(_inside(X))


def _inside(X: FloatArray) -> FloatArray:
    return np.minimum(np.maximum(X, BOX_LOWER), BOX_UPPER)  # of what rounding leaves outside


def pymoo_loop(algorithm: Algorithm, space: SearchSpace, rng: np.random.Generator) -> Loop:
    """Run an algorithm that has not been set up, until it makes no new candidates.

    Args:
        algorithm: For one objective, without constraints; its populations pass a ``SnapRepair``.
        space: What is searched.
        rng: Seeds the algorithm.
    """
    problem = Problem(n_var=space.n_parameters, n_obj=1, xl=BOX_LOWER, xu=BOX_UPPER)
    algorithm.setup(problem, termination=NoTermination(), seed=draw_seed(rng))
    evaluator = Evaluator()
    while (population := algorithm.ask()) is not None:
        y = yield from_points(space, population.get("X"))
        evaluator.eval(StaticProblem(problem, F=y[:, None]), population)
        algorithm.tell(infills=population)
