"""All runs on one problem, aligned once for every table and figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from experiments import statistics
from experiments.folder.record import RunRecord
from experiments.report.result import Result, regret_matrix
from experiments.text.number import count, number
from nas_problems.array import FloatArray

TARGET_QUANTILES = (0.75, 0.5, 0.25)
"""Quantiles of the final regrets of all runs on a problem that are its targets: easy, median, hard."""


@dataclass(frozen=True, eq=False)
class ProblemRuns:
    """Runs on one problem.

    Args:
        problem: Label of the problem, noise mode and fidelity included.
        searches: Solver -> its runs.
        samples: Solver that only samples -> its runs; their result is their mean.
        budget: Evaluations up to which runs are compared.
    """

    problem: str
    searches: Mapping[str, Sequence[Result]]
    samples: Mapping[str, Sequence[Result]]
    budget: int

    @cached_property
    def regrets(self) -> Mapping[str, FloatArray]:
        """Solver -> regret of the incumbent after 1 ... ``budget`` evaluations, (runs, budget)."""
        return {name: regret_matrix(runs, self.budget) for name, runs in self.searches.items()}

    @cached_property
    def final(self) -> Mapping[str, FloatArray]:
        """Solver -> what each run ended with, (runs,): its last regret, or the mean where it only samples."""
        found = {name: values[:, -1] for name, values in self.regrets.items()}
        return found | {name: sample_means(runs) for name, runs in self.samples.items()}

    @cached_property
    def targets(self) -> tuple[float, ...]:
        """The easy, the median and the hard target; NaN where nothing was searched."""
        if not self.regrets:
            return (float("nan"),) * len(TARGET_QUANTILES)
        final = np.concatenate([values[:, -1] for values in self.regrets.values()])
        return tuple(np.quantile(final, TARGET_QUANTILES, method="inverted_cdf").tolist())

    @cached_property
    def range(self) -> tuple[float, float]:
        """Hardest and easiest target of ECDF curves and AOCC."""
        return statistics.target_range(np.concatenate(list(self.regrets.values())))

    @property
    def record(self) -> RunRecord:
        """Record of any run; what it says of the problem holds for all."""
        return self.all_runs[0].record

    @property
    def all_runs(self) -> list[Result]:
        """Every run."""
        return [run for runs in (*self.searches.values(), *self.samples.values()) for run in runs]

    @property
    def quantity(self) -> str:
        """What curves show, with its unit."""
        record = self.record
        if record.target_is_optimum:
            return f"regret, {record.objective}"
        return record.objective if record.target == 0 else f"{record.objective} above {number(record.target)}"


def by_problem(results: Sequence[Result], budgets: Mapping[str, int] | None = None) -> list[ProblemRuns]:
    """Runs by problem and solver.

    Args:
        results: Runs, sorted by problem and solver.
        budgets: Problem -> evaluations up to which runs are compared; others: those of the longest run.
    """
    found = []
    for problem, of_problem in groupby(results, key=lambda run: run.record.problem):
        runs = list(of_problem)
        named = {name: list(of) for name, of in groupby(runs, key=lambda run: run.record.algorithm)}
        samples = {name: of for name, of in named.items() if of[0].sample_mean is not None}
        searches = {name: of for name, of in named.items() if name not in samples}
        longest = max(int(run.evaluations[-1]) for run in runs)
        found.append(ProblemRuns(problem, searches, samples, (budgets or {}).get(problem, longest)))
    return found


def sample_means(runs: Sequence[Result]) -> FloatArray:
    """Means of runs that only sample, without those of which every evaluation failed, (<= runs,)."""
    means = np.array([run.sample_mean for run in runs], dtype=np.float64)
    return means[np.isfinite(means)]


def solvers_of(problems: Sequence[ProblemRuns]) -> list[str]:
    """Every solver on any problem, sorted."""
    return sorted({name for one in problems for name in (*one.searches, *one.samples)})


def caption(problems: Sequence[ProblemRuns]) -> str:
    """Noise modes, fidelities, instances and numbers of runs behind a figure, as one line."""
    records = [run.record for one in problems for run in one.all_runs]
    counts = sorted({len(runs) for one in problems for runs in (*one.searches.values(), *one.samples.values())})
    n_runs = count(counts[-1], "run") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} runs"
    parts = [
        f"{n_runs} per solver and problem",
        f"noise {', '.join(sorted({record.noise for record in records}))}",
        f"fidelity {', '.join(sorted({record.fidelity for record in records}))}",
    ]
    instances = sorted({record.instance for record in records})
    if instances != [1]:
        parts.append(f"instances {', '.join(map(str, instances))}")
    return "; ".join(parts)
