"""``iohnas run``: carry out a study, or continue one."""

import dataclasses
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

import nas_problems
from experiments.best import CSV_NAME, JSON_NAME, best_of, best_so_far, print_best, read_records, write_best
from experiments.completion import problem_names, solver_names
from experiments.console import make_console, progress
from experiments.executor import Executor, Failure, Settings, make_executor
from experiments.executors.local import n_cores
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_logs
from experiments.folder.record import RunRecord, failed_evaluations
from experiments.folder.running import running
from experiments.option import Imports, Out, in_command, parse_instances, split_names
from experiments.process import Spread, load_plugins
from experiments.ready import advise_batches, advise_fidelities, at_once, check_ready, history_of, print_plan
from experiments.session import left_to_do, work_on
from experiments.study import Study
from experiments.text.clock import parse_duration, parse_time
from experiments.text.executor import parse_bytes, parse_pairs, parse_resources
from experiments.text.number import count, duration, number
from experiments.unit import trains
from nas_problems import Problem
from nas_problems.suites import problems_of
from optimizers.history import History
from optimizers.solver_text import split_list

_SHOWN_FAILURES = 5
_WRITE_SECONDS = 10.0  # between two looks at what runs have found that have not ended
_WHERE, _FAILURE = "Where runs are carried out", "Runs that fail"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run", rich_help_panel="Studies")(run)


