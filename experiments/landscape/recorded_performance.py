"""What a study's runs say about its solvers, as a portfolio."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import sem

import nas_problems
from experiments.folder import StudyFolder
from experiments.report.result import Result, load_results, regret_matrix
from nas_problems.array import FloatArray
from optimizers.ioh_format import Fault
from optimizers.runlog import algorithm_name
from optimizers.selector.portfolio import REFERENCE, Portfolio
from optimizers.selector.recorded import of_ratios
from optimizers.solver_text import parse_solver

BUDGETS = (30, 100, 300)
"""Evaluations at which performance is recorded, besides those of a whole run."""


def learn(folders: Sequence[StudyFolder], *, budgets: Sequence[int] = BUDGETS) -> Portfolio:
    """Losses of the solvers of one or several studies, relative to random search on the same problem, without features.

    Args:
        folders: Studies with random search, one noise mode each; solvers of several studies are put together.
        budgets: Evaluations at which to look, besides the smallest budget of the studies; larger ones are left out.

    Raises:
        ValueError: A damaged run, a study with several noise modes, a solver that lacks a problem, or no random search
            on a problem.
    """
    runs: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for folder in folders:
        study = folder.study
        if len(study.noise) > 1:
            raise ValueError(f"{folder.path}: wanted a study with one noise mode, found {', '.join(study.noise)}")
        names = {nas_problems.make(name, noise=study.noise[0]).label: name for name in study.problems}
        texts = {algorithm_name(parse_solver(text).label, study.initializers[0]): text for text in study.solvers}
        for result in load_results(folder, _refuse):
            algorithm = result.record.algorithm
            runs[names[result.record.problem], texts.get(algorithm, algorithm)].append(result)
    if not runs:
        raise ValueError("studies: wanted finished runs, found none")
    shortest = min(result.record.budget for results in runs.values() for result in results)
    kept = sorted({*(budget for budget in budgets if budget < shortest), shortest})
    problems, solvers = (tuple(dict.fromkeys(key[i] for key in sorted(runs))) for i in (0, 1))
    shape = (len(kept), len(solvers), len(problems))
    loss, error, counts = np.empty(shape), np.empty(shape), np.zeros(shape[1:], dtype=np.int64)
    for p, problem in enumerate(problems):
        baseline = _means(runs, problem, REFERENCE, kept).mean(axis=1)
        is_solved = baseline == 0  # by random search at once: nobody is better or worse than it
        divisor = np.where(is_solved, 1.0, baseline)
        for s, solver in enumerate(solvers):
            means = _means(runs, problem, solver, kept)
            loss[:, s, p] = np.where(is_solved, 1.0, means.mean(axis=1) / divisor)
            error[:, s, p] = np.where(is_solved, 0.0, sem(means, axis=1) / divisor) if means.shape[1] > 1 else np.nan
            counts[s, p] = means.shape[1]
    return of_ratios(problems, solvers, np.array(kept, dtype=np.int64), counts, loss, error)


def _means(
    runs: Mapping[tuple[str, str], Sequence[Result]], problem: str, solver: str, budgets: Sequence[int]
) -> FloatArray:
    """Mean regret of the incumbent over the first evaluations of each run, (budgets, runs).

    Raises:
        ValueError: There are no runs.
    """
    if (problem, solver) not in runs:
        raise ValueError(f"studies: wanted runs of {solver} on {problem}, found none")
    regrets = regret_matrix(runs[problem, solver], budgets[-1])
    worst = max(float(run.regret[np.isfinite(run.regret)].max(initial=0.0)) for run in runs[problem, solver])
    regrets = np.where(np.isfinite(regrets), regrets, worst)  # before the first evaluation that succeeds
    return np.array([regrets[:, :budget].mean(axis=1) for budget in budgets])


def _refuse(fault: Fault) -> None:
    raise ValueError(str(fault))
