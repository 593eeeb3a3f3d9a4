"""Logs of others next to a study's: what can be compared, and why the rest cannot.

Nothing that is read is evaluated or unpickled, and no problem is made; see ``optimizers.ioh_format``.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from experiments.folder import StudyFolder
from experiments.folder.record import RunRecord
from experiments.page import literal
from experiments.report.result import (
    Result,
    evaluations_of,
    from_first_success,
    front_of,
    incumbent,
    load_results,
    objective_columns,
    shown_rows,
)
from experiments.text.number import count, number
from nas_problems.array import FloatArray
from nas_problems.catalog import bbob
from optimizers.ioh_format import Fault, LoggedRun, foreign_format, scan
from optimizers.ioh_write import WATCHED

_NAN = float("nan")
_RESOLUTION = 1e-10  # of values in logs, which have ten decimals; targets have all
_TOLERANCE = 1e-6  # of values below an optimum


@dataclass(frozen=True, eq=False)
class Other:
    """Runs from another folder that can be compared with a study's.

    Args:
        path: The folder.
        results: Its runs on problems that the study has, in the study's terms.
        budgets: Problem -> evaluations up to which both are compared.
        notes: What cannot be compared and why, and what a reader has to know; Markdown.
        n_compared: Number of runs taken.
    """

    path: Path
    results: Sequence[Result]
    budgets: Mapping[str, int]
    notes: Sequence[str]
    n_compared: int


@dataclass(frozen=True, slots=True)
class _Own:
    """What the study knows of one of its problems; the budget is in units of full evaluations."""

    record: RunRecord
    dimension: int
    n_objectives: int
    instances: frozenset[int]
    budget: int


def read_other(
    path: Path, own: Sequence[Result], on_fault: Callable[[Fault], object], *, trust_data: bool = False
) -> Other:
    """Runs below a folder on the problems of a study.

    Args:
        path: Any folder with logs in IOHprofiler format, or another study.
        own: The study's runs.
        on_fault: Called for every file that cannot be trusted; its runs are left out.
        trust_data: See ``optimizers.ioh_format.scan``.

    Raises:
        NotADirectoryError: No such folder.
        ValueError: No run in it; the message has the reason of the first file that cannot be trusted.
    """
    problems = _known(own)
    is_study = (path / "runs").is_dir()
    faults: list[Fault] = []
    runs: list[Result | LoggedRun] = []
    if is_study:
        runs += load_results(StudyFolder(path), faults.append)
    else:
        runs += scan(path, faults.append, trust_data=trust_data)
    if not runs:
        why = f": {faults[0]}" if faults else foreign_format(path)
        more = "; --trust-data takes the rows where an index contradicts them" if faults and not trust_data else ""
        raise ValueError(f"--with {path}: wanted logs in IOHprofiler format, found no run that can be read{why}{more}")
    for fault in faults:
        on_fault(fault)
    refused: Counter[str] = Counter()
    results = []
    for run in runs:
        result = run if isinstance(run, Result) else _translated(run, problems)
        reason = result if isinstance(result, str) else _refusal(result, run, problems)
        if reason:
            refused[reason] += 1
        else:
            assert isinstance(result, Result)
            results.append(result)
    notes = [f"Not compared, {count(n, 'run')}: {reason}." for reason, n in refused.items()]
    renamed, taken = _renamed(results, {run.record.algorithm for run in own}, path)
    notes += [
        f"{literal(name)} is in both; that of {literal(path.name)} is shown as {literal(new)}." for name, new in taken
    ]
    budgets, budget_notes = _budgets(renamed, problems)
    notes += budget_notes + _caveats(renamed, problems, observed=not is_study)
    lacking = sorted(set(problems) - {run.record.problem for run in renamed})
    if lacking:
        notes.append(f"Only in this study: {', '.join(map(literal, lacking))}.")
    return Other(path, renamed, budgets, notes, len(renamed))


def _known(own: Sequence[Result]) -> dict[str, _Own]:
    runs: dict[str, list[Result]] = {}
    for run in own:
        runs.setdefault(run.record.problem, []).append(run)
    return {
        name: _Own(
            of[0].record,
            max(len(run.incumbent) if run.front is None else run.front.positions.shape[1] for run in of),
            max(1 if run.front is None else run.front.Y.shape[1] for run in of),
            frozenset(run.record.instance for run in of),
            max(int(run.evaluations[-1]) for run in of),
        )
        for name, of in runs.items()
    }


def _translated(run: LoggedRun, problems: Mapping[str, _Own]) -> Result | str:
    """A foreign run in the study's terms, or why that cannot be."""
    own_name = bbob.own_label(run.function_id, run.function_name, run.dimension)
    known = problems.get(own_name)
    name = literal(own_name)
    if known is None:
        return f"{name} (function {run.function_id}) is not a problem of this study"
    if known.dimension and run.dimension != known.dimension:
        return f"{name} has {run.dimension} variables there and {known.dimension} here"
    if run.maximization:
        return f"{name} is maximised there and minimised here"
    record, columns = known.record, run.columns
    is_ours = set(WATCHED) <= set(columns)
    n_objectives = len(objective_columns(columns)) if is_ours else 1
    if n_objectives != known.n_objectives:
        return f"{name} has {count(n_objectives, 'objective')} there and {number(known.n_objectives)} here"
    evaluations, y = evaluations_of(columns) if is_ours else columns["evaluations"], columns["raw_y"]
    regret = from_first_success(columns["regret"], columns["n_failed"]) if is_ours else _regret(y, record.target)
    nothing: FloatArray = np.full(len(y), _NAN)
    cost, n_distinct = (columns["cost"], columns["n_distinct"]) if is_ours else (nothing, nothing)
    is_short = columns["evaluations"][-1] < run.n_evaluations and "spent" not in columns
    if is_short:  # only improvements were logged: the last value held to the end
        evaluations = np.append(evaluations, float(run.n_evaluations))
        regret, cost, n_distinct = (np.append(column, column[-1]) for column in (regret, cost, n_distinct))
    rows = shown_rows(regret, cost)
    own_record = replace(
        record,
        key=f"{own_name}/{run.algorithm}/i{run.instance}",
        algorithm=run.algorithm,
        instance=run.instance,
        seed=int(run.attributes.get("seed", 0)),
        budget=int(evaluations[-1]),
        n_evaluations=run.n_evaluations,
        final_regret=float(regret[-1]),
        n_failed=int(columns["n_failed"][-1]) if is_ours else 0,
        failure="",
        cost_seconds=float(cost[-1]),
        wall_seconds=_NAN,
    )
    front = front_of(columns) if is_ours else None
    return Result(
        own_record,
        evaluations[rows],
        regret[rows],
        cost[rows],
        n_distinct[rows],
        incumbent(run) if front is None else np.empty(0),
        front=front,
    )


