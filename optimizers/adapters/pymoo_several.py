"""pymoo's algorithms for several objectives on any space, with operators that know choices.

The operators of pymoo's examples for integers are rounded real ones: most of their steps round back to where they
started, and unordered choices are moved along an order that they do not have. Here a variable with choices is swapped
or gets another choice; only real parameters are moved by real steps.
"""

from math import comb
from typing import Any

import numpy as np
from pymoo.core.algorithm import Algorithm
from pymoo.core.crossover import Crossover
from pymoo.core.evaluator import Evaluator
from pymoo.core.mutation import Mutation
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.core.termination import NoTermination
from pymoo.operators.crossover.sbx import cross_sbx
from pymoo.operators.mutation.pm import mut_pm
from pymoo.problems.static import StaticProblem
from pymoo.util.misc import crossover_mask
from pymoo.util.reference_direction import UniformReferenceDirectionFactory

from nas_problems.array import FloatArray, IntArray
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, SearchSpace
from optimizers.domination import spread
from optimizers.loop import Loop
from optimizers.randomness import draw_seed
from optimizers.solver import Task
from optimizers.variation import repair

_ETA_CROSSOVER, _ETA_MUTATION = 15.0, 20.0  # pymoo's own defaults for real variables


class CodeProblem(Problem):  # type: ignore[misc]  # pymoo has no types
    """A space as pymoo sees it: choices as their codes, real parameters as coordinates of the box.

    Args:
        space: What is searched.
        n_objectives: Values of a candidate.
    """

    def __init__(self, space: SearchSpace, n_objectives: int) -> None:
        self.space = space
        self.real = _real_columns(space)
        lower, upper = space.lower.astype(np.float64), space.upper.astype(np.float64)
        lower[self.real], upper[self.real] = BOX_LOWER, BOX_UPPER
        super().__init__(n_var=space.n_parameters, n_obj=n_objectives, xl=lower, xu=upper)

    def from_codes(self, Z: Codes) -> FloatArray:
        """Codes (n, d) to what pymoo varies."""
        X = Z.astype(np.float64)
        if len(self.real):
            X[:, self.real] = self.space.to_box(Z)[:, self.real]
        return X

    def to_codes(self, X: FloatArray) -> Codes:
        """The inverse of ``from_codes``."""
        Z = X.astype(self.space.dtype)
        for j in self.real:
            unit = (X[:, j] - BOX_LOWER) / (BOX_UPPER - BOX_LOWER)
            Z[:, j] = self.space.parameters[j].from_unit(np.clip(unit, 0.0, 1.0))
        return Z


def _real_columns(space: SearchSpace) -> IntArray:
    return np.array([j for j, n_choices in enumerate(space.n_choices) if n_choices is None], dtype=np.int64)


class ChoiceCrossover(Crossover):  # type: ignore[misc]
    """Uniform crossover of choices (as ``UX``), simulated binary crossover of real parameters."""

    def __init__(self) -> None:
        super().__init__(2, 2)

    def _do(self, problem: CodeProblem, X: FloatArray, *args: Any, random_state: Any = None, **kwargs: Any) -> Any:
        _, n, d = X.shape
        children = crossover_mask(X, random_state.random((n, d)) < 0.5)
        if len(real := problem.real):
            ones = np.ones((n, 1))
            children[:, :, real] = cross_sbx(
                X[:, :, real],
                problem.xl[real],
                problem.xu[real],
                _ETA_CROSSOVER * ones,
                0.5 * ones,
                0.5 * ones,
                random_state=random_state,
            )
        return children


class ChoiceMutation(Mutation):  # type: ignore[misc]
    """Every variable is changed with probability 1 over their number, and at least one of them is.

    A categorical one gets any other choice; an ordered one (``Ordinal``, ``Integer``) another one at a distance k
    with probability about 1/k, the harmonic mutation; a real one is moved by polynomial mutation.

    Source: doerr2018.
    """

    def _do(self, problem: CodeProblem, X: FloatArray, *args: Any, random_state: Any = None, **kwargs: Any) -> Any:
        free = np.flatnonzero(problem.xl < problem.xu)
        if not len(free):
            return X
        n = len(X)
        is_changed = random_state.random((n, len(free))) < 1 / len(free)
        unchanged = np.flatnonzero(~is_changed.any(axis=1))
        is_changed[unchanged, random_state.integers(len(free), size=len(unchanged))] = True
        children = X.copy()
        for column, rows in zip(free, (np.flatnonzero(changed) for changed in is_changed.T), strict=True):
            if len(rows):
                children[rows, column] = _changed(problem, int(column), X[rows, column], random_state)
        return children


