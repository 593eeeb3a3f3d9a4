"""All runs on one problem, aligned once for every table and figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from experiments import statistics
from experiments.folder.record import RunRecord
from experiments.report.result import Result
from experiments.text.number import count, number
from nas_problems.array import FloatArray, IntArray
from nas_problems.metric import Metric

TARGET_QUANTILES = (0.75, 0.5, 0.25)
"""Quantiles of the final regrets of all runs on a problem that are its targets: easy, median, hard."""

_TOLERANCE = 1e-6  # of values below an optimum, relative to it


@dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        """One line, without the runs."""
        counts = [f"{count(len(runs), 'run')} of {name}" for name, runs in {**self.searches, **self.samples}.items()]
        return f"<ProblemRuns {self.problem}: {', '.join(counts)}, {count(self.budget, 'evaluation')}>"

    def regrets(self, name: str, at: IntArray) -> FloatArray:
        """Regret of the incumbent of a solver's runs after these evaluations, (runs, len(at))."""
        runs = self.searches[name]
        return statistics.align([run.evaluations for run in runs], [run.regret for run in runs], self.budget, at=at)

    def steps(self, name: str) -> tuple[IntArray, FloatArray]:
        """Evaluations (k,) at which any run of a solver changes, and regrets there, (runs, k)."""
        runs = self.searches[name]
        return statistics.steps([run.evaluations for run in runs], [run.regret for run in runs], self.budget)

    @cached_property
    def found(self) -> Mapping[str, FloatArray]:
        """Solver that searches -> regret that each run ended with, (runs,)."""
        return {name: self.regrets(name, np.array([self.budget]))[:, 0] for name in self.searches}

    @cached_property
    def final(self) -> Mapping[str, FloatArray]:
        """Solver -> what each run ended with, (runs,): its last regret, or the mean where it only samples."""
        return {**self.found, **{name: sample_means(runs) for name, runs in self.samples.items()}}

    @cached_property
    def targets(self) -> tuple[float, ...]:
        """The easy, the median and the hard target; NaN where nothing was searched, or every evaluation failed."""
        final = np.concatenate([np.empty(0), *self.found.values()])
        final = final[np.isfinite(final)]
        if not len(final):
            return (float("nan"),) * len(TARGET_QUANTILES)
        return tuple(np.quantile(final, TARGET_QUANTILES, method="inverted_cdf").tolist())

    @cached_property
    def is_bounded(self) -> bool:
        """Whether values are measured from an optimum or a bound, so that 0 is the best there can be.

        Not where none is known, and not where values lie below it, which show that it is none.
        """
        is_known = self.record.target_is_optimum or self.record.target_is_bound
        return is_known and not self.n_below

    @cached_property
    def n_below(self) -> int:
        """Runs with values below the optimum or bound from which they are measured."""
        if not (self.record.target_is_optimum or self.record.target_is_bound):
            return 0
        return sum(bool((run.regret < -_TOLERANCE * max(1.0, abs(self.record.target))).any()) for run in self.all_runs)

    @cached_property
    def range(self) -> tuple[float, float]:
        """Hardest and easiest target of ECDF curves and AOCC, which are spread over the logarithm if ``is_bounded``."""
        runs = [run for of in self.searches.values() for run in of]
        ends = [_ends(run.regret[run.evaluations <= self.budget], self.is_bounded) for run in runs]
        return statistics.target_range(np.array(ends), log=self.is_bounded)

    def attainment(self, name: str, at: IntArray) -> FloatArray:
        """Fraction of targets that the runs of a solver have reached after these evaluations, (runs, len(at))."""
        best, worst = self.range
        runs = self.searches[name]
        so_far = [np.minimum.accumulate(run.regret) for run in runs]
        V = statistics.align([run.evaluations for run in runs], so_far, self.budget, at=at)
        return statistics.attainment(V, best=best, worst=worst, log=self.is_bounded)

    def areas(self, name: str) -> FloatArray:
        """Area over the convergence curve of each run of a solver, (runs,)."""
        (best, worst), (at, V) = self.range, self.steps(name)
        return statistics.area_over_curve(V, best=best, worst=worst, log=self.is_bounded, at=at, budget=self.budget)

    @property
    def record(self) -> RunRecord:
        """Record of any run; what it says of the problem holds for all."""
        return self.all_runs[0].record

    @property
    def all_runs(self) -> list[Result]:
        """Every run."""
        return [run for runs in (*self.searches.values(), *self.samples.values()) for run in runs]

    @property
    def is_several(self) -> bool:
        """Whether several objectives are minimised, so that regret is a share of hypervolume."""
        return self.all_runs[0].front is not None

    @property
    def measured(self) -> Metric | None:
        """The metric, where its values are shown as they were measured: a maximised one of which no bound is known.

        Else None: what is shown are regrets and distances to a bound, or values that are minimised as they are.
        """
        record = self.record
        if record.target_is_optimum or record.target_is_bound or self.is_several or not record.maximize:
            return None
        return record.measured

    def shown(self, values: FloatArray) -> FloatArray:
        """Regrets, or values, as ``quantity`` says, of any shape; infinite where no evaluation has succeeded."""
        return values if self.measured is None else as_measured(self.measured, values)

    @property
    def quantity(self) -> str:
        """What ``shown`` gives, with its unit: a regret only where the optimum is known."""
        record, metric = self.record, self.record.measured
        if self.is_several:
            return "missing share of hypervolume"
        if record.target_is_optimum:
            return f"regret, {record.objective if metric is None else metric.measured_label}"
        if metric is None or not metric.maximize or (metric.unit == "%" and record.target == 0):
            return record.objective if record.target == 0 else f"{record.objective} above {number(record.target)}"
        if self.measured is not None:
            return f"{metric.measured_label}, larger is better"
        return f"{metric.measured_label} below {number(metric.measured(record.target))}"