def run(
    out: Out,
    study: Annotated[Path | None, typer.Argument(metavar="[STUDY.toml]", help="A study to start from.")] = None,
    problems: Annotated[
        str | None,
        typer.Option(
            help="Names, separated by commas; variants as NAME\\[objective=A+B,fidelity=12].",
            autocompletion=problem_names,
        ),
    ] = None,
    suite: Annotated[str | None, typer.Option(help="Name of a suite, for all its problems.")] = None,
    solvers: Annotated[
        str | None,
        typer.Option(help="Names with options: 'local-search\\[n_starts=2],cma-es'.", autocompletion=solver_names),
    ] = None,
    budget: Annotated[int | None, typer.Option(help="Evaluations of each run.  \\[default: 100]")] = None,
    budget_seconds: Annotated[
        float | None, typer.Option(help="Recorded or measured cost, in seconds, after which a run also ends.")
    ] = None,
    runs: Annotated[int | None, typer.Option(help="Runs with different seeds.  \\[default: 5]")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the study.  \\[default: 1]")] = None,
    noise: Annotated[
        str | None, typer.Option(help="mean, sampled, seed-<k>, scaled:<x>; or several.  \\[default: mean]")
    ] = None,
    instances: Annotated[str | None, typer.Option(help="Instances: 1,2 or 1-5.  \\[default: 1]")] = None,
    initializers: Annotated[str | None, typer.Option(help="Names, separated by commas.  \\[default: uniform]")] = None,
    fidelity: Annotated[
        float | None, typer.Option(help="Fidelity of all problems.  \\[default: the full one of each]")
    ] = None,
    executor: Annotated[
        str, typer.Option(help="local (processes of this machine), serial, dask, slurm or pbs.", rich_help_panel=_WHERE)
    ] = "local",
    workers: Annotated[
        int, typer.Option(help="Number of processes that carry out runs; 0: one per core.", rich_help_panel=_WHERE)
    ] = 0,
    address: Annotated[
        str,
        typer.Option(
            help="Scheduler of Dask, e.g. tcp://node:8786; without it dask starts its own.", rich_help_panel=_WHERE
        ),
    ] = "",
    options: Annotated[
        str,
        typer.Option(
            help="Jobs of slurm and pbs, e.g. 'cores=4,memory=16GB,walltime=02:00:00'.", rich_help_panel=_WHERE
        ),
    ] = "",
    resources: Annotated[
        str,
        typer.Option(
            help="What a Dask worker must have to be given runs that train networks, e.g. GPU=1.",
            rich_help_panel=_WHERE,
        ),
    ] = "",
    parallel: Annotated[
        str,
        typer.Option(
            help="runs: each worker carries out one run at a time. evaluations: one run at a time, whose trainings are "
            "spread over the workers; solvers then ask for as many candidates as there are workers.",
            rich_help_panel=_WHERE,
        ),
    ] = "runs",
    retries: Annotated[
        int, typer.Option(min=0, help="How often a run that fails is tried again.", rich_help_panel=_FAILURE)
    ] = 1,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds after which a run is stopped and fails.", rich_help_panel=_FAILURE)
    ] = None,
    evaluation_limit: Annotated[
        float | None,
        typer.Option(
            help="Seconds after which the training of a candidate is stopped: a failed evaluation.",
            rich_help_panel=_FAILURE,
        ),
    ] = None,
    memory_limit: Annotated[
        str | None,
        typer.Option(
            help="Memory that each process may use, e.g. 2GB; a run that needs more fails (Linux).",
            rich_help_panel=_FAILURE,
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="HH:MM",
            help="When the study ends: runs in progress end with what they have, and go on in the next session.",
        ),
    ] = None,
    duration_text: Annotated[
        str | None, typer.Option("--for", metavar="10min", help="How long the study may take, e.g. 2h; see --until.")
    ] = None,
    warm_start: Annotated[
        Path | None,
        typer.Option(
            metavar="HISTORY.csv",
            help="Earlier evaluations to tell every solver; a column per parameter.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Column of values in HISTORY.csv.  \\[default: the metric's name, or y]")
    ] = None,
    zipped: Annotated[bool, typer.Option("--zip", help="Also zip the merged logs.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Check everything, print how many runs and jobs there are, and the script of a job; start nothing.",
            rich_help_panel=_WHERE,
        ),
    ] = False,
    imports: Imports = None,
) -> None:
    """Run a study, or continue or extend the one in --out; ends with code 1 if a run failed.

    Every finished run is saved at once: Ctrl-C costs only the runs in progress,
    and the same --out continues with what is left. Whichever machines and
    processes carry out the runs, the results are the same, except for times.
    """
    load_plugins(imports or ())
    given = {
        "problems": _problems(problems, suite),
        "suite": suite if suite and not problems else None,
        "solvers": split_list(solvers) if solvers is not None else None,
        "noise": split_names(noise) if noise is not None else None,
        "instances": parse_instances(instances) if instances is not None else None,
        "initializers": split_names(initializers) if initializers is not None else None,
        "budget": budget,
        "budget_seconds": budget_seconds,
        "runs": runs,
        "seed": seed,
        "fidelity": fidelity,
    }
    wanted = _study(study, out, {name: value for name, value in given.items() if value is not None})
    settings = Settings(
        workers=workers,
        time_limit=time_limit,
        memory_bytes=None if memory_limit is None else parse_bytes(memory_limit),
        address=address,
        options=parse_pairs(options, "options"),
        resources=parse_resources(resources),
        needs=trains,
    )
    end = _end(until, duration_text)
    if target is not None and warm_start is None:
        raise ValueError("target: wanted --warm-start with it, found none")
    console = make_console()
    chosen, evaluations = executors_of(executor, settings, parallel, evaluation_limit)
    if parallel == "evaluations":
        wanted = at_once(wanted, StudyFolder(out), workers or n_cores())
        advise_batches(console, wanted, workers or n_cores())
    advise_fidelities(console, wanted)
    history = history_of(wanted, StudyFolder(out), warm_start, target)
    is_here = executor in ("local", "serial")
    if dry_run:
        with closing(chosen):
            check_ready(wanted, StudyFolder(out), history, here=is_here, spread=evaluations is not None)
        print_plan(console, wanted, StudyFolder(out), executor, settings)
        return
    folder, n_failed = carry_out(
        console,
        wanted,
        out,
        chosen,
        imports=imports or (),
        retries=retries,
        evaluations=evaluations,
        until=end,
        history=history,
        here=is_here,
    )
    merge_logs(folder, zipped=zipped)
    console.print(f"logs: {folder.merged_path} (IOHprofiler format, one folder per solver)")
    console.print(f"next: iohnas report {in_command(out, imports)}   or   iohnas check {in_command(out, None)}")
    raise typer.Exit(1 if n_failed else 0)


def _end(until: str | None, duration_text: str | None) -> float | None:
    """When the work ends, in seconds since 1970; None: when all runs have ended."""
    if until is not None and duration_text is not None:
        raise ValueError("until: wanted --until or --for, found both")
    if duration_text is not None:
        return time.time() + parse_duration(duration_text)
    return None if until is None else parse_time(until, datetime.now().astimezone()).timestamp()