def _changed(problem: CodeProblem, column: int, x: FloatArray, random_state: Any) -> FloatArray:
    """New values (n,) of one variable, all different from the old ones where it has choices."""
    parameter = problem.space.parameters[column]
    unit: FloatArray = random_state.random(len(x))
    if parameter.n_choices is None:
        bounds = np.array([BOX_LOWER]), np.array([BOX_UPPER])
        ones = np.ones(len(x))
        moved = mut_pm(x[:, None], *bounds, _ETA_MUTATION * ones, ones, False, random_state=random_state)
        return np.asarray(moved[:, 0], dtype=np.float64)
    n_choices = parameter.n_choices
    if not parameter.ordered:
        return (x + 1 + np.floor(unit * (n_choices - 1))) % n_choices
    above = n_choices - 1 - x
    is_up = np.where(above == 0, False, np.where(x == 0, True, random_state.random(len(x)) < 0.5))
    room = np.where(is_up, above, x)
    steps = np.minimum(np.floor((room + 1) ** unit), room)
    return np.where(is_up, x + steps, x - steps)


class CodeRepair(Repair):  # type: ignore[misc]
    """Replaces invalid candidates by valid ones near them.

    Args:
        rng: Source of randomness.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self._rng = rng

    def _do(self, problem: CodeProblem, X: FloatArray, **kwargs: Any) -> FloatArray:
        Z = problem.to_codes(X)
        valid = repair(problem.space, Z, self._rng)
        return X if valid is Z else problem.from_codes(valid)


def operators(task: Task) -> dict[str, Any]:
    """Crossover, mutation and repair for any of pymoo's genetic algorithms."""
    return {"crossover": ChoiceCrossover(), "mutation": ChoiceMutation(), "repair": CodeRepair(task.rng)}


def first_population(task: Task, n: int) -> FloatArray:
    """``n`` first candidates: those of the initializer and, where it gives fewer, uniform ones."""
    Z = task.start(n)
    if len(Z) < n:
        Z = np.concatenate([Z, task.space.sample(n - len(Z), task.rng)])
    return CodeProblem(task.space, n_told(task)).from_codes(Z)


def n_told(task: Task) -> int:
    """Objectives that an algorithm is told: one is told twice, because some algorithms cannot do with one."""
    return max(task.n_objectives, 2)


def reference_directions(n_objectives: int, n: int) -> FloatArray:
    """At most ``n`` evenly spread directions (at least one per objective), as Das and Dennis make them.

    Args:
        n_objectives: At least 2.
        n: How many at most.

    >>> reference_directions(3, 12).shape
    (10, 3)
    """
    n_partitions = 1
    while comb(n_partitions + n_objectives, n_objectives - 1) <= n:
        n_partitions += 1
    directions: FloatArray = UniformReferenceDirectionFactory(n_objectives, n_partitions=n_partitions).do()
    return directions


def several_loop(algorithm: Algorithm, task: Task, *, scaled: bool = False) -> Loop:
    """Run an algorithm on the codes until it makes no new candidates.

    Args:
        algorithm: Without constraints, not set up, with the ``operators`` of this module.
        task: What is searched.
        scaled: Whether values are told in units of the first population's interquartile range, for algorithms
            that add up objectives as they are.
    """
    problem = CodeProblem(task.space, n_told(task))
    algorithm.setup(problem, termination=NoTermination(), seed=draw_seed(task.rng))
    evaluator = Evaluator()
    scale = np.ones(n_told(task))
    is_first = True
    while (asked := algorithm.ask()) is not None:
        population = asked if isinstance(asked, Population) else Population.create(asked)
        y = yield problem.to_codes(population.get("X"))
        Y = np.column_stack([y, y]) if y.ndim == 1 else y
        if scaled and is_first:
            scale = spread(Y)
        is_first = False
        evaluator.eval(StaticProblem(problem, F=Y / scale), population)
        with np.errstate(invalid="ignore", divide="ignore"):  # SPEA2 normalises by a range of 0 where all are equal
            algorithm.tell(infills=asked)
