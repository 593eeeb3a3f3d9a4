"""What is looked at before a study begins: is everything there that it needs, and how much is it?"""

from pathlib import Path

from rich.console import Console

import nas_problems
import optimizers
from experiments.executor import Settings
from experiments.executors.job_queue import KINDS, job_of
from experiments.folder import StudyFolder
from experiments.folder.plugin import plan_of
from experiments.study import Plan, Study
from experiments.text.number import count, number
from experiments.text.solver import parse_solver
from nas_problems.evaluators.pickling import pickle_evaluator
from optimizers.history import History


def history_of(
    study: Study, folder: StudyFolder, warm_start: Path | None, target: str | None
) -> tuple[Path, str | None] | None:
    """The csv to start from and its column: those given, else the study's, unless the folder has its copy.

    Args:
        study: What is to be carried out.
        folder: Where.
        warm_start: The file given; None: none.
        target: The column given with it.
    """
    if warm_start is not None:
        return warm_start, target
    has_copy = folder.exists and folder.warm_start is not None
    return None if has_copy or not study.warm_start else (Path(study.warm_start), study.target or None)


def check_ready(
    study: Study, folder: StudyFolder, history: tuple[Path, str | None] | None, *, here: bool, spread: bool = False
) -> Plan:
    """The plan of a study whose problems, solvers, files and packages are all there.

    Args:
        study: What is to be carried out.
        folder: Where; nothing is written.
        history: A csv to start from and its column of values; None: none.
        here: Whether runs are carried out on this machine, so that files and packages are looked for here.
        spread: Whether the evaluations of a run are sent to workers.

    Raises:
        KeyError, ValueError, OSError, ImportError, DataUnavailableError: What is missing or cannot be.
    """
    plan = plan_of(study, folder)
    missing: dict[str, Exception] = {}
    for name in study.problems:
        problem = nas_problems.make(name, fidelity=study.fidelity)
        if history is not None:
            History.read(history[0], problem, target=history[1])
        try:
            if here:
                problem.prepare()
            if spread and problem.is_live:
                pickle_evaluator(problem.evaluator)
        except (ImportError, OSError, RuntimeError) as error:  # the last one of data that cannot be had
            missing.setdefault(str(error), error)
    if len(missing) > 1:
        raise ImportError("; ".join(missing))
    for only in missing.values():
        raise only
    return plan


def advise_batches(console: Console, study: Study, n_workers: int) -> None:
    """Name the solvers that would leave workers idle: how many ask at a time is theirs, so that results are the same
    on any number of workers.
    """
    for text in study.solvers:
        solver = parse_solver(text)
        option = optimizers.options(solver.name).get("batch_size")
        if option is None or n_workers == 1 or solver.options.get("batch_size", option.default) != 1:
            continue
        console.print(
            f"{solver.label} asks for one candidate at a time; with {solver.name}[batch_size={n_workers}] it keeps "
            f"{n_workers} workers busy, and is told less before each choice"
        )


def print_plan(console: Console, study: Study, folder: StudyFolder, executor: str, settings: Settings) -> None:
    """What would be carried out, and where."""
    n_runs = study.n_runs
    n_done = len(folder.finished()) if folder.exists else 0
    done = f", of which {number(n_done)} are finished" if n_done else ""
    what = f"{count(len(study.solvers), 'solver')} on {count(len(study.problems), 'problem')}"
    evaluations = count(study.budget, "evaluation")
    console.print(f"{count(n_runs, 'run')} of {what} with {evaluations} each{done}: {folder.path}")
    if executor in KINDS:
        script, n_jobs = job_of(executor, settings)
        workers = count(settings.workers, "worker")
        console.print(f"{count(n_jobs, 'job')} of {executor} for {workers}; the script of each:\n")
        console.print(script)
