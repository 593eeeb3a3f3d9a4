"""One run: what is given is checked, the search is carried out, its log is written."""

import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

import nas_problems
from nas_problems.array import brief, check_count, is_number
from nas_problems.parameter import check_file_name
from nas_problems.problem import Problem
from optimizers.history import History, KnownInitializer
from optimizers.ioh_algorithm import IohAlgorithm, takes_ioh_problem
from optimizers.ioh_write import check_new, check_place, write_log
from optimizers.journal import JournaledEvaluator, journaled
from optimizers.journal_file import UNFINISHED
from optimizers.lock import locked
from optimizers.registry import make, make_initializer
from optimizers.runlog import MAX_SEED, RunLog, algorithm_name
from optimizers.search import Search, fidelities_of
from optimizers.solver import ConfiguredSolver, Initializer, SolverFactory, of_ioh_algorithm

_LATEST = 2.0**1000  # seconds; what float64 cannot hold is not a time

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
    overwrite: bool = False,
    budget_seconds: float | None = None,
    journal: Path | str | None = None,
    until: float | None = None,
    known: History | None = None,
    suite: str = "",
    n_parallel: int | None = None,
) -> RunLog:
    """Run a solver on a problem once.

    The last population is cut where the budget ends; a solver that asks for no candidates has finished
    early. A failed evaluation costs what another one costs and has the problem's penalty as its value. The same
    arguments give the same log, in any process.

    Args:
        solver: A name of ``optimizers.names()``; a ``ConfiguredSolver`` of ``optimizers.make``; a factory
            ``task -> Solver``; or a callable that takes an ioh problem, see ``IohAlgorithm``.
        problem: A name of ``nas_problems.names()``, or a problem.
        budget: Evaluations at the problem's own fidelity, >= 1; one at a lower fidelity costs its share.
        seed: 0 ... 2**53 - 1; the solver and the problem's noise draw from independent streams of it.
        initializer: Chooses the first candidates: a name of ``optimizers.initializer_names()``, or any
            ``Initializer``.
        folder: A new or empty folder for the IOH log; None: no log.
        overwrite: Whether an earlier log in ``folder`` is removed when the run starts; nothing else ever is.
        budget_seconds: Recorded or measured cost of evaluations, after which the run ends as well, with the
            evaluation in which it is used up; None: whatever it costs.
        journal: A file that keeps the finished evaluations of a live problem while the run lasts; the same run that
            was killed goes on where it was, and nothing is trained twice; a solver that does not repeat itself is told
            all of them, and searches on with what is left of the budget. None: ``<folder>.unfinished``, or no file
            where there is no folder. See ``optimizers.journal``. Paused trainings are kept
            next to the file in ``<folder>.trainings``, unless ``$IOHNAS_TRAININGS`` or the problem names another place.
        until: Time by the clock, in seconds since 1970 as ``time.time()`` has it, after which no evaluation is begun
            but the first one; None: whenever it ends. A run that it has ended (``RunLog.is_cut``) goes on in a later
            call with the same ``journal``.
        known: Evaluations of this problem that were made before: the solver starts from the best of them, those that
            build models from all, and is told their values; they cost nothing and are not in the log. None: none.
        suite: Suite that the log names; empty: the problem's, see ``nas_problems.suites.suite_of``.
        n_parallel: How many candidates are evaluated at a time, which solvers that could ask for fewer go by; None: the
            number of workers of a live problem whose evaluations are spread, else 1.

    Returns:
        All evaluations.

    Raises:
        KeyboardInterrupt: Where it was stopped; a note says what is kept, and that the same call goes on.
        KeyError: An unknown name; the message has the nearest ones.
        ValueError: A budget, seed, problem or folder that cannot be; a solver without a name fit for
            logs; an initializer for a solver that takes none; more objectives than the solver takes; a solver
            that asked for something outside the space; or the journal of another run.
        BlockingIOError: Another run, also of another process, writes to ``folder``; the message says which.
        OSError: The folder cannot be written.
        RuntimeError: A solver that evaluated nothing.
    """
    budget = check_count(budget, "budget", minimum=1)
    seed = _check_integer(seed, "seed", 0, MAX_SEED)
    if isinstance(solver, Problem):
        raise ValueError(f"solver: wanted run(solver, problem, ...), found the problem {solver.label} first")
    chosen = nas_problems.make(problem) if isinstance(problem, str) else problem
    if not isinstance(chosen, Problem):
        raise ValueError(f"problem: wanted a name or a Problem, found {problem!r}")
    if folder is not None and not isinstance(folder, (str, Path)):
        raise ValueError(f"folder: wanted a path, found {folder!r}")
    end = _check_time(until)
    named = named_solver(solver)
    start, start_name = _named_initializer(initializer, chosen)
    if known is not None and not isinstance(known, History):
        raise ValueError(f"known: wanted a History, found {brief(known)}")
    if known is not None:
        if start_name != "uniform" or len(chosen.objectives) != 1:
            raise ValueError(
                f"known: wanted the initializer uniform and one objective, found {start_name} on {chosen.label}"
            )
        start, start_name = KnownInitializer(known, chosen.fidelity), KnownInitializer.label
        chosen.space.check(known.Z, "known")
    named.check(chosen, start_name)
    if n_parallel is None:
        n_parallel = int(getattr(chosen.evaluator, "n_workers", 1)) if chosen.is_live else 1
    with _new_folder(folder, chosen, named.label, start_name, suite, overwrite=overwrite) as path:
        kept = None if path is None else path.with_name(f"{path.name}{UNFINISHED}")
        kept = kept if journal is None else Path(journal)
        trainings = None if path is None or journal is not None else path.with_name(f"{path.name}.trainings")
        kept_problem = chosen if trainings is None else chosen.keeping(trainings)
        with journaled(kept_problem, kept, solver=named.label, seed=seed, budget=budget) as evaluated:
            search = Search(named, evaluated, budget, _check_seconds(budget_seconds), end, n_parallel)
            try:
                meter, spent = search.carry_out(start, known, seed)
            except KeyboardInterrupt as error:
                if isinstance(evaluated.evaluator, JournaledEvaluator):
                    n = evaluated.evaluator.n_kept
                    error.add_note(f"{n} evaluations are kept in {kept}: the same call goes on from them")
                raise
        n_sampled = 0 if spent is None else len(spent.y)
        sampling_seconds = 0.0 if spent is None else float(spent.cost_seconds.sum())
        if not meter.n_evaluations:
            raise RuntimeError(f"{named.label} on {chosen.label}: finished without an evaluation")
        log = RunLog(
            named.label,
            chosen.label,
            seed,
            start_name,
            *meter.columns(),
            n_sampled=n_sampled,
            sampling_seconds=sampling_seconds,
            reason=meter.reason,
            space=chosen.space,
            n_told=meter.n_restored,
            is_cut=meter.is_cut,
            metric=chosen.sole_objective,
            searched=chosen,
        )
        del meter  # which holds everything a second time
        if path is not None:
            chooses = named.traits is not None and named.traits.fidelities and len(fidelities_of(chosen).values) > 1
            log = replace(log, folder=path, columns=write_log(path, chosen, log, with_fidelity=chooses, suite=suite))
        if kept is not None and journal is None:
            kept.unlink(missing_ok=True)
        if trainings is not None:
            shutil.rmtree(trainings, ignore_errors=True)
        return log