def _regret(y: FloatArray, target: float) -> FloatArray:
    """Values so far above the target; what ten decimals cannot tell from it is on it."""
    above = np.minimum.accumulate(y) - target
    return np.where(np.abs(above) <= _RESOLUTION * max(1.0, abs(target)), 0.0, above)


def _refusal(result: Result, run: Result | LoggedRun, problems: Mapping[str, _Own]) -> str:
    """Why a run in the study's terms cannot be compared; empty: it can."""
    record = result.record
    known = problems.get(record.problem)
    name = literal(record.problem)
    if known is None:
        return f"{name} is not a problem of this study"
    if record.instance not in known.instances:
        here = ", ".join(map(str, sorted(known.instances)))
        return f"{name} instance {record.instance} is not in this study (instances {here})"
    if record.objective != known.record.objective or record.target != known.record.target:
        return f"{name} is measured as {literal(record.objective)} from {number(record.target)} there"
    lowest = float(result.regret.min())
    if isinstance(run, LoggedRun) and known.record.target_is_optimum and known.record.noise == "mean":
        scale = max(1.0, abs(record.target))
        if lowest < -_TOLERANCE * scale:
            return f"{name} has values below its optimum {number(record.target)} there, so it is another problem"
    return ""


def _renamed(results: Sequence[Result], taken: set[str], path: Path) -> tuple[list[Result], list[tuple[str, str]]]:
    names = {run.record.algorithm for run in results}
    new = {name: f"{name} ({path.resolve().name})" for name in sorted(names & taken)}
    renamed = [
        replace(run, record=replace(run.record, algorithm=new.get(run.record.algorithm, run.record.algorithm)))
        for run in results
    ]
    return renamed, list(new.items())


def _budgets(results: Sequence[Result], problems: Mapping[str, _Own]) -> tuple[dict[str, int], list[str]]:
    """The smaller of both budgets on every problem that both have."""
    longest: dict[tuple[str, str], int] = {}
    for run in results:
        place = (run.record.problem, run.record.algorithm)
        longest[place] = max(longest.get(place, 0), int(run.evaluations[-1]))
    budgets: dict[str, int] = {}
    notes = []
    for problem in sorted({problem for problem, _ in longest}):
        theirs = min(n for (name, _), n in longest.items() if name == problem)
        ours = problems[problem].budget
        budgets[problem] = min(ours, theirs)
        if ours != theirs:
            notes.append(
                f"{literal(problem)}: {ours} evaluations here, {theirs} there; compared after {min(ours, theirs)}."
            )
    return budgets, notes


def _caveats(results: Sequence[Result], problems: Mapping[str, _Own], *, observed: bool) -> list[str]:
    both = sorted({run.record.problem for run in results})
    notes = []
    unknown = [name for name in both if not problems[name].record.target_is_optimum]
    if unknown:
        notes.append(f"No optimum is known, so values above a bound are compared: {', '.join(map(literal, unknown))}.")
    noisy = [name for name in both if problems[name].record.noise != "mean"]
    if observed and noisy:
        notes.append(
            "Observed values with noise are next to noise-free ones, which favours the former: "
            f"{', '.join(map(literal, noisy))}."
        )
    return notes
