"""The one loop: ask, evaluate, count, log, tell, until the budget is spent."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

import nas_problems
from nas_problems.array import BoolArray, FloatArray
from nas_problems.parameter import check_name
from nas_problems.problem import Problem
from nas_problems.space import Codes
from optimizers.ioh_algorithm import BudgetExhausted, IohAlgorithm, takes_ioh_problem
from optimizers.registry import make, make_initializer
from optimizers.runlog import MAX_SEED, RunLog, RunWriter
from optimizers.solver import ConfiguredSolver, Initializer, SamplingInitializer, SolverFactory, Spent

AnySolver = str | ConfiguredSolver | IohAlgorithm | SolverFactory | Callable[..., object]
"""Whatever ``run`` accepts as a solver."""


def run(
    solver: AnySolver,
    problem: str | Problem,
    *,
    budget: int,
    seed: int,
    initializer: str | Initializer = "uniform",
    folder: Path | str | None = None,
) -> RunLog:
    """Run a solver on a problem once.

    The last population is cut where the budget ends; a solver that asks for no candidates has finished
    early. A failed evaluation costs one evaluation and has the problem's penalty as its value. The same
    arguments give the same log, in any process.

    Args:
        solver: A name of ``optimizers.names()``; a ``ConfiguredSolver`` of ``optimizers.make``; a factory
            ``(space, budget, initializer, rng) -> Solver``; or a callable that takes an ioh problem, see
            ``IohAlgorithm``.
        problem: A name of ``nas_problems.names()``, or a problem with one objective.
        budget: Evaluations, >= 1.
        seed: 0 ... 2**53 - 1; the solver and the problem's noise draw from independent streams of it.
        initializer: Chooses the first candidates: a name of ``optimizers.initializer_names()``, or any
            ``Initializer``.
        folder: A new or empty folder for the IOH log; None: no log.

    Returns:
        All evaluations.

    Raises:
        KeyError: An unknown name; the message has the nearest ones.
        ValueError: A budget, seed, problem or folder that cannot be; a solver without a name fit for
            logs; an initializer for a solver that takes none; a solver that asked for something outside
            the space.
        RuntimeError: A solver that evaluated nothing.
    """
    budget = _check_integer(budget, "budget", 1)
    seed = _check_integer(seed, "seed", 0, MAX_SEED)
    chosen = nas_problems.make(problem) if isinstance(problem, str) else problem
    if not isinstance(chosen, Problem) or len(chosen.objectives) != 1:
        raise ValueError(f"problem: wanted a name or a Problem with one objective, found {problem!r}")
    if folder is not None and not isinstance(folder, (str, Path)):
        raise ValueError(f"folder: wanted a path, found {folder!r}")
    named = named_solver(solver)
    start, start_name = _named_initializer(initializer, chosen)
    if isinstance(named, IohAlgorithm) and start_name != "uniform":
        raise ValueError(f"initializer: {named.label} chooses its own start, found {start_name!r}")
    rng, noise_rng, start_rng = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    meter = _Meter(chosen, budget, noise_rng)
    spent = None
    if isinstance(start, SamplingInitializer):
        start, spent = start.sampled(chosen, start_rng)
        meter.charge(spent)
    n_sampled = 0 if spent is None else len(spent.y)
    sampling_seconds = 0.0 if spent is None else float(spent.cost_seconds.sum())
    writer = (
        nullcontext()
        if folder is None
        else RunWriter(
            folder,
            chosen,
            solver=named.label,
            seed=seed,
            initializer=start_name,
            attributes=None if spent is None else {"n_sampled": n_sampled, "sampling_seconds": sampling_seconds},
        )
    )
    with writer as log:
        if isinstance(named, IohAlgorithm):
            named.run(chosen, meter.evaluate, budget, rng)
        else:
            _ask_and_tell(named, meter, start, rng)
        if not meter.n_evaluations:
            raise RuntimeError(f"{named.label} on {chosen.label}: finished without an evaluation")
        columns = meter.columns()
        if log is not None:
            log.append(*columns)
    return RunLog(
        named.label,
        chosen.label,
        seed,
        start_name,
        *columns,
        folder=None if folder is None else Path(folder),
        n_sampled=n_sampled,
        sampling_seconds=sampling_seconds,
        reason=meter.reason,
    )


class _Meter:
    """Evaluates, counts and records, up to the budget."""

    def __init__(self, problem: Problem, budget: int, rng: np.random.Generator) -> None:
        self.problem, self.budget = problem, budget
        self.n_evaluations = 0
        self._rng = rng
        self.reason: dict[int, str] = {}  # of failed evaluations, by row
        self._batches: list[tuple[Codes, FloatArray, FloatArray, BoolArray]] = []

    @property
    def left(self) -> int:
        """Evaluations left."""
        return self.budget - self.n_evaluations

    def evaluate(self, Z: Codes) -> FloatArray:
        """Minimised values of codes (n, d); a copy of everything is kept.

        Raises:
            BudgetExhausted: More rows than are left; none has been evaluated then.
        """
        if len(Z) > self.left:
            raise BudgetExhausted(f"{self.problem.label}: all {self.budget} evaluations are spent")
        evaluations = self.problem.evaluate(Z, rng=self._rng, metrics=self.problem.objective_metrics)
        y = self.problem.minimised(evaluations)
        self._batches.append((Z.copy(), y.copy(), evaluations.cost_seconds, evaluations.failed))
        self.reason |= {self.n_evaluations + row: why for row, why in evaluations.reason.items()}
        self.n_evaluations += len(Z)
        return y

    def charge(self, spent: Spent) -> None:
        """Count what an initializer evaluated, if it is charged to the run.

        Raises:
            ValueError: Nothing of the budget would be left for the search.
        """
        if not spent.charged:
            return
        if len(spent.y) >= self.left:
            raise ValueError(
                f"budget: wanted more than the {len(spent.y)} candidates that the initializer samples, "
                f"found {self.budget}"
            )
        self._batches.append((spent.Z, spent.y, spent.cost_seconds, spent.failed))
        self.n_evaluations += len(spent.y)

    def columns(self) -> tuple[Codes, FloatArray, FloatArray, BoolArray]:
        """Z (n, d), y, cost_seconds and failed (n,) of all evaluations."""
        Z, y, cost_seconds, failed = (np.concatenate(column) for column in zip(*self._batches, strict=True))
        return Z, y, cost_seconds, failed


def _ask_and_tell(solver: ConfiguredSolver, meter: _Meter, start: Initializer, rng: np.random.Generator) -> None:
    space = meter.problem.space
    running = solver.factory(space, meter.left, start, rng)
    if not (hasattr(running, "ask") and hasattr(running, "tell")):
        raise ValueError(f"{solver.label}: wanted a factory of objects with ask and tell, found {running!r}")
    while meter.left:
        asked = running.ask()
        if not len(asked):
            return
        try:
            Z = space.check(asked, "Z")[: meter.left]
        except ValueError as error:
            raise ValueError(f"{solver.label} asked outside the space of {meter.problem.label}: {error}") from None
        running.tell(Z, meter.evaluate(Z))


def named_solver(solver: AnySolver) -> ConfiguredSolver | IohAlgorithm:
    """Whatever ``run`` accepts as a solver, with a label fit for logs.

    Raises:
        KeyError: An unknown name; the message has the nearest ones.
        ValueError: Nothing that ``run`` accepts, or a name that logs cannot carry.
    """
    named: ConfiguredSolver | IohAlgorithm
    if isinstance(solver, str):
        named = make(solver)
    elif isinstance(solver, ConfiguredSolver):
        named = solver
    elif isinstance(solver, IohAlgorithm):
        named = replace(solver, label=solver.label or _name_of(solver.function, "solver"))
    elif not callable(solver):
        raise ValueError(f"solver: wanted a name, a ConfiguredSolver or a callable, found {solver!r}")
    elif takes_ioh_problem(solver):
        named = IohAlgorithm(solver, label=_name_of(solver, "solver"))
    else:
        named = ConfiguredSolver(_name_of(solver, "solver"), cast(SolverFactory, solver))
    check_name(named.label, "solver label")
    return named


def _named_initializer(initializer: str | Initializer, problem: Problem) -> tuple[Initializer, str]:
    if isinstance(initializer, str):
        return make_initializer(initializer, problem), initializer
    if not callable(initializer):
        raise ValueError(f"initializer: wanted a name or a callable, found {initializer!r}")
    return initializer, _name_of(initializer, "initializer")


def _name_of(plugin: object, kind: str) -> str:
    """How an unregistered plug-in is called: its label, or the name of its function or class."""
    name = getattr(plugin, "label", None) or getattr(plugin, "__name__", None) or type(plugin).__name__
    check_name(name, f"{kind} name")
    return str(name)


def _check_integer(value: int, name: str, low: int, high: int | None = None) -> int:
    is_integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if is_integer and low <= value and (high is None or value <= high):
        return int(value)
    wanted = f">= {low}" if high is None else f"in {low} ... {high}"
    raise ValueError(f"{name}: wanted an integer {wanted}, found {value!r}")
