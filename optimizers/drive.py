"""One run of a solver under inspection: everything it hands over is checked, and it is told whatever a check wants.

It is a run of ``optimizers.run`` on a problem whose values come from a smooth landscape on the box.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.exception import describe
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.meter import Meter
from optimizers.search import AskError, ask_and_tell
from optimizers.solver import ConfiguredSolver, Initializer, Solver, uniform

Values = Callable[[FloatArray], FloatArray]
"""Turns the values of the landscape, (k,) or (k, m), into those that a solver is told."""

ONE_FIDELITY = Fidelities("share", (1.0,))
"""Of a landscape that is always evaluated as a whole."""

_INVALID = 1e18  # beyond all values; told to a function of an ioh problem, which cannot know a validity test


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
    except AskError as error:
        raise SolverError(f"{where}: {error}") from error
    except Exception as error:
        raise SolverError(f"{where}: the solver raised {describe(error)}") from error


@dataclass(frozen=True, eq=False)
class _Landscape:
    """Squared distances from m points of the box, seen the less exactly the lower the fidelity."""

    space: SearchSpace
    values: Values
    n_objectives: int
    fidelities: Fidelities
    kind: EvaluatorKind = "computed"

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {f"f{j}": Metric(f"f{j}", penalty=_INVALID) for j in range(self.n_objectives)}

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        return frozenset({"mean"})

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        X = self.space.to_box(Z)
        missing = (1.0 - fidelity / self.fidelities.full) * (X**2).sum(axis=1)
        columns = [((X - 2.0 + 3.0 * j) ** 2).sum(axis=1) + missing for j in range(self.n_objectives)]
        values = self.values(columns[0] if self.n_objectives == 1 else np.stack(columns, axis=1))
        told = np.asarray(values, dtype=np.float64).reshape(len(Z), self.n_objectives)
        columns_by_name = {name: told[:, j] for j, name in enumerate(self.metrics)}
        return Evaluations(
            {name: columns_by_name[name] for name in metrics}, np.zeros(len(Z)), np.zeros(len(Z), dtype=np.bool_)
        )


def drive(
    solver: ConfiguredSolver,
    space: SearchSpace,
    where: str,
    budget: int,
    *,
    values: Values = np.asarray,
    seed: int = 1,
    initializer: Initializer = uniform,
    n_objectives: int = 1,
    fidelities: Fidelities = ONE_FIDELITY,
    n_parallel: int = 1,
) -> tuple[Codes, FloatArray]:
    """Run a solver on a smooth landscape.

    Args:
        solver: What is inspected.
        space: Where it searches.
        where: What the run is about, for messages.
        budget: Evaluations at the full fidelity.
        values: What the solver is told.
        seed: Of its generator.
        initializer: Its start; not for functions of an ioh problem.
        n_objectives: Values of a candidate.
        fidelities: Those that it may ask for.
        n_parallel: How many candidates are evaluated at a time.

    Returns:
        All it evaluated, (n, d), n >= 1, and at which fidelity, (n,).

    Raises:
        SolverError: What it did wrong.
    """
    evaluator = _Landscape(space, values, n_objectives, fidelities)
    problem = Problem("conformance", 1, space, evaluator, tuple(evaluator.metrics.values()), "none")
    meter = Meter(problem, budget, np.random.default_rng(0))
    rng = np.random.default_rng(seed)

    def tell(running: Solver, Z: Codes, y: FloatArray) -> None:
        invalid = np.flatnonzero(~space.is_valid(Z))
        require(not len(invalid), f"{where}: ask returned codes that fail the validity test, e.g. {Z[invalid[:1]]}")
        Z_told, y_told = Z.copy(), y.copy()
        running.tell(Z_told, y_told)
        require(np.array_equal(Z, Z_told) and np.array_equal(y, y_told), f"{where}: tell changed its arguments")

    with blamed(where):
        if solver.algorithm is not None:
            solver.algorithm.run(problem, meter.evaluate, budget, rng)
        else:
            ask_and_tell(solver, meter, initializer, rng, tell, n_parallel=n_parallel)
    taken = ", taken for a function of an ioh problem" if solver.algorithm is not None else ""
    require(meter.n_evaluations > 0, f"{where}: the run{taken} ended without a candidate")
    Z, _, _, _, fidelity, _ = meter.columns()
    return Z, fidelity
