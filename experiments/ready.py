"""What is looked at before a study begins: is everything there that it needs, and how much is it?"""

import dataclasses
from pathlib import Path

from rich.console import Console

import nas_problems
from experiments.executor import Settings
from experiments.executors.job_queue import KINDS, job_of
from experiments.folder import StudyFolder
from experiments.folder.plugin import plan_of
from experiments.study import Plan, Study
from experiments.text.number import count, number
from nas_problems.evaluation import fidelity_text
from nas_problems.evaluators.pickling import pickle_evaluator
from optimizers.history import History
from optimizers.solver_text import parse_solver


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
    folder.check_takes(study)
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


def at_once(study: Study, folder: StudyFolder, n_workers: int) -> Study:
    """The study whose candidates are evaluated on several workers at a time: as its folder has it, once there is one.

    Args:
        study: What is to be carried out.
        folder: Where.
        n_workers: How many evaluate now.
    """
    begun = folder.study.parallel_evaluations if folder.exists else None
    return dataclasses.replace(study, parallel_evaluations=begun or max(study.parallel_evaluations, n_workers))


def advise_batches(console: Console, study: Study, n_workers: int) -> None:
    """Say where workers will be idle: a study that was begun for fewer, or solvers told to ask for fewer."""
    n = study.parallel_evaluations
    if n < n_workers:
        console.print(
            f"the study was begun with {count(n, 'candidate')} at a time, and goes on so on {n_workers} workers: its "
            "results do not depend on how many there are"
        )
    for text in study.solvers:
        solver = parse_solver(text)
        size = solver.options.get("batch_size", 0)
        if isinstance(size, int) and 0 < size < n_workers:
            console.print(
                f"{text} asks for {count(size, 'candidate')} at a time; without batch_size it asks for as many "
                "as there are workers"
            )


def advise_fidelities(console: Console, study: Study) -> None:
    """Say on which problems solvers that choose fidelities have nothing to choose."""
    solvers = [
        solver.label for solver in map(parse_solver, study.solvers) if solver.traits and solver.traits.fidelities
    ]
    if not solvers:
        return
    for name in study.problems:
        problem = nas_problems.make(name, fidelity=study.fidelity)
        values = [value for value in problem.fidelities.values if value <= (problem.fidelity or value)]
        if len(values) == 1:
            console.print(
                f"{problem.label} has one fidelity, {problem.fidelities.name} {fidelity_text(values[0])}: there "
                f"{', '.join(solvers)} can only draw and evaluate candidates in full"
            )


def print_plan(console: Console, study: Study, folder: StudyFolder, executor: str, settings: Settings) -> None:
    """What would be carried out, and where."""
    n_runs = study.n_runs
    n_done = len(folder.complete()) if folder.exists else 0
    done = f", {number(n_done)} finished" if n_done else ""
    what = f"{count(len(study.solvers), 'solver')} on {count(len(study.problems), 'problem')}"
    evaluations = count(study.budget, "evaluation")
    console.print(f"{count(n_runs, 'run')} of {what} with {evaluations} each{done}: {folder.path}")
    if executor in KINDS:
        script, n_jobs = job_of(executor, settings)
        workers = count(settings.workers, "worker")
        console.print(f"{count(n_jobs, 'job')} of {executor} for {workers}; the script of each:\n")
        console.print(script)
