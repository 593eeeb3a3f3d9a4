"""What a study's runs say about its solvers, as a portfolio."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import sem

import nas_problems
from experiments.folder import StudyFolder
from experiments.report.result import Result, load_results, regret_matrix
from experiments.study import Study
from nas_problems.array import FloatArray
from nas_problems.variant import Variant
from optimizers.ioh_format import Fault
from optimizers.runlog import algorithm_name
from optimizers.selector.portfolio import REFERENCE, Portfolio, is_analytic
from optimizers.selector.recorded import of_ratios
from optimizers.solver_text import parse_solver

BUDGETS = (30, 100, 300)
"""Evaluations at which performance is recorded, besides those of a whole run."""

_Runs = dict[tuple[str, str], list[Result]]
"""Problem and solver -> finished runs."""


def learn(folders: Sequence[StudyFolder], *, budgets: Sequence[int] = BUDGETS) -> Portfolio:
    """Losses of the solvers of one or several studies, relative to random search on the same problem, without features.

    Regret is measured from the optimum, or from the lower bound of an analytic function, where it is known, else from
    the best noise-free value of all runs on that instance of the problem. Problems that a study has at a lower fidelity
    are named with it.

    Args:
        folders: Studies with random search, one noise mode each; solvers of several studies are put together.
        budgets: Evaluations at which to look, besides the smallest budget of the studies; larger ones are left out.

    Raises:
        ValueError: A damaged run, a study with several noise modes, a solver that lacks a problem, or no random search
            on a problem.
    """
    runs: _Runs = defaultdict(list)
    for folder in folders:
        study = folder.study
        if len(study.noise) > 1:
            raise ValueError(f"{folder.path}: wanted a study with one noise mode, found {', '.join(study.noise)}")
        names = dict(_named(name, study) for name in study.problems)
        texts = {algorithm_name(parse_solver(text).label, study.initializers[0]): text for text in study.solvers}
        for result in load_results(folder, _refuse):
            algorithm = result.record.algorithm
            runs[names[result.record.problem], texts.get(algorithm, algorithm)].append(result)
    if not runs:
        raise ValueError("studies: wanted finished runs, found none")
    runs = _above_zero(runs)
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


def _named(name: str, study: Study) -> tuple[str, str]:
    """Label of a study's problem, and the string that makes it, with its fidelity where that is not the full one."""
    problem = nas_problems.make(name, noise=study.noise[0], fidelity=study.fidelity)
    is_full = study.fidelity is None or problem.fidelity == problem.fidelities.full
    return problem.label, name if is_full else str(replace(Variant.parse(name), fidelity=study.fidelity))


def _above_zero(runs: _Runs) -> _Runs:
    """The same runs, with regret from the best value of all of them where no optimum is known."""
    zeros: dict[tuple[str, int], float] = {}
    for (problem, _), results in runs.items():
        for result in results:
            record, lowest = result.record, float(result.regret.min())
            is_regret = record.target_is_optimum or (record.target_is_bound and is_analytic(problem))
            if np.isfinite(lowest) and not is_regret:
                key = problem, record.instance
                zeros[key] = min(zeros.get(key, np.inf), lowest)
    return {
        key: [replace(run, regret=run.regret - zeros.get((key[0], run.record.instance), 0.0)) for run in results]
        for key, results in runs.items()
    }


def _means(runs: _Runs, problem: str, solver: str, budgets: Sequence[int]) -> FloatArray:
    """Mean regret of the incumbent over the first evaluations of each run, (budgets, runs).

    Raises:
        ValueError: There are no runs.
    """
    if (problem, solver) not in runs:
        raise ValueError(f"studies: wanted runs of {solver} on {problem}, found none")
    regrets = regret_matrix(runs[problem, solver], budgets[-1])
    worst = _largest(runs[problem, solver])
    if not np.isfinite(worst):  # none of its evaluations succeeded: as bad as anything that was found
        worst = max(0.0, *(_largest(results) for (name, _), results in runs.items() if name == problem))
    regrets = np.where(np.isfinite(regrets), regrets, worst)  # before the first evaluation that succeeds
    return np.array([regrets[:, :budget].mean(axis=1) for budget in budgets])


def _largest(results: Sequence[Result]) -> float:
    """Largest finite regret of these runs; ``-inf``: there is none."""
    return max(float(run.regret[np.isfinite(run.regret)].max(initial=-np.inf)) for run in results)


def _refuse(fault: Fault) -> None:
    raise ValueError(str(fault))
