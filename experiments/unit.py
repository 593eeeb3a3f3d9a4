"""One run of a study as a unit of work, in whatever process it is carried out."""

import atexit
import functools
import hashlib
import importlib.util
import platform
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import SOURCE_SUFFIXES
from pathlib import Path

import nas_problems
import optimizers
from experiments.best import best_of_run, config_text
from experiments.executor import Executor, Settings, make_executor
from experiments.folder import StudyFolder
from experiments.folder.record import RunRecord, one_line
from experiments.parallel import in_parallel
from experiments.study import Run
from experiments.text.solver import parse_solver
from nas_problems import Problem
from nas_problems.evaluation import fidelity_text
from nas_problems.evaluators.imported import CheckedLoader
from nas_problems.evaluators.training import TrainingEvaluator
from nas_problems.exception import describe
from nas_problems.suites import suite_of
from optimizers.history import History
from optimizers.runlog import algorithm_name

_plugins: dict[Path, str] = {}  # what this process has imported, and its digest then


def load_plugins(paths: Iterable[str | Path], *, digests: Mapping[str, str] | None = None) -> None:
    """Import Python files that register problems, solvers or initializers; each once per process.

    Args:
        paths: The files.
        digests: Of their content, by path, where all processes of a session must have the same; see ``digest_of``.

    Raises:
        ValueError: A file that is absent or raises, or is not the one of the session; the message names it.
    """
    for text in paths:
        path = Path(text).resolve()
        wanted = (digests or {}).get(str(text))
        if path in _plugins:
            if wanted not in (None, _plugins[path]):
                raise ValueError(f"import: {text} has changed since this process imported it; start a new one")
            continue
        if path.suffix not in SOURCE_SUFFIXES or not path.is_file():
            raise ValueError(f"import: wanted a Python file, found {text}")
        digest = digest_of(path)
        if wanted not in (None, digest):
            raise ValueError(f"import: {text} has changed since this session began; stop it, and start it again")
        name = _module_name(path)
        spec = importlib.util.spec_from_file_location(name, path, loader=CheckedLoader(name, str(path)))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            del sys.modules[name]
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
            place = f"{text}, line {lines[-1]}" if lines else text
            raise ValueError(f"import: {place}: {describe(error)}") from error
        _plugins[path] = digest


def digest_of(path: str | Path) -> str:
    """Hash of a plug-in's content.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise ValueError(f"import: wanted a Python file, found {path}: {error.strerror}") from error


def _module_name(path: Path) -> str:
    """A name that can be imported, the same in all processes, and another one for another file."""
    digest = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"iohnas_plugin_{re.sub(r'[^0-9A-Za-z_]', '_', path.stem)}_{digest}"


@lru_cache(maxsize=64)
def _problem(name: str, noise: str, fidelity: float | None, instance: int) -> Problem:
    return nas_problems.make(name, noise=noise, fidelity=fidelity, instance=instance)


def trains(run: Run) -> bool:
    """Whether a run trains networks of torch, and so may want a worker with a GPU."""
    problem = _problem(run.problem, run.noise, run.fidelity, run.instance)
    return isinstance(problem.evaluator, TrainingEvaluator)


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the evaluations of a run are carried out, if not where the run is.

    Args:
        executor: Name of an executor.
        settings: Its settings; the limits are those of one evaluation.
    """

    executor: str
    settings: Settings


_executors: dict[str, Executor] = {}  # of this process: workers stay from run to run
_spread_problems: dict[tuple[int, str], tuple[Problem, Problem]] = {}  # with what they are made of, which keeps its id


def _spread_over(problem: Problem, evaluations: Spread, plugins: Mapping[str, str]) -> Problem:
    """The problem with its evaluations spread; the same one for the same problem, as it remembers."""
    key = repr(evaluations)
    if key not in _executors:
        _executors[key] = make_executor(evaluations.executor, evaluations.settings)
        atexit.register(_executors[key].close)
    if (id(problem), key) not in _spread_problems:
        prepare = functools.partial(load_plugins, tuple(plugins), digests=plugins)
        _spread_problems[id(problem), key] = problem, in_parallel(problem, _executors[key], prepare=prepare)
    return _spread_problems[id(problem), key][1]


def _kept(problem: Problem, folder: Path) -> Problem:
    """The problem with its paused trainings in the study's folder; the same one for the same problem."""
    key = str(folder)
    if (id(problem), key) not in _spread_problems:
        _spread_problems[id(problem), key] = problem, problem.keeping(folder)
    return _spread_problems[id(problem), key][1]


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
    problem = _problem(run.problem, run.noise, run.fidelity, run.instance)
    problem = _kept(problem, StudyFolder(folder).trainings_path)
    if evaluations is not None:
        problem = _spread_over(problem, evaluations, plugins)
    solver = parse_solver(run.solver)
    named_suite = suite or suite_of(problem)
    started = time.perf_counter()
    place = StudyFolder(folder, inode=inode)
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
        )
        best = best_of_run(problem, log)
        record = RunRecord(
            key=run.key,
            problem=problem.label,
            suite=named_suite,
            algorithm=algorithm_name(solver.label, run.initializer),
            noise=run.noise,
            fidelity=f"{problem.fidelities.name} {fidelity_text(problem.fidelity)}",
            instance=run.instance,
            repetition=run.repetition,
            seed=run.seed,
            budget=run.budget,
            n_evaluations=len(log),
            objective=" and ".join(metric.label for metric in problem.objectives),
            target=float(problem.target),
            target_is_optimum=problem.optimum is not None or problem.pareto_front is not None,
            final_regret=float(log.columns["regret"][-1]),
            n_failed=int(log.failed.sum()),
            failure=_most_frequent(log.reason),
            cost_seconds=float(log.cost_seconds.sum()),
            wall_seconds=time.perf_counter() - started,
            best_config="" if best is None else config_text(best.config),
            best_value=0.0 if best is None else best.value,
            best_spread=0.0 if best is None else best.spread,
            best_n=0 if best is None else best.n,
            best_evaluation=0 if best is None else best.evaluation,
            target_is_bound=problem.lower_bound is not None,
        )
        record.write(partial)
    return record


def _known(place: StudyFolder, problem: Problem) -> History | None:
    """The evaluations that the study starts from."""
    found = place.warm_start
    return None if found is None else History.read(found[0], problem, target=found[1])


def _most_frequent(reason: Mapping[int, str]) -> str:
    """The first of the most frequent reasons; they can hold numbers that differ from run to run."""
    counts = Counter(one_line(why) for why in reason.values())
    return counts.most_common(1)[0][0] if counts else ""
