"""Finished runs of a study as data for tables and figures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from experiments import statistics
from experiments.folder import StudyFolder
from experiments.folder.finished import read_finished
from experiments.folder.record import RunRecord
from nas_problems.array import FloatArray, IntArray
from nas_problems.pareto import nondominated
from optimizers.ioh_format import Fault, LoggedRun
from optimizers.registry import solvers

_BETWEEN = 32  # rows that are kept of a run in any case, evenly spread over the logarithm
_ROUNDING = 1e-6  # of budgets that are sums of fractions


@dataclass(frozen=True, eq=False)
class Front:
    """What no other evaluation of a run dominates, at the highest fidelity that it reached.

    Args:
        Y: Observed minimised values, (k, m); k = 0 where every evaluation failed.
        positions: Where, (k, d); (k, 0) where positions were not logged.
        fidelity: That fidelity; None: the problem's own.
    """

    Y: FloatArray
    positions: FloatArray
    fidelity: float | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """A finished run: the rows of its log in which something changes that a report shows.

    Args:
        record: What is known of the run.
        evaluations: Numbers of these evaluations, (rows,), from 1 to the last one; where fidelities vary, in units of
            full ones, rounded up.
        regret: Noise-free regret of the incumbent, (rows,); ``inf`` until an evaluation has succeeded, as a failed
            one is not an incumbent, whatever its penalty.
        cost_seconds: Cumulative cost, (rows,); NaN where it was not logged.
        n_distinct: Distinct candidates so far, (rows,); NaN where it was not logged.
        incumbent: Position of the last incumbent, (d,); empty where positions were not logged, or there are several
            objectives.
        sample_mean: Mean observed value of a run that only samples, above the target; None: it searches.
        front: Of several objectives.
    """

    record: RunRecord
    evaluations: FloatArray
    regret: FloatArray
    cost_seconds: FloatArray
    n_distinct: FloatArray
    incumbent: FloatArray
    sample_mean: float | None = None
    front: Front | None = None


def load_results(folder: StudyFolder, on_fault: Callable[[Fault], object]) -> list[Result]:
    """All finished runs, sorted by problem, algorithm, instance and repetition.

    Args:
        folder: The study's folder.
        on_fault: Called for every file that cannot be trusted; its run is left out.
    """
    return in_order(result_of(record, log.columns, incumbent(log)) for record, log in read_finished(folder, on_fault))


def in_order(results: Iterable[Result]) -> list[Result]:
    """Runs sorted by problem, algorithm, instance and repetition."""
    return sorted(results, key=_order)


def evaluations_of(columns: Mapping[str, FloatArray]) -> FloatArray:
    """Numbers of evaluations, in units of full ones where fidelities vary."""
    if "spent" not in columns:
        return columns["evaluations"]
    return full_evaluations(columns["spent"])


def full_evaluations(spent: FloatArray) -> FloatArray:
    """Numbers of full evaluations, from 1, (rows,), that these parts of a budget are counted as: rounded up.

    >>> full_evaluations(np.array([0.25, 0.5, 1.5, 2.0])).tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    return np.asarray(np.maximum(np.ceil(spent - _ROUNDING), 1.0))


def result_of(record: RunRecord, columns: Mapping[str, FloatArray], incumbent: FloatArray | None = None) -> Result:
    """A run as data.

    Args:
        record: What is known of it.
        columns: Of its log, each (n,): ``evaluations``, ``raw_y``, those of ``watched_columns``, and positions.
        incumbent: Position of its last incumbent, (d,); None: not known.
    """
    regret = from_first_success(columns["regret"], columns["n_failed"])
    rows = shown_rows(regret, columns["cost"])
    front = front_of(columns)
    return Result(
        record,
        evaluations_of(columns)[rows],
        regret[rows],
        columns["cost"][rows],
        columns["n_distinct"][rows],
        incumbent if front is None and incumbent is not None else np.empty(0),
        _sample_mean(columns["raw_y"], columns["n_failed"]) - record.target if only_samples(record.algorithm) else None,
        front,
    )


def objective_columns(columns: Mapping[str, FloatArray]) -> list[str]:
    """Names of the columns with the values of each objective, in their order."""
    return ["raw_y", *sorted((name for name in columns if name[0] == "F" and name[1:].isdigit()), key=_number)]


def front_of(columns: Mapping[str, FloatArray]) -> Front | None:
    """The front of a run of several objectives; None of one."""
    names = objective_columns(columns)
    if len(names) == 1:
        return None
    counts = np.diff(columns["n_failed"], prepend=0.0) == 0
    fidelity = None
    if "fidelity" in columns and counts.any():
        fidelity = float(columns["fidelity"][counts].max())
        counts &= columns["fidelity"] == fidelity
    rows = np.flatnonzero(counts)
    Y = np.column_stack([columns[name][rows] for name in names])
    best = nondominated(Y)
    positions = [columns[name][rows][best] for name in _position_names(columns)]
    return Front(Y[best], np.column_stack(positions) if positions else np.empty((int(best.sum()), 0)), fidelity)


def shown_rows(regret: FloatArray, cost_seconds: FloatArray) -> IntArray:
    """Rows of a log that a report needs: where regret changes, the first second that counts, some in between.

    Memory then holds tens of rows of a run, however long it was.
    """
    n = len(regret)
    changes = np.flatnonzero(regret[1:] != regret[:-1]) + 1
    between = np.geomspace(1, n, _BETWEEN).astype(np.int64) - 1
    return np.unique(np.concatenate([[0, n - 1, int(np.argmax(cost_seconds > 0))], changes, between]))


@cache
def only_samples(algorithm: str) -> bool:
    """Whether a solver searches nothing, so that a run's result is its mean; see ``Traits.samples``.

    A solver that is not registered here, as its plug-in was not imported, is taken for one that searches.

    >>> only_samples("random-sampling.n_samples-16"), only_samples("random-search")
    (True, False)
    """
    name = algorithm.split(".")[0]
    return name in solvers and solvers.traits(name).samples


def from_first_success(regret: FloatArray, n_failed: FloatArray) -> FloatArray:
    """Regrets (rows,) of a log that has every row; ``inf`` where all evaluations so far failed.

    >>> from_first_success(np.array([100.0, 500.0, 100.0]), np.array([1.0, 1.0, 2.0])).tolist()
    [inf, 500.0, 100.0]
    """
    return np.where(n_failed >= np.arange(1, len(regret) + 1), np.inf, regret)


def _sample_mean(y: FloatArray, n_failed: FloatArray) -> float:
    sound = np.diff(n_failed, prepend=0.0) == 0
    return float(y[sound].mean()) if sound.any() else float("nan")


def incumbent(run: LoggedRun) -> FloatArray:
    """Position of ``LoggedRun.incumbent``, (d,); empty where there is none, or no position."""
    row = run.incumbent
    if row is None:
        return np.empty(0)
    return np.array([run.columns[name][row] for name in _position_names(run.columns)])


def _position_names(columns: Mapping[str, FloatArray]) -> list[str]:
    return sorted((name for name in columns if name[0] == "x" and name[1:].isdigit()), key=_number)


def _number(name: str) -> int:
    return int(name[1:])


def _order(result: Result) -> tuple[str, str, int, int]:
    record = result.record
    return (record.problem, record.algorithm, record.instance, record.repetition)


def regret_matrix(results: Iterable[Result], budget: int) -> FloatArray:
    """Noise-free regret of the incumbent after 1 ... ``budget`` evaluations, shape (runs, budget); see ``Result``."""
    listed = list(results)
    return statistics.align([r.evaluations for r in listed], [r.regret for r in listed], budget)
