"""One run of a solver under inspection: everything it hands over is checked, and it is told whatever a check wants.

Unlike ``optimizers.run`` this evaluates no problem: values come from a smooth landscape on the box.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import numpy as np

from nas_problems import SearchSpace, from_function
from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.ioh_algorithm import BudgetExhausted, IohAlgorithm
from optimizers.solver import At, ConfiguredSolver, Initializer, Task, uniform

Values = Callable[[FloatArray], FloatArray]
"""Turns the values of the landscape, (k,), into those that a solver is told, (k,)."""

_INVALID = 1e6  # told to a function of an ioh problem, which cannot know a validity test


class SolverError(AssertionError):
    """What is wrong with a solver, and where it was seen."""


def require(condition: bool, message: str) -> None:
    """Raise a SolverError unless the condition holds."""
    if not condition:
        raise SolverError(message)


@contextmanager
def blamed(where: str) -> Generator[None]:
    """Turn whatever a solver raises into a SolverError that says where it did; the error itself is its cause."""
    try:
        yield
    except SolverError:
        raise
    except Exception as error:
        raise SolverError(f"{where}: the solver raised {type(error).__name__}: {error}") from error


def drive(
    solver: ConfiguredSolver | IohAlgorithm,
    space: SearchSpace,
    where: str,
    budget: int,
    *,
    values: Values = np.asarray,
    seed: int = 1,
    initializer: Initializer = uniform,
) -> Codes:
    """Run a solver on a smooth landscape.

    Args:
        solver: What is inspected.
        space: Where it searches.
        where: What the run is about, for messages.
        budget: Evaluations.
        values: What the solver is told.
        seed: Of its generator.
        initializer: Its start; not for functions of an ioh problem.

    Returns:
        All it evaluated, (n, d), 1 <= n <= budget.

    Raises:
        SolverError: What it did wrong.
    """
    rng = np.random.default_rng(seed)
    evaluated: list[Codes] = []

    def tell(Z: Codes) -> FloatArray:
        evaluated.append(Z)
        return np.asarray(values(((space.to_box(Z) - 2.0) ** 2).sum(axis=1)), dtype=np.float64)

    with blamed(where):
        if isinstance(solver, IohAlgorithm):
            _run_function(solver, space, budget, rng, tell)
        else:
            _ask_and_tell(solver, space, where, budget, initializer, rng, tell)
    taken = ", taken for a function of an ioh problem" if isinstance(solver, IohAlgorithm) else ""
    require(bool(evaluated), f"{where}: the run{taken} ended without a candidate")
    return np.concatenate(evaluated)


def _ask_and_tell(
    solver: ConfiguredSolver,
    space: SearchSpace,
    where: str,
    budget: int,
    initializer: Initializer,
    rng: np.random.Generator,
    evaluate: Callable[[Codes], FloatArray],
) -> None:
    running = solver.factory(Task(space, budget, rng, initializer=initializer))
    speaks = hasattr(running, "ask") and hasattr(running, "tell")
    require(speaks, f"{where}: wanted a factory of objects with ask and tell, found {running!r}")
    left = budget
    while left:
        asked = running.ask()
        require(hasattr(asked, "__len__"), f"{where}: ask returned no codes of the space: wanted rows, found {asked!r}")
        if not len(asked):
            return
        try:
            Z = space.check(asked.Z if isinstance(asked, At) else asked)[:left].copy()
        except ValueError as error:
            raise SolverError(f"{where}: ask returned no codes of the space: {error}") from error
        invalid = np.flatnonzero(~space.is_valid(Z))
        require(not len(invalid), f"{where}: ask returned codes that fail the validity test, e.g. {Z[invalid[:1]]}")
        y = evaluate(Z)
        Z_told, y_told = Z.copy(), y.copy()
        running.tell(Z_told, y_told)
        require(np.array_equal(Z, Z_told) and np.array_equal(y, y_told), f"{where}: tell changed its arguments")
        left -= len(Z)


def _run_function(
    algorithm: IohAlgorithm,
    space: SearchSpace,
    budget: int,
    rng: np.random.Generator,
    evaluate: Callable[[Codes], FloatArray],
) -> None:
    left = budget

    def counted(Z: Codes) -> FloatArray:
        nonlocal left
        if not left:
            raise BudgetExhausted
        left -= 1
        y = evaluate(Z.copy())
        return y if space.is_valid(Z).all() else np.full(1, _INVALID)

    problem = from_function(lambda config: 0.0, space, name="conformance")  # counted() has the values
    algorithm.run(problem, counted, budget, rng)
