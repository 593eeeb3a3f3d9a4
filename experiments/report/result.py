"""Finished runs of a study as data for tables and figures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from experiments import statistics
from experiments.folder import StudyFolder
from experiments.folder.finished import read_finished
from experiments.folder.record import RunRecord
from nas_problems.array import FloatArray
from optimizers.ioh_format import Fault, LoggedRun


@dataclass(frozen=True, eq=False)
class Result:
    """A finished run.

    Args:
        record: What is known of the run.
        evaluations: Logged evaluations, (rows,).
        y: Observed minimised values, (rows,).
        regret: Noise-free regret of the incumbent, (rows,).
        cost_seconds: Cumulative cost, (rows,); NaN where it was not logged.
        n_distinct: Distinct candidates so far, (rows,); NaN where it was not logged.
        incumbent: Position of the best evaluation, (d,); empty where positions were not logged.
        sample_mean: Mean observed value of a run that only samples, above the target; None: it searches.
    """

    record: RunRecord
    evaluations: FloatArray
    y: FloatArray
    regret: FloatArray
    cost_seconds: FloatArray
    n_distinct: FloatArray
    incumbent: FloatArray
    sample_mean: float | None = None


def load_results(folder: StudyFolder, on_fault: Callable[[Fault], object]) -> list[Result]:
    """All finished runs, sorted by problem, algorithm, instance and repetition.

    Args:
        folder: The study's folder.
        on_fault: Called for every file that cannot be trusted; its run is left out.
    """
    return sorted((_result(run.record, run.log) for run in read_finished(folder, on_fault)), key=_order)


def _result(record: RunRecord, run: LoggedRun) -> Result:
    columns = run.columns
    y, evaluations = columns["raw_y"], columns["evaluations"]
    is_complete = int(evaluations[-1]) == len(evaluations)
    return Result(
        record,
        _counted(len(evaluations)) if is_complete else evaluations.copy(),
        y.copy(),  # a view would keep all columns of the log in memory
        columns["regret"].copy(),
        columns["cost"].copy(),
        columns["n_distinct"].copy(),
        incumbent(run),
        _sample_mean(y, columns["n_failed"]) - record.target if only_samples(record.algorithm) else None,
    )


@lru_cache(maxsize=16)
def _counted(n: int) -> FloatArray:
    """1 ... n, once for all runs that logged every evaluation."""
    evaluations = np.arange(1.0, n + 1.0)
    evaluations.flags.writeable = False
    return evaluations


def only_samples(algorithm: str) -> bool:
    """Whether a solver searches nothing, so that a run's result is its mean; see ``optimizers.baseline``.

    >>> only_samples("random-sampling.n_samples-16"), only_samples("random-search")
    (True, False)
    """
    return algorithm.split(".")[0] == "random-sampling"


def _sample_mean(y: FloatArray, n_failed: FloatArray) -> float:
    sound = np.diff(n_failed, prepend=0.0) == 0
    return float(y[sound].mean()) if sound.any() else float("nan")


def incumbent(run: LoggedRun) -> FloatArray:
    """Position of a run's best evaluation, (d,); empty where positions were not logged."""
    y = run.columns["raw_y"]
    best = int(np.argmax(y) if run.maximization else np.argmin(y))
    names = sorted(
        (name for name in run.columns if name[0] == "x" and name[1:].isdigit()), key=lambda name: int(name[1:])
    )
    return np.array([run.columns[name][best] for name in names])


def _order(result: Result) -> tuple[str, str, int, int]:
    record = result.record
    return (record.problem, record.algorithm, record.instance, record.repetition)


def regret_matrix(results: Iterable[Result], budget: int) -> FloatArray:
    """Noise-free regret of the incumbent after 1 ... ``budget`` evaluations, shape (runs, budget)."""
    listed = list(results)
    return statistics.align([r.evaluations for r in listed], [r.regret for r in listed], budget)
