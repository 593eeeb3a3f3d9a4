"""Which solver to take: how searches of recorded problems went, carried over to a problem by its landscape.

The table comes with the package; ``iohnas portfolio learn`` makes one from any study. Unlike BBOB these are
problems of the same kind, so that even their average is worth knowing.

Source: kerschke2019 (per-instance selection from landscape features).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from ela.correlation import spearman
from ela.feature.bootstrap import FeatureTable
from ela.placement import distances
from ela.portfolio import Recommendation
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
        """The same with the problems alone whose names begin with one of these."""
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

    Made by ``iohnas portfolio learn`` from the studies beside it, ``portfolio_recorded_1.toml`` and (with fewer runs of
    slow solvers) ``portfolio_recorded_2.toml`` to ``4.toml``, which ``iohnas run`` takes.
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
    found = correlation([np.arange(n) for n in sizes])
    return Agreement(found, low, high, len(common))


@dataclass(frozen=True, eq=False)
class Likeness:
    """How much a problem's landscape is like those of recorded problems.

    Args:
        problems: The recorded problems, (P,).
        features: Names of the features that are defined for all.
        distances: Distance in scaled features from each part of the problem's design to each recorded problem,
            (parts, P).
        weights: How much each recorded problem counts, (parts, P); rows sum to 1.
        usual: Median distance from a recorded problem to the nearest other one.
    """

    problems: tuple[str, ...]
    features: tuple[str, ...]
    distances: FloatArray
    weights: FloatArray
    usual: float

    @property
    def distance(self) -> FloatArray:
        """Median distance to each recorded problem over the parts, (P,)."""
        return np.asarray(np.median(self.distances, axis=0))

    @property
    def weight(self) -> FloatArray:
        """Mean weight of each recorded problem over the parts, (P,)."""
        return np.asarray(self.weights.mean(axis=0))

    @property
    def is_far(self) -> bool:
        """Whether the nearest recorded problem is more than twice as far as recorded problems are from each other."""
        return bool(self.distance.min() > 2 * self.usual)


def liken(
    found: FeatureTable, recorded: Mapping[str, FeatureTable], *, width: float = 0.5, floor: float = 0.02
) -> Likeness:
    """Compare a landscape with those of recorded problems.

    Weights fall with the distance like a Gaussian; ``floor`` keeps far problems in, so that one like none of
    them gets their average.

    Args:
        found: Features of parts of the problem's design.
        recorded: Name -> features of a recorded problem, from designs of the same size and kind; at least two. They
            may have other numbers of variables: what features make of that is part of the comparison.
        width: Standard deviation of the Gaussian, in usual distances from a recorded problem to the nearest other one.
        floor: Weight of a problem at any distance, before weights are scaled to sum to 1.

    Raises:
        ValueError: Fewer than two recorded problems, other sizes or scales, or no feature that all have.
    """
    if len(recorded) < 2:
        raise ValueError(f"recorded: wanted at least two problems, found {sorted(recorded)}")
    conditions = {
        (row.conditions.n, row.conditions.value_scale) for each in (found, *recorded.values()) for row in each
    }
    if len(conditions) > 1:
        raise ValueError(f"features: wanted one size and scale for all, found {sorted(conditions)}")
    everything = np.concatenate([found.values, *(table.values for table in recorded.values())])
    usable = np.isfinite(everything).all(axis=0)
    rows = np.concatenate([table.values for table in recorded.values()])[:, usable]
    usable[usable] = rows.std(axis=0) > 0
    if not usable.any():
        raise ValueError("features: wanted at least one that is defined and differs, found none")
    rows = np.concatenate([table.values for table in recorded.values()])[:, usable]
    centre, scale = rows.mean(axis=0), rows.std(axis=0)
    points = np.array([np.median((table.values[:, usable] - centre) / scale, axis=0) for table in recorded.values()])
    to_points = distances((found.values[:, usable] - centre) / scale, points)
    between = distances(points, points)
    np.fill_diagonal(between, np.inf)
    usual = float(np.median(between.min(axis=1)))
    weights = np.exp(-0.5 * (to_points / (width * usual)) ** 2) + floor
    names = tuple(name for name, is_usable in zip(found.names, usable, strict=True) if is_usable)
    return Likeness(tuple(recorded), names, to_points, weights / weights.sum(axis=1, keepdims=True), usual)


def recommend_recorded(
    performance: RecordedPerformance, *, budget: float, likeness: Likeness | None = None
) -> tuple[Recommendation, ...]:
    """Solvers ranked by their expected loss: the weighted geometric mean of their losses on recorded problems.

    A loss counts as at least 1/4 and at most 4, so that no problem decides alone.

    Args:
        performance: How searches of recorded problems went.
        budget: Evaluations that the solver will have; the nearest recorded budget is used.
        likeness: How much each recorded problem counts; None: all alike.

    Returns:
        One entry per solver, best first; a loss below 1 is better than random search. Quantiles and shares are
        over the parts of the design; without a design over the recorded problems.

    Raises:
        ValueError: A budget that is not positive, or no recorded problem in common with ``likeness``.
    """
    losses = np.log(np.clip(performance.at(budget), 1 / _LARGEST, _LARGEST))  # (S, P)
    if likeness is None:
        expected, each = losses.mean(axis=1), losses.T
    else:
        common = [name for name in performance.problems if name in likeness.problems]
        if not common:
            raise ValueError(f"likeness: wanted some of {performance.problems}, found {likeness.problems}")
        weights = likeness.weights[:, [likeness.problems.index(name) for name in common]]
        weights = weights / weights.sum(axis=1, keepdims=True)
        each = weights @ losses[:, [performance.problems.index(name) for name in common]].T  # (parts, S)
        expected = each.mean(axis=0)
    winners = np.bincount(each.argmin(axis=1), minlength=len(performance.solvers)) / len(each)
    low, high = np.exp(np.quantile(each, [0.025, 0.975], axis=0))
    means = np.exp(expected)
    return tuple(
        Recommendation(performance.solvers[i], float(means[i]), float(low[i]), float(high[i]), float(winners[i]))
        for i in np.argsort(means, kind="stable")
    )
