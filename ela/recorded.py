"""How searches of recorded problems went, and whether groups of problems rank solvers alike.

The table comes with the package; ``iohnas portfolio learn`` makes one from any study. Unlike BBOB these are
problems of the same kind, so that even their average is worth knowing.

Source: kerschke2019 (per-instance selection from landscape features).
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from ela.correlation import spearman
from ela.performance import Recommendation
from nas_problems.array import FloatArray, IntArray

COLUMNS = ("problem", "solver", "budget", "runs", "loss", "standard_error")
"""Columns of a table; see ``RecordedPerformance``."""

REFERENCE_SOLVER = "random-search"
"""What losses are measured in."""

_LARGEST = 4.0  # a factor by which a loss counts: errors without a bound would let one problem decide alone


@dataclass(frozen=True, eq=False)
class RecordedPerformance:
    """How searches of recorded problems went.

    Args:
        problems: Registered names, (P,).
        solvers: Texts, as ``iohnas run --solvers`` takes them, (S,).
        budgets: Evaluations, increasing, (B,).
        runs: Runs of each solver on each problem, (S, P).
        loss: Mean over runs of the mean regret of the incumbent over the first so many evaluations, divided by
            that of random search, (B, S, P); below 1 is better than random search.
        standard_error: Of the loss over runs, (B, S, P).

    Raises:
        ValueError: Random search is not among the solvers.
    """

    problems: tuple[str, ...]
    solvers: tuple[str, ...]
    budgets: IntArray
    runs: IntArray
    loss: FloatArray
    standard_error: FloatArray

    def __post_init__(self) -> None:
        if REFERENCE_SOLVER not in self.solvers:
            raise ValueError(f"solvers: wanted {REFERENCE_SOLVER} among them, found {self.solvers}")

    def nearest_budget(self, budget: float) -> int:
        """The recorded budget that is nearest on a log scale.

        Raises:
            ValueError: Not a positive number.
        """
        if not budget > 0:
            raise ValueError(f"budget: wanted a positive number, found {budget}")
        return int(self.budgets[np.abs(np.log(self.budgets / budget)).argmin()])

    def at(self, budget: float) -> FloatArray:
        """The losses at the recorded budget that is nearest on a log scale, (S, P).

        Raises:
            ValueError: Not a positive number.
        """
        return np.asarray(self.loss[self.budgets == self.nearest_budget(budget)][0])

    def only(self, *prefixes: str) -> "RecordedPerformance":
        """The part with the problems whose names begin with one of these."""
        return self.without(*(name for name in self.problems if not name.startswith(prefixes)))

    def without(self, *names: str) -> "RecordedPerformance":
        """The same without some problems; names that it does not have do not matter."""
        kept = [i for i, name in enumerate(self.problems) if name not in names]
        return RecordedPerformance(
            tuple(self.problems[i] for i in kept),
            self.solvers,
            self.budgets,
            self.runs[:, kept],
            self.loss[..., kept],
            self.standard_error[..., kept],
        )

    def updated(self, newer: "RecordedPerformance") -> "RecordedPerformance":
        """The same with the solvers of another table, which take the place of those of the same name.

        Losses stay comparable where random search is the same in both.

        Raises:
            ValueError: Other problems or budgets.
        """
        if newer.problems != self.problems or not np.array_equal(newer.budgets, self.budgets):
            raise ValueError(
                f"portfolio: wanted the problems {self.problems} and budgets {self.budgets.tolist()}, found "
                f"{newer.problems} and {newer.budgets.tolist()}"
            )
        solvers = tuple(sorted({*self.solvers, *newer.solvers}))
        sources = [(newer if solver in newer.solvers else self) for solver in solvers]
        rows = [(source, source.solvers.index(solver)) for source, solver in zip(sources, solvers, strict=True)]
        return RecordedPerformance(
            self.problems,
            solvers,
            self.budgets,
            np.stack([source.runs[row] for source, row in rows]),
            np.stack([source.loss[:, row] for source, row in rows], axis=1),
            np.stack([source.standard_error[:, row] for source, row in rows], axis=1),
        )

    def to_csv(self) -> str:
        """As text that ``read`` reads back."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for p, problem in enumerate(self.problems):
            for s, solver in enumerate(self.solvers):
                for b, budget in enumerate(self.budgets.tolist()):
                    measured = (self.loss[b, s, p], self.standard_error[b, s, p])
                    writer.writerow([problem, solver, budget, self.runs[s, p], *(f"{value:.6g}" for value in measured)])
        return text.getvalue()

    @classmethod
    def read(cls, text: str) -> "RecordedPerformance":
        """Read what ``to_csv`` writes.

        Raises:
            ValueError: Other columns, something that is not a number, or a solver that lacks a problem or a budget.
        """
        header, *lines = csv.reader(io.StringIO(text))
        if tuple(header) != COLUMNS:
            raise ValueError(f"portfolio: wanted the columns {COLUMNS}, found {tuple(header)}")
        problems, solvers = (tuple(dict.fromkeys(line[i] for line in lines)) for i in (0, 1))
        budgets = np.array(sorted({int(line[2]) for line in lines}), dtype=np.int64)
        shape = (len(budgets), len(solvers), len(problems))
        runs, loss, error = np.zeros(shape[1:], dtype=np.int64), np.full(shape, np.nan), np.full(shape, np.nan)
        for problem, solver, budget, n, mean, spread in lines:
            s, p = solvers.index(solver), problems.index(problem)
            b = int(np.searchsorted(budgets, int(budget)))
            runs[s, p], loss[b, s, p], error[b, s, p] = int(n), float(mean), float(spread)
        if np.isnan(loss).any():
            b, s, p = np.argwhere(np.isnan(loss))[0]
            raise ValueError(f"portfolio: {solvers[s]} has no run on {problems[p]} with {budgets[b]} evaluations")
        return cls(problems, solvers, budgets, runs, loss, error)