def _problems(problems: str | None, suite: str | None) -> tuple[str, ...] | None:
    if problems is None and suite is None:
        return None
    named = split_list(problems or "") + (problems_of(suite) if suite is not None else ())
    return tuple(dict.fromkeys(named))


def _study(path: Path | None, out: Path, given: Mapping[str, Any]) -> Study:
    """The study in a file, else the one in the folder, else none; with the options given."""
    base = Study.read(path) if path is not None else StudyFolder(out).study if StudyFolder(out).exists else None
    if base is not None:
        return dataclasses.replace(base, **given)
    if "problems" not in given or "solvers" not in given:
        raise ValueError("run: wanted STUDY.toml, or --problems (or --suite) and --solvers, or --out with a study")
    return Study(**{"budget": 100, "runs": 5, **given})


def executors_of(
    name: str, settings: Settings, parallel: str, evaluation_limit: float | None
) -> tuple[Executor, Spread | None]:
    """What carries out runs, and where their evaluations are carried out.

    Args:
        name: Of the executor.
        settings: Its settings; the limits are those of a run.
        parallel: ``runs`` or ``evaluations``: what is spread over the workers.
        evaluation_limit: Seconds after which an evaluation is stopped; None: no limit.

    Raises:
        KeyError, ValueError, ImportError: See ``make_executor``; or ``parallel`` is something else.
    """
    if parallel not in ("runs", "evaluations"):
        raise ValueError(f"parallel: wanted runs or evaluations, found {parallel!r}")
    if evaluation_limit is not None and not evaluation_limit > 0:
        raise ValueError(f"evaluation_limit: wanted > 0, found {evaluation_limit}")
    if parallel == "runs":
        one = Settings(workers=1, time_limit=evaluation_limit, memory_bytes=settings.memory_bytes)
        return make_executor(name, settings), None if evaluation_limit is None else Spread("local", one)
    if name == "serial":
        raise ValueError("parallel: serial has no workers for evaluations; use --executor local")
    spread = Spread(name, dataclasses.replace(settings, time_limit=evaluation_limit, needs=None))
    make_executor(name, spread.settings).close()  # says now what is wrong
    one = Settings(workers=1, time_limit=settings.time_limit, memory_bytes=settings.memory_bytes)
    return make_executor("local", one), spread