@contextmanager
def _new_folder(
    folder: Path | str | None, problem: Problem, solver: str, initializer: str, suite: str, *, overwrite: bool
) -> Iterator[Path | None]:
    """The folder of a log, made and locked before anything is evaluated, and removed where nothing comes of it.

    Raises:
        BlockingIOError: Another run writes there.
        ValueError: See ``check_new``; or a name that logs cannot carry.
    """
    if folder is None:
        yield None
        return
    check_file_name(problem.label, "problem label")
    if suite:
        check_file_name(suite, "suite name")
    check_file_name(initializer, "initializer name")
    check_file_name(algorithm_name(solver, initializer), "algorithm name")
    place = check_place(folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    with locked(place, next_to=True):
        is_new = not os.path.lexists(place)
        path = check_new(place, overwrite=overwrite)
        try:
            yield path
        except BaseException:
            if is_new:
                with suppress(OSError):
                    path.rmdir()
            raise


def named_solver(solver: AnySolver) -> ConfiguredSolver:
    """Whatever ``run`` accepts as a solver, with a label fit for logs.

    Raises:
        KeyError: An unknown name; the message has the nearest ones.
        ValueError: Nothing that ``run`` accepts, or a name that logs cannot carry.
    """
    if isinstance(solver, str):
        named = make(solver)
    elif isinstance(solver, ConfiguredSolver):
        named = solver
    elif isinstance(solver, IohAlgorithm):
        named = of_ioh_algorithm(solver, solver.label or _name_of(solver.function, "solver"))
    elif not callable(solver):
        raise ValueError(f"solver: wanted a name, a ConfiguredSolver or a callable, found {solver!r}")
    elif takes_ioh_problem(solver):
        named = of_ioh_algorithm(IohAlgorithm(solver), _name_of(solver, "solver"))
    else:
        named = ConfiguredSolver(_name_of(solver, "solver"), cast(SolverFactory, solver))
    check_file_name(named.label, "solver label")
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
    name = "lambda" if name == "<lambda>" else name
    check_file_name(name, f"{kind} name")
    return str(name)


def _check_seconds(value: float | None) -> float:
    if value is None:
        return math.inf
    if not is_number(value) or not value > 0:
        raise ValueError(f"budget_seconds: wanted a positive, finite number, found {brief(value)}")
    return float(value)


def _check_time(value: float | None) -> float:
    if value is None:
        return math.inf
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not is_number or not (value == math.inf or abs(value) <= _LATEST):
        raise ValueError(f"until: wanted seconds since 1970, found {brief(value)}")
    return float(value)


def _check_integer(value: int, name: str, low: int, high: int | None = None) -> int:
    is_integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if is_integer and low <= value and (high is None or value <= high):
        return int(value)
    wanted = f">= {low}" if high is None else f"in {low} ... {high}"
    raise ValueError(f"{name}: wanted an integer {wanted}, found {brief(value)}")