def as_measured(metric: Metric, y: FloatArray) -> FloatArray:
    """Minimised values as they were measured; what is infinite, as no evaluation has succeeded, stays so."""
    return np.where(np.isfinite(y), metric.measured(y), y)


def _ends(regret: FloatArray, is_positive: bool) -> tuple[float, float]:
    """The first value of a run, and the smallest one that can be a target."""
    possible = regret[np.isfinite(regret) & (regret > 0 if is_positive else True)]
    return float(regret[0]), float(possible.min() if possible.size else regret[0])


def by_problem(results: Sequence[Result], budgets: Mapping[str, int] | None = None) -> list[ProblemRuns]:
    """Runs by problem and solver.

    Args:
        results: Runs, sorted by problem and solver.
        budgets: Problem -> evaluations up to which runs are compared; others: those of the longest run.
    """
    grouped = []
    for problem, of_problem in groupby(results, key=lambda run: run.record.problem):
        runs = list(of_problem)
        named = {name: list(of) for name, of in groupby(runs, key=lambda run: run.record.algorithm)}
        samples = {name: of for name, of in named.items() if of[0].sample_mean is not None}
        searches = {name: of for name, of in named.items() if name not in samples}
        longest = max(int(run.evaluations[-1]) for run in runs)
        grouped.append(ProblemRuns(problem, searches, samples, (budgets or {}).get(problem, longest)))
    return grouped


def sample_means(runs: Sequence[Result]) -> FloatArray:
    """Means of runs that only sample, without those of which every evaluation failed, (<= runs,)."""
    means = np.array([run.sample_mean for run in runs], dtype=np.float64)
    return means[np.isfinite(means)]


def measure(problems: Sequence[ProblemRuns]) -> str:
    """What final numbers are: regrets only where optima are known, or of several objectives."""
    known = {one.record.target_is_optimum or one.is_several for one in problems}
    return {True: "regret", False: "value"}[known.pop()] if len(known) == 1 else "regret or value"


def below_bounds(problems: Sequence[ProblemRuns]) -> list[str]:
    """One line per problem whose optimum or bound is none, as runs have values below it."""
    return [
        f"{one.problem}: {count(one.n_below, 'run')} with values below its "
        f"{'optimum' if one.record.target_is_optimum else 'bound'}, {number(one.record.target, 6)}, which is "
        "therefore none; its curves and areas are not logarithmic"
        for one in problems
        if one.n_below
    ]


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
        f"fidelity {_fidelities(records)}",
    ]
    if any(record.n_evaluations > record.budget for record in records):
        parts.append("an evaluation at a lower fidelity counts as its share of a full one")
    instances = sorted({record.instance for record in records})
    if instances != [1]:
        parts.append(f"instances {', '.join(map(str, instances))}")
    return "; ".join(parts)


def _fidelities(records: Sequence[RunRecord]) -> str:
    """Each kind of fidelity with its values.

    >>> from types import SimpleNamespace as Record
    >>> _fidelities([Record(fidelity="epochs 200"), Record(fidelity="share 1"), Record(fidelity="epochs 12")])
    'epochs 12, 200, share 1'
    """
    values: dict[str, set[str]] = {}
    for record in records:
        name, _, value = record.fidelity.rpartition(" ")
        values.setdefault(name, set()).add(value)
    return ", ".join(f"{name} {', '.join(sorted(values[name], key=_in_order))}".strip() for name in sorted(values))


def _in_order(text: str) -> tuple[int, str]:
    """Longer numbers are larger."""
    return len(text.partition(".")[0]), text