def carry_out(
    console: Console,
    study: Study,
    out: Path,
    executor: Executor,
    *,
    imports: Sequence[Path] = (),
    retries: int = 1,
    evaluations: Spread | None = None,
    until: float | None = None,
    history: tuple[Path, str | None] | None = None,
    here: bool = True,
) -> tuple[StudyFolder, int]:
    """Carry out what is left to do of a study, and show it.

    Args:
        console: Where to print.
        study: The study.
        out: Its folder, made if absent; nothing is written before everything has been checked.
        executor: Carries out the runs; closed at the end.
        imports: Files to import in every process.
        retries: How often a run that fails is tried again.
        evaluations: Where the evaluations of training problems are carried out; None: where the run is.
        until: See ``work_on``.
        history: A csv of evaluations to start from, and its column of values; None: the folder's, if it has one.
        here: Whether runs are carried out on this machine, so that what they need is looked for here.

    Returns:
        The folder and the number of runs that failed.

    Raises:
        KeyError, ValueError, OSError: A study or folder that cannot be; see ``plan_of`` and
            ``StudyFolder.prepare``.
        ImportError, DataUnavailableError: Something that a problem needs is missing.
        KeyboardInterrupt: After saying how to continue.
    """
    n_total = len(check_ready(study, StudyFolder(out), history, here=here, spread=evaluations is not None))
    folder = StudyFolder.prepare(out, study)
    if history is not None:
        folder.keep_warm_start(*history)
        for name in study.problems:
            console.print(_known(nas_problems.make(name, fidelity=study.fidelity), *history))
    n_left, n_cut = _left(folder)
    if n_left < n_total:
        console.print(f"{number(n_total - n_left)} of {number(n_total)} runs were finished before")
    if n_cut:
        console.print(f"going on with {count(n_cut, 'run')} that the clock ended")
    failures: list[str] = []
    has_died = False  # a process that carried out a run
    flawed: list[RunRecord] = []  # finished with failed evaluations
    plugins = tuple(str(path.resolve()) for path in imports)
    inside = partial(_inside, folder, until)
    shown = progress(console, f"{n_total} runs", n_total - n_left, n_total, inside=inside)
    try:
        with closing(executor), shown as advance:
            session = work_on(folder, executor, plugins=plugins, retries=retries, evaluations=evaluations, until=until)
            for done, outcome in session:
                if isinstance(outcome, Failure):
                    failures.append(f"failed: {done.key}: {outcome.reason}")
                    has_died |= outcome.kind == "died"
                    advance(failures[-1])
                else:
                    advance(_in_words(outcome))
                    if outcome.n_failed:
                        flawed.append(outcome)
    except KeyboardInterrupt:
        console.print(f"stopped with {number(len(left_to_do(folder)))} of {number(n_total)} runs left to do")
        console.print(f"continue with: iohnas run --out {in_command(out, imports)}")
        raise
    for line in failures[:_SHOWN_FAILURES]:
        console.print(line, style="red")
    for line in failed_evaluations(flawed):
        console.print(line, style="red")
    n_left, n_cut = _left(folder)
    n_failed, n_finished = len(failures), n_total - n_left + n_cut
    console.print(
        f"{number(n_finished)} of {number(n_total)} runs are finished, {number(n_failed)} failed: {folder.path}"
    )
    if n_cut or (until is not None and n_finished + n_failed < n_total):
        what = [f"{count(n_cut, 'run')} ended early"] if n_cut else []
        what += [f"{count(n_left - n_cut, 'run')} left to do"] if n_left > n_cut else []
        console.print(f"the time is up; {' and '.join(what)}; go on with: iohnas run --out {in_command(out, imports)}")
    print_best(console, write_best(folder, best_of(read_records(folder))), folder.path / CSV_NAME)
    if any(folder.traced_path(record.key).is_file() for record in flawed):
        console.print(f"where they failed: iohnas status {in_command(out, imports)} --failures")
    if has_died and evaluations is None and any(nas_problems.make(name).is_live for name in study.problems):
        console.print(
            "if it is a candidate that ends the process, its run will fail each time: with --evaluation-limit SECONDS "
            "candidates have a process of their own, and such a one is a failed evaluation"
        )
    if n_failed:
        console.print(f"why: iohnas status {in_command(out, imports)} --failures; the same iohnas run tries them again")
    return folder, n_failed


def _left(folder: StudyFolder) -> tuple[int, int]:
    """How many runs are left to do, and how many of them the clock has ended before."""
    left, cut = left_to_do(folder), folder.cut()
    return len(left), sum(run.key in cut for run in left)


def _known(problem: Problem, path: Path, target: str | None) -> str:
    """What a warm start tells the solvers, in a line."""
    known = History.read(path, problem, target=target)
    y = float(known.y[known.best_first()[0]])
    best = f"the best has {problem.objectives[0].in_words(y, partial(number, digits=5))}"
    return f"{problem.label}: solvers start from {count(len(known), 'evaluation')} in {path}, of which {best}"


def _inside(folder: StudyFolder, until: float | None) -> list[str]:
    """How far the runs are that are being made; their best configurations are written down meanwhile."""
    with suppress(OSError, ValueError, KeyError):
        if time.time() - _modified(folder.path / JSON_NAME) >= _WRITE_SECONDS:
            write_best(folder, best_so_far(folder))
    left = math.inf if until is None else max(until - time.time(), 0.0)
    return [f"{key}: {state.until(left).in_words}" for key, state in running(folder).items()]


def _modified(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


def _in_words(record: RunRecord) -> str:
    told = ""
    if record.n_told:
        told = f"; it does not repeat itself: told the {count(record.n_told, 'evaluation')} made before, it went on"
    short = ""
    if record.n_evaluations < record.budget:
        short = f" after {number(record.n_evaluations)} of {number(record.budget)} evaluations"
    return f"{record.key}: {record.result}{short} in {duration(record.wall_seconds)}{told}"
