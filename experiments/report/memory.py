"""Runs of ``optimizers.run`` that are in memory, as a notebook has them, for the figures and tables of a study."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

import nas_problems
from experiments.folder.record import RunRecord, facts_of
from experiments.report.result import Result, evaluations_of, in_order, result_of
from experiments.report.runs import ProblemRuns, by_problem
from nas_problems import Problem
from nas_problems.array import brief
from nas_problems.suites import suite_of
from optimizers.ioh_write import watched_columns
from optimizers.runlog import RunLog, algorithm_name


def runs_of(logs: Sequence[RunLog], *, problems: Sequence[Problem] = ()) -> list[ProblemRuns]:
    """Runs in memory, one entry per problem, as ``load_runs`` has those of a study's folder.

    Args:
        logs: What ``optimizers.run`` returned.
        problems: What they searched, by label; wanted of logs that came from another process, unless their label is
            that of a registered problem.

    Raises:
        ValueError: No runs, something else, or a problem that is not known.
    """
    listed = list(logs)
    wrong = [log for log in listed if not isinstance(log, RunLog)]
    if not listed or wrong:
        found = brief(wrong[0]) if wrong else "none"
        raise ValueError(f"logs: wanted what optimizers.run returns, found {found}")
    given = {problem.label: problem for problem in problems}
    counts: Counter[tuple[str, str, int]] = Counter()
    results = []
    for log in listed:
        problem = given.get(log.problem) or _problem_of(log)
        algorithm = algorithm_name(log.solver, log.initializer)
        counts[problem.label, algorithm, problem.instance] += 1
        results.append(_result(problem, log, algorithm, counts[problem.label, algorithm, problem.instance]))
    return by_problem(in_order(results))


def _problem_of(log: RunLog) -> Problem:
    if log.searched is not None:
        return log.searched
    if log.problem in nas_problems.problems:
        return nas_problems.make(log.problem)
    raise ValueError(
        f"problems: wanted the problem {log.problem} of a run from another process, found none; give runs_of(logs, "
        "problems=[...])"
    )


def _result(problem: Problem, log: RunLog, algorithm: str, repetition: int) -> Result:
    columns = watched_columns(problem, log)
    columns |= {
        "evaluations": np.arange(1.0, len(log) + 1),
        "raw_y": log.y if log.y.ndim == 1 else log.y[:, 0],
    }
    record = RunRecord(
        key=f"{problem.label}/{algorithm}/i{problem.instance}-s{repetition}",
        **facts_of(problem, log),
        suite=suite_of(problem),
        algorithm=algorithm,
        noise=str(problem.noise),
        instance=problem.instance,
        repetition=repetition,
        seed=log.seed,
        budget=int(evaluations_of(columns)[-1]),
        final_regret=float(columns["regret"][-1]),
        failure="",
        wall_seconds=float("nan"),
    )
    return result_of(record, columns)
