"""A study from Python, as in a notebook: carried out in this process, or in workers of this machine."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from experiments.best import best_of, read_records, write_best
from experiments.executor import Failure, Settings, make_executor
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_logs
from experiments.process import load_plugins
from experiments.ready import check_ready
from experiments.session import work_on
from experiments.study import Study
from experiments.text.number import count


def run_study(folder: Path | str, study: Study, *, workers: int = 1, imports: Sequence[Path | str] = ()) -> StudyFolder:
    """Carry out what is left to do of a study, as ``iohnas run`` does, without printing.

    Args:
        folder: The study's folder, made if absent; what is finished there is kept, and the study may extend it.
        study: Which solvers run on which problems. Their names may have been registered in this process, as in a
            notebook, where there is one worker.
        workers: Processes that carry out runs, >= 1; with one, runs are made in this process.
        imports: Files that register problems and solvers, for every process.

    Returns:
        The folder; ``experiments.report.load_runs(folder.path)`` has its runs, for plots.

    Raises:
        KeyError, ValueError, OSError, ImportError: A study that cannot be carried out or is not that of the folder;
            nothing has been run then.
        RuntimeError: Runs that failed, after all others were made; the same call tries them again.

    >>> import tempfile
    >>> study = Study(("nb201-cifar10",), ("random-search", "local-search"), budget=20, runs=2)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     len(run_study(place, study).finished())
    4
    """
    if workers < 1:
        raise ValueError(f"workers: wanted >= 1, found {workers}")
    files = [Path(path) for path in imports]
    load_plugins(files)
    executor = make_executor("serial", Settings()) if workers == 1 else make_executor("local", Settings(workers))
    failures: dict[str, Failure] = {}
    with closing(executor):
        check_ready(study, StudyFolder(folder), None, here=True)
        place = StudyFolder.prepare(folder, study)
        for run, outcome in work_on(place, executor, plugins=tuple(str(path.resolve()) for path in files), retries=1):
            if isinstance(outcome, Failure):
                failures[run.key] = outcome
    write_best(place, best_of(read_records(place)))
    merge_logs(place)
    if failures:
        key, first = next(iter(failures.items()))
        raise RuntimeError(f"{place.path}: {count(len(failures), 'run')} failed, first {key}: {first.reason}")
    return place