@cache
def shipped_performance() -> RecordedPerformance:
    """The table that comes with the package.

    Made by ``iohnas portfolio learn`` from the studies next to it, ``portfolio_recorded_1.toml`` and (with fewer
    runs of slow solvers) ``portfolio_recorded_2.toml`` to ``4.toml``, which ``iohnas run`` takes.
    """
    return RecordedPerformance.read(resources.files("ela").joinpath("data/portfolio_recorded.csv").read_text())


@cache
def analytic_performance() -> RecordedPerformance:
    """The same for analytic problems: BBOB in 5-d, PBO on 16 bits, BBOB on lattices and on shuffled categories.

    Made by ``iohnas portfolio learn`` from ``portfolio_analytic.toml`` next to it. PBO's f18 and f25 are left out, of
    which no optimum is known, and so no regret.
    """
    return RecordedPerformance.read(resources.files("ela").joinpath("data/portfolio_analytic.csv").read_text())


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two groups of problems rank the same solvers alike.

    Args:
        rank_correlation: Of the solvers' mean losses, by Spearman, in [-1, 1].
        low: 2.5 % quantile of the correlation over problems drawn with replacement.
        high: 97.5 % quantile.
        n_solvers: Solvers compared.
    """

    rank_correlation: float
    low: float
    high: float
    n_solvers: int


def agreement(
    first: RecordedPerformance,
    second: RecordedPerformance,
    *,
    budget: float,
    rng: np.random.Generator,
    repetitions: int = 1000,
) -> Agreement:
    """Compare how two groups of problems rank the solvers that both have run, random search among them.

    A solver's mean loss is as in ``recommend_recorded``: geometric, of losses between 1/4 and 4.

    Args:
        first: One group.
        second: The other.
        budget: Evaluations of a search; the nearest recorded budgets are used.
        rng: Draws problems of both groups for the interval.
        repetitions: Draws.

    Raises:
        ValueError: Fewer than three solvers in common.
    """
    common = [solver for solver in first.solvers if solver in second.solvers]
    if len(common) < 3:
        raise ValueError(f"agreement: wanted at least three solvers in common, found {common}")
    groups = [
        np.log(np.clip(each.at(budget), 1 / _LARGEST, _LARGEST))[[each.solvers.index(solver) for solver in common]]
        for each in (first, second)
    ]

    def correlation(columns: Sequence[IntArray]) -> float:
        means = [losses[:, chosen].mean(axis=1) for losses, chosen in zip(groups, columns, strict=True)]
        return spearman(means[0], means[1])

    sizes = [losses.shape[1] for losses in groups]
    drawn = [correlation([rng.integers(0, n, size=n) for n in sizes]) for _ in range(repetitions)]
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    observed = correlation([np.arange(n) for n in sizes])
    return Agreement(observed, low, high, len(common))


def recommend_recorded(performance: RecordedPerformance, *, budget: float) -> tuple[Recommendation, ...]:
    """Solvers ranked by the geometric mean of their losses on recorded problems.

    A loss counts as at least 1/4 and at most 4, so that no problem decides alone.

    Args:
        performance: How searches of recorded problems went.
        budget: Evaluations that the solver will have; the nearest recorded budget is used.

    Returns:
        One entry per solver, best first; a loss below 1 is better than random search. Quantiles and shares are over
        the recorded problems.

    Raises:
        ValueError: A budget that is not positive.
    """
    losses = np.log(np.clip(performance.at(budget), 1 / _LARGEST, _LARGEST))  # (S, P)
    winners = np.bincount(losses.argmin(axis=0), minlength=len(performance.solvers)) / losses.shape[1]
    low, high = np.exp(np.quantile(losses, [0.025, 0.975], axis=1))
    means = np.exp(losses.mean(axis=1))
    return tuple(
        Recommendation(performance.solvers[i], float(means[i]), float(low[i]), float(high[i]), float(winners[i]))
        for i in np.argsort(means, kind="stable")
    )
