"""How far a study is: what is done, what is being done, what failed, what is left, and when it ends.

Reads only, and takes no lock that would disturb: works while another process carries out the study, and
in folders that cannot be written.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import fmean, median

from experiments.folder import StudyFolder
from experiments.folder.plugin import plan_of
from experiments.folder.record import RECORD_NAME, FailureRecord, RunRecord, failed_evaluations
from experiments.study import Plan
from optimizers.lock import Holder

_SAMPLED = 20  # records that are read of a problem and solver

Place = tuple[str, str]
"""Problem and algorithm."""


@dataclass(frozen=True, slots=True)
class Row:
    """One problem and solver.

    Args:
        problem: Label of the problem.
        algorithm: Name of the solver in logs.
        n_done: Finished runs.
        n_running: Runs that are being made.
        n_failed: Runs that failed the last time.
        n_left: Runs that have not finished.
        seconds: Median seconds of a run, of one that the clock ended at its speed up to then; NaN before the first one
            has finished.
    """

    problem: str
    algorithm: str
    n_done: int
    n_running: int
    n_failed: int
    n_left: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Status:
    """How far a study is.

    Args:
        rows: One per problem and solver, in the order of the plan.
        holder: The process that works in the folder; None: there is none.
        running: Key -> the process that makes the run, and since when.
        failures: Key -> why it failed the last time, for runs that have not finished since.
        core_seconds: What is left, in seconds of one core, of runs that the clock ended too; NaN before the first run
            has finished.
        end_seconds: What is left at the speed of the session that is working, in seconds from now; None: nobody
            is working, or it has not finished a run.
        n_unmerged: Finished runs that came after the logs were merged the last time.
        n_damaged: Runs that were moved aside.
        n_cut: Finished runs that the clock ended before their budget.
        failed_evaluations: Of some finished runs of every problem and solver; see ``record.failed_evaluations``.
        flawed: Keys of some of these runs, one per problem and reason, that say where; see ``StudyFolder.traced_path``.
    """

    rows: Sequence[Row]
    holder: Holder | None
    running: Mapping[str, Holder]
    failures: Mapping[str, FailureRecord]
    core_seconds: float
    end_seconds: float | None
    n_unmerged: int
    n_damaged: int
    n_cut: int
    failed_evaluations: Sequence[str]
    flawed: Sequence[str]

    @property
    def n_done(self) -> int:
        """Finished runs."""
        return sum(row.n_done for row in self.rows)

    @property
    def n_left(self) -> int:
        """Runs that have not finished."""
        return sum(row.n_left for row in self.rows)


def read_status(folder: StudyFolder) -> Status:
    """How far a study is.

    Raises:
        KeyError, ValueError: See ``plan_of``.
    """
    plan = plan_of(folder.study, folder)
    holder = folder.holder()
    running = folder.being_made() if holder is not None else {}
    noted = folder.failures()
    times = _finish_times(folder, plan)
    cut = folder.cut()
    failures = {key: why for key, why in sorted(noted.items()) if plan.has(key) and (key not in times or key in cut)}
    done: defaultdict[Place, list[str]] = defaultdict(list)
    for key in times:
        done[_place(key)].append(key)
    n_running, n_failed = (Counter(map(_place, keys)) for keys in (running, failures))
    rows = []
    looked_at: list[RunRecord] = []
    cut_seconds = 0.0  # that runs have left which the clock ended
    for (problem, algorithm), n in plan.places.items():
        place = (problem, algorithm)
        records = _some_records(folder, done[place])
        looked_at += records
        seconds = median([_whole_seconds(record, cut) for record in records]) if records else float("nan")
        n_cut = sum(key in cut for key in done[place])
        ended_early = [record for record in records if record.key in cut]
        if n_cut and ended_early:
            cut_seconds += n_cut * fmean(_whole_seconds(record, cut) - record.wall_seconds for record in ended_early)
        n_done = len(done[place])
        rows.append(Row(*place, n_done, n_running[place], n_failed[place], n - n_done, seconds))
    core_seconds = _core_seconds(rows) + cut_seconds
    end_seconds = None if holder is None else _end_seconds(rows, times, core_seconds, holder.since)
    merged_at = _modified(folder)
    n_unmerged = sum(at > merged_at for at in times.values())
    of_kind = {(r.problem, r.failure): r.key for r in reversed(looked_at) if folder.traced_path(r.key).is_file()}
    return Status(
        rows=rows,
        holder=holder,
        running=running,
        failures=failures,
        core_seconds=core_seconds,
        end_seconds=end_seconds,
        n_unmerged=n_unmerged,
        n_damaged=folder.n_damaged,
        n_cut=sum(map(plan.has, cut)),
        failed_evaluations=failed_evaluations(looked_at),
        flawed=sorted(of_kind.values()),
    )


def _place(key: str) -> Place:
    problem, algorithm, _ = key.split("/")
    return problem, algorithm


def _finish_times(folder: StudyFolder, plan: Plan) -> dict[str, float]:
    """Key -> when the run finished, in seconds since 1970; of runs that are planned."""
    times = {}
    for key in sorted(folder.finished()):
        if plan.has(key):
            with suppress(OSError):  # moved aside in this moment
                times[key] = (folder.run_path(key) / RECORD_NAME).lstat().st_mtime
    return times


def _modified(folder: StudyFolder) -> float:
    try:
        return folder.merged_path.lstat().st_mtime
    except OSError:
        return 0.0


def _some_records(folder: StudyFolder, keys: Sequence[str]) -> list[RunRecord]:
    """Of runs spread over all of them."""
    records = []
    for key in keys[:: max(1, len(keys) // _SAMPLED)][:_SAMPLED]:
        try:
            records.append(RunRecord.read(folder.run_path(key)))
        except ValueError:  # iohnas check names it
            continue
    return records


def _whole_seconds(record: RunRecord, cut: Collection[str]) -> float:
    """Seconds of a run; of one that the clock ended, what it would have taken at its speed up to then."""
    share = record.n_evaluations / record.budget if record.key in cut else 1.0
    return record.wall_seconds / min(max(share, 1e-9), 1.0)


def _core_seconds(rows: Sequence[Row]) -> float:
    """Where nothing has finished yet, a run is taken to last as long as one of the others."""
    known = [row.seconds for row in rows if row.seconds == row.seconds]
    if not known:
        return float("nan")
    usual = fmean(known)
    return sum(row.n_left * (row.seconds if row.seconds == row.seconds else usual) for row in rows)


def _end_seconds(rows: Sequence[Row], times: Mapping[str, float], core_seconds: float, since: float) -> float | None:
    """From the seconds of runs that a second brought since the session began."""
    seconds = {(row.problem, row.algorithm): row.seconds for row in rows}
    made = sum(seconds[_place(key)] for key, at in times.items() if at >= since)
    elapsed = time.time() - since
    if not made > 0 or elapsed <= 0:
        return None
    return core_seconds * elapsed / made
