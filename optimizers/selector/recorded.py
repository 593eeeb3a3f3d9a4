"""Losses of solvers in recorded studies as text: csv tables of ratios, which a ``Portfolio`` has as logarithms.

Two such tables come with the package; ``iohnas portfolio learn`` makes one from any study.
"""

import csv
import io
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np

from nas_problems.array import LARGEST_COUNT, FloatArray, IntArray
from nas_problems.text_table import column, read_text_table
from optimizers.selector.features import NAMES
from optimizers.selector.portfolio import REFERENCE, Portfolio, unknown_runs

COLUMNS = ("problem", "solver", "budget", "runs", "loss", "standard_error")
"""Columns of a table: mean over runs of the mean regret of the incumbent over the first so many evaluations, divided by
that of random search, and its standard error."""

_LAYOUTS = dict(
    zip(
        COLUMNS,
        (
            column("U"),
            column("U"),
            column("i", 1, LARGEST_COUNT),
            column("i", 1, LARGEST_COUNT),
            column("f", 0),
            column("f", 0, 1e300, finite=False),  # NaN: of one run
        ),
        strict=True,
    )
)

_SMALLEST = 1e-9  # ratio that counts, so that there is a logarithm


def of_ratios(
    problems: tuple[str, ...],
    solvers: tuple[str, ...],
    budgets: IntArray,
    runs: IntArray,
    ratio: FloatArray,
    standard_error: FloatArray,
) -> Portfolio:
    """A portfolio, without features, from ratios of mean regrets.

    Args:
        problems: Names, (P,).
        solvers: Names, (S,).
        budgets: Evaluations, increasing, (B,).
        runs: Of each solver on each problem, (S, P).
        ratio: Mean regret divided by that of random search, (B, S, P).
        standard_error: Of the ratios, (B, S, P).

    Raises:
        ValueError: Random search is not among the solvers.
    """
    if REFERENCE not in solvers:
        raise ValueError(f"solvers: wanted {REFERENCE} among them, found {solvers}")
    positive = np.maximum(ratio, _SMALLEST)
    return Portfolio(
        problems,
        solvers,
        budgets,
        np.log2(positive),
        standard_error / positive / np.log(2),
        np.broadcast_to(runs, ratio.shape).copy(),
        np.empty((len(problems), 0, len(NAMES))),
        0,
        *unknown_runs(*ratio.shape),
    )


def to_csv(portfolio: Portfolio) -> str:
    """The losses of a portfolio as text that ``read_csv`` reads back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    ratio = 2**portfolio.loss
    error = portfolio.error * ratio * np.log(2)
    for p, problem in enumerate(portfolio.problems):
        for s, solver in enumerate(portfolio.solvers):
            for b, budget in enumerate(portfolio.budgets.tolist()):
                measured = (f"{value:.6g}" for value in (ratio[b, s, p], error[b, s, p]))
                writer.writerow([problem, solver, budget, portfolio.runs[b, s, p], *measured])
    return text.getvalue()


def read_csv(text: str) -> Portfolio:
    """Read what ``to_csv`` writes.

    Raises:
        ValueError: Other columns, a number that cannot be, a row that is there twice, a solver that lacks a problem or
            a budget, or no random search.
    """
    table = read_text_table(text, what="portfolio", columns=_LAYOUTS, key=("problem", "solver", "budget"))
    problem_of, solver_of, budget_of = table.texts["problem"], table.texts["solver"], table.numbers["budget"]
    problems, solvers = tuple(dict.fromkeys(problem_of)), tuple(dict.fromkeys(solver_of))
    budgets = np.unique(budget_of)
    shape = (len(budgets), len(solvers), len(problems))
    runs, ratio, error = np.zeros(shape[1:], dtype=np.int64), np.full(shape, np.nan), np.full(shape, np.nan)
    s = np.array([solvers.index(name) for name in solver_of])
    p = np.array([problems.index(name) for name in problem_of])
    b = np.searchsorted(budgets, budget_of)
    runs[s, p] = table.numbers["runs"]
    ratio[b, s, p], error[b, s, p] = table.numbers["loss"], table.numbers["standard_error"]
    if np.isnan(ratio).any():
        first = np.argwhere(np.isnan(ratio))[0]
        raise ValueError(
            f"portfolio: {solvers[first[1]]} has no run on {problems[first[2]]} with {budgets[first[0]]} evaluations"
        )
    return of_ratios(problems, solvers, budgets, runs, ratio, error)


def updated(older: Portfolio, newer: Portfolio) -> Portfolio:
    """A table with the solvers of another one, which take the place of those of the same name.

    Losses stay comparable where random search is the same in both.

    Raises:
        ValueError: Other problems or budgets.
    """
    if newer.problems != older.problems or not np.array_equal(newer.budgets, older.budgets):
        raise ValueError(
            f"portfolio: wanted the problems {older.problems} and budgets {older.budgets.tolist()}, found "
            f"{newer.problems} and {newer.budgets.tolist()}"
        )
    solvers = tuple(sorted({*older.solvers, *newer.solvers}))
    sources = [newer if solver in newer.solvers else older for solver in solvers]
    rows = [(source, source.solvers.index(solver)) for source, solver in zip(sources, solvers, strict=True)]
    seeds, evaluations, shared = unknown_runs(len(older.budgets), len(solvers), len(older.problems))
    return replace(
        older,
        solvers=solvers,
        loss=np.stack([source.loss[:, row] for source, row in rows], axis=1),
        error=np.stack([source.error[:, row] for source, row in rows], axis=1),
        runs=np.stack([source.runs[:, row] for source, row in rows], axis=1),
        seeds=seeds,
        evaluations=evaluations,
        shared=shared,
    )


@cache
def recorded_searches() -> Portfolio:
    """Searches of NAS and HPO problems, a table that comes with the package.

    Made by ``iohnas portfolio learn`` from the studies next to it, ``portfolio_recorded_1.toml`` and (with fewer runs
    of slow solvers) ``portfolio_recorded_2.toml`` to ``4.toml``, which ``iohnas run`` takes.
    """
    return read_csv(resources.files("optimizers").joinpath("data/portfolio_recorded.csv").read_text())


@cache
def analytic_searches() -> Portfolio:
    """The same for analytic problems: BBOB in 5-d, PBO on 16 bits, BBOB on lattices and on shuffled categories.

    Made by ``iohnas portfolio learn`` from ``portfolio_analytic.toml`` next to it. PBO's f18 and f25 are left out, of
    which no optimum is known, and so no regret.
    """
    return read_csv(resources.files("optimizers").joinpath("data/portfolio_analytic.csv").read_text())
