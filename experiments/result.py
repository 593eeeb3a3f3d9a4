"""Finished runs of a study as data for tables and figures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from experiments import statistics
from experiments.folder import RECORD_NAME, RunRecord, StudyFolder
from nas_problems.array import FloatArray
from optimizers.ioh_format import Fault, scan


@dataclass(frozen=True, eq=False)
class Result:
    """A finished run.

    Args:
        record: What is known of the run.
        evaluations: Logged evaluations, (rows,).
        y: Observed minimised values, (rows,).
        regret: Noise-free regret of the incumbent, (rows,).
        cost_seconds: Cumulative cost, (rows,).
    """

    record: RunRecord
    evaluations: FloatArray
    y: FloatArray
    regret: FloatArray
    cost_seconds: FloatArray


def load_results(folder: StudyFolder, on_fault: Callable[[Fault], object]) -> list[Result]:
    """All finished runs, sorted by problem, algorithm, instance and repetition.

    Args:
        folder: The study's folder.
        on_fault: Called for every file that cannot be trusted; its run is left out.
    """
    results = []
    for run in scan(folder.runs_path, on_fault) if folder.runs_path.is_dir() else ():
        place = run.path.parent.parent
        columns = run.columns
        try:
            record = RunRecord.read(place)
            found = Result(record, columns["evaluations"], columns["raw_y"], columns["regret"], columns["cost"])
        except (ValueError, KeyError) as error:
            on_fault(Fault(place / RECORD_NAME, "invalid", str(error)))
            continue
        if record.key != place.relative_to(folder.runs_path).as_posix():
            on_fault(Fault(place / RECORD_NAME, "invalid", f"belongs to the run {record.key}"))
            continue
        results.append(found)
    return sorted(results, key=_order)


def _order(result: Result) -> tuple[str, str, int, int]:
    record = result.record
    return (record.problem, record.algorithm, record.instance, record.repetition)


def regret_matrix(results: Iterable[Result], budget: int) -> FloatArray:
    """Noise-free regret of the incumbent after 1 ... ``budget`` evaluations, shape (runs, budget)."""
    listed = list(results)
    return statistics.align([r.evaluations for r in listed], [r.regret for r in listed], budget)
