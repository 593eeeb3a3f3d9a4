"""pymoo's single-objective algorithms on any space: on its box code, or on mixed variables."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from pymoo.core.algorithm import Algorithm
from pymoo.core.evaluator import Evaluator
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.core.termination import NoTermination
from pymoo.core.variable import Binary, Choice, Integer, Real
from pymoo.operators.mutation.bitflip import BFM
from pymoo.operators.mutation.pm import PM
from pymoo.operators.mutation.rm import ChoiceRandomMutation
from pymoo.operators.repair.rounding import RoundingRepair
from pymoo.problems.static import StaticProblem

from nas_problems.adapters.pymoo import from_mixed, mixed_variables, to_mixed
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


class ValidRepair(SnapRepair):
    """Moves only points of the box whose candidates are invalid, to the middle of a valid one near them.

    For algorithms that move by real-valued steps, of which the middles would swallow the small ones.
    """

    def _do(self, problem: Any, X: FloatArray, **kwargs: Any) -> FloatArray:
        Z = from_points(self._space, X)
        moved = repair(self._space, Z, self._rng)
        is_same = (moved == Z).all(axis=1, keepdims=True)
        return np.where(is_same, X, to_points(self._space, moved))


class MixedRepair(Repair):  # type: ignore[misc]
    """Replaces invalid candidates by valid ones near them, on mixed variables.

    Args:
        space: The space of the candidates.
        rng: Source of randomness for invalid candidates.
    """

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        super().__init__()
        self._space, self._rng = space, rng

    def _do(self, problem: Any, X: Any, **kwargs: Any) -> Any:
        Z = from_mixed(self._space, X)
        moved = repair(self._space, Z, self._rng)
        is_same = (moved == Z).all(axis=1).tolist()
        return [x if same else y for x, y, same in zip(X, to_mixed(self._space, moved), is_same, strict=True)]


def mixed_mutation(space: SearchSpace) -> dict[type, Any]:
    """The library's mutations per kind of variable, each of a variable with probability one over their number.

    By default the library redraws a categorical variable with probability one half, because it mutates each of them
    only, and takes it for the only one.

    Args:
        space: The space of the candidates.
    """
    rate = min(0.5, 1 / space.n_parameters)
    return {
        Binary: BFM(prob_var=rate),
        Choice: ChoiceRandomMutation(prob_var=rate),
        Integer: PM(prob_var=rate, vtype=float, repair=RoundingRepair()),
        Real: PM(prob_var=rate),
    }


def to_points(space: SearchSpace, Z: Codes) -> FloatArray:
    """Codes (n, d) to points of the box."""
    return _inside(space.to_box(Z))


def from_points(space: SearchSpace, X: FloatArray) -> Codes:
    """Points of the box to codes (n, d)."""
    return space.from_box(_inside(X))


def _inside(X: FloatArray) -> FloatArray:
    return np.minimum(np.maximum(X, BOX_LOWER), BOX_UPPER)  # of what rounding leaves outside


def pymoo_loop(algorithm: Algorithm, space: SearchSpace, rng: np.random.Generator) -> Loop:
    """Run an algorithm on the box code until it makes no new candidates.

    Args:
        algorithm: For one objective, without constraints, not set up; its candidates pass a repair of
            this module.
        space: What is searched.
        rng: Seeds the algorithm.
    """
    problem = Problem(n_var=space.n_parameters, n_obj=1, xl=BOX_LOWER, xu=BOX_UPPER)
    return _loop(algorithm, problem, partial(from_points, space), rng)


def mixed_loop(algorithm: Algorithm, space: SearchSpace, rng: np.random.Generator) -> Loop:
    """Run an algorithm for mixed variables; see ``pymoo_loop``."""
    problem = Problem(vars=mixed_variables(space), n_obj=1)
    return _loop(algorithm, problem, partial(from_mixed, space), rng)


def _loop(algorithm: Algorithm, problem: Problem, to_codes: Callable[[Any], Codes], rng: np.random.Generator) -> Loop:
    algorithm.setup(problem, termination=NoTermination(), seed=draw_seed(rng))
    evaluator = Evaluator()
    while (population := algorithm.ask()) is not None:
        y = yield to_codes(population.get("X"))
        evaluator.eval(StaticProblem(problem, F=y[:, None]), population)
        with np.errstate(over="ignore"):  # PSO adapts to equal distances with exp(huge), whose limit is right
            algorithm.tell(infills=population)
