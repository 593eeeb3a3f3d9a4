"""One run of a study as a unit of work, in whatever process it is carried out."""

import platform
import time
from collections import Counter
from collections.abc import Mapping

import optimizers
from experiments.best import best_of_run
from experiments.folder import StudyFolder
from experiments.folder.record import RunRecord, facts_of, one_line
from experiments.process import PROCESS, Spread, digest_of, load_plugins
from experiments.study import Run
from nas_problems import Problem
from nas_problems.evaluators.training import TrainingEvaluator
from nas_problems.exception import with_place
from nas_problems.parameter import config_text
from nas_problems.suites import suite_of
from optimizers.history import History
from optimizers.runlog import algorithm_name
from optimizers.solver_text import parse_solver

__all__ = ["Spread", "digest_of", "execute", "load_plugins", "trains"]


def trains(run: Run) -> bool:
    """Whether a run trains networks of torch, and so may want a worker with a GPU."""
    return isinstance(PROCESS.problem(run).evaluator, TrainingEvaluator)


def execute(
    run: Run,
    *,
    folder: str,
    suite: str,
    plugins: Mapping[str, str],
    inode: int | None = None,
    evaluations: Spread | None = None,
    until: float | None = None,
) -> RunRecord | None:
    """Carry out a run and put it into the study's folder.

    Args:
        run: What to do.
        folder: The study's folder.
        suite: Suite to be named; empty: the problem's family.
        plugins: Files to import first, with the digests that they must have; see ``load_plugins``.
        inode: See ``StudyFolder``.
        evaluations: Where live evaluations are carried out; None: here.
        until: Time by the clock, in seconds since 1970, at which the run ends if it has begun; None: whenever.

    Returns:
        The record that lies next to the log; None where the time was up before the run began.

    Raises:
        FileNotFoundError: This machine does not see the study's folder, or it is gone.
    """
    if not StudyFolder(folder).exists:
        raise FileNotFoundError(f"folder: {platform.node()} sees no study in {folder}; workers must share the folder")
    if until is not None and time.time() >= until:
        return None
    load_plugins(plugins, digests=plugins)
    problem = PROCESS.keeping(PROCESS.problem(run), StudyFolder(folder).trainings_path)
    if evaluations is not None:
        problem = PROCESS.spreading(problem, evaluations, plugins)
    solver = parse_solver(run.solver)
    named_suite = suite or suite_of(problem)
    started = time.perf_counter()
    place = StudyFolder(folder, inode=inode)
    earlier = _seconds_before(place, run.key)
    with place.making(run.key) as partial:
        log = optimizers.run(
            solver,
            problem,
            budget=run.budget,
            seed=run.seed,
            initializer=run.initializer,
            folder=partial,
            budget_seconds=run.budget_seconds,
            journal=place.journal_path(run.key),
            until=until,
            known=_known(place, problem),
            suite=named_suite,
            n_parallel=run.parallel_evaluations if problem.is_live else 1,
        )
        if log.is_cut:
            place.keep_journal(run.key, partial)
        best = best_of_run(problem, log)
        record = RunRecord(
            key=run.key,
            **facts_of(problem, log),
            suite=named_suite,
            algorithm=algorithm_name(solver.label, run.initializer),
            noise=run.noise,
            instance=run.instance,
            repetition=run.repetition,
            seed=run.seed,
            budget=run.budget,
            final_regret=float(log.columns["regret"][-1]),
            failure=_most_frequent(log.reason),
            wall_seconds=earlier + time.perf_counter() - started,
            best_config="" if best is None else config_text(best.config),
            best_value=0.0 if best is None else best.value,
            best_spread=0.0 if best is None else best.spread,
            best_n=0 if best is None else best.n,
            best_evaluation=0 if best is None else best.evaluation,
            best_fidelity=0.0 if best is None else best.fidelity,
        )
        record.write(partial)
    return record


def _seconds_before(place: StudyFolder, key: str) -> float:
    """Seconds that a run took until the clock ended it, if it did."""
    try:
        return RunRecord.read(place.run_path(key)).wall_seconds
    except (OSError, ValueError):
        return 0.0


def _known(place: StudyFolder, problem: Problem) -> History | None:
    """The evaluations that the study starts from."""
    kept = place.warm_start
    return None if kept is None else History.read(kept[0], problem, target=kept[1])


def _most_frequent(reason: Mapping[int, str]) -> str:
    """The first of the most frequent reasons, with the place; they can hold numbers that differ from run to run."""
    counts = Counter(one_line(with_place(why)) for why in reason.values())
    return counts.most_common(1)[0][0] if counts else ""
