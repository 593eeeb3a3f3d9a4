"""Sections 5.1 to 5.3 from tables: how far architectures are apart, and what seeds and operations do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import kendalltau, rankdata

import nas_problems
from experiments.figures import PALETTE
from experiments.page import Claim, Page, graded
from experiments.papers.frustratingly_hard import published
from experiments.papers.frustratingly_hard.cells import ALL, CONNECTED, accuracy, without
from nas_problems.array import FloatArray
from nas_problems.catalog.nas_bench_201 import OPERATIONS
from nas_problems.space import Codes

_BEST = "best tenth of these"

N_SAMPLED, N_RANKED = 214, 32
"""Architectures that the paper draws for its distribution and for its rankings."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How two trainings of the same architectures agree.

    Args:
        tau: Kendall's, median over draws.
        low: Its 5 % quantile over draws.
        high: Its 95 % quantile over draws.
        change: Mean absolute change of the accuracy over all architectures, percentage points.
    """

    tau: float
    low: float
    high: float
    change: float

    @classmethod
    def of(cls, a: FloatArray, b: FloatArray, *, n_draws: int, rng: np.random.Generator) -> "Ranking":
        """From both accuracies, (n,), by draws of ``N_RANKED`` architectures; all of them if there are no more."""
        draws = [rng.choice(len(a), min(N_RANKED, len(a)), replace=False) for _ in range(n_draws)]
        taus = [float(kendalltau(a[rows], b[rows])[0]) for rows in draws]
        low, tau, high = np.quantile(taus, (0.05, 0.5, 0.95))
        return cls(float(tau), float(low), float(high), float(np.abs(a - b).mean()))

    def __str__(self) -> str:
        return f"{self.tau:.2f} ({self.low:.2f} to {self.high:.2f})"


def write_distribution(page: Page, problems: Sequence[str], *, seed: int) -> None:
    """Figure 4's histogram: the accuracy of randomly drawn architectures.

    Args:
        page: Written to.
        problems: Registered names of NAS-Bench-201 tables.
        seed: Of the draw.
    """
    page.heading("Section 5.1: random architectures")
    rows, shown = [], {}
    for name in problems:
        problem = nas_problems.make(name)
        for label, cells in (("all cells", ALL), ("without none", CONNECTED)):
            drawn = np.random.default_rng(seed).choice(len(cells), N_SAMPLED, replace=False)
            for number, values in (
                (N_SAMPLED, accuracy(problem, cells[drawn])),
                (len(cells), accuracy(problem, cells)),
            ):
                rows.append([name, label, number, values.mean(), values.std(), values.min(), values.max()])
                shown[name, label] = values
    columns = ["problem", "cells", "number", "mean", "standard deviation", "worst", "best"]
    frame = pd.DataFrame(rows, columns=columns)
    known = {"problem": "CIFAR-10 (published)", "cells": "DARTS", "number": N_SAMPLED} | published.SAMPLED
    page.table(
        pd.concat([frame, pd.DataFrame([known])], ignore_index=True),
        name="random-architectures",
        caption=f"Accuracy (%) of {N_SAMPLED} random cells and of all; mean over recorded trainings.",
    )
    page.figure(
        _histograms(problems, shown),
        name="figure-4-histogram",
        caption="Accuracy of all cells and of those without `none`; the axis leaves out the lowest five percent.",
    )
    whole = frame[(frame["cells"] == "without none") & (frame["number"] == len(CONNECTED))]
    spreads = dict(zip(whole["problem"], whole["standard deviation"], strict=True))
    page.claim(
        Claim(
            "Architectures of a cell-based space lie in a very narrow range",
            f"standard deviation {published.SAMPLED['standard deviation']} percentage points, CIFAR-10",
            ", ".join(f"{name} {value:.2f}" for name, value in spreads.items()),
            "holds" if max(spreads.values()) <= 1 else "does not hold",
            "cells without `none`",
            "a standard deviation of at most one percentage point, the range that the paper's introduction names, on "
            "every table",
        )
    )


def _histograms(problems: Sequence[str], shown: dict[tuple[str, str], FloatArray]) -> Figure:
    figure = Figure(figsize=(3.2 * len(problems), 3.0), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(problems)))
    for axes, name in zip(panels, problems, strict=True):
        lowest, best = np.quantile(shown[name, "all cells"], 0.05), shown[name, "all cells"].max()
        bins = np.linspace(lowest, best, 60).tolist()
        for place, label in enumerate(("all cells", "without none")):
            values = shown[name, label]
            axes.hist(values, bins=bins, color=PALETTE[place], alpha=0.6, label=f"{label} ({len(values):,})")
        axes.set(title=name, xlabel="accuracy (%)")
    panels[0].set_ylabel("cells")
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    return figure


def write_seeds(page: Page, problems: Sequence[str], *, n_draws: int, seed: int) -> None:
    """Figure 8: the ranking of architectures by two recorded seeds.

    Args:
        page: Written to.
        problems: Registered names of NAS-Bench-201 tables.
        n_draws: Draws of 32 architectures.
        seed: Of the draws.
    """
    page.heading("Figure 8: two seeds")
    rng = np.random.default_rng(seed)
    rows, rankings, spread = [], {}, {}
    for name in problems:
        known = accuracy(nas_problems.make(name), CONNECTED)
        order = np.argsort(-known, kind="stable")[: len(CONNECTED) // 10]
        best, spread[name] = CONNECTED[order], known[order].std()
        for label, cells in (("all cells", ALL), ("without none", CONNECTED), (_BEST, best)):
            a, b = recorded_twice(name, cells)
            ranking = Ranking.of(a, b, n_draws=n_draws, rng=rng)
            rankings[name, label] = ranking
            rows.append([name, label, len(a), str(ranking), float(kendalltau(a, b)[0]), ranking.change])
    columns = ["problem", "cells", "number", "tau of 32: median (5 to 95 %)", "tau of all", "mean change (points)"]
    rows.append(["CIFAR-10 (published)", "DARTS", N_RANKED, f"{published.SEED_TAU}", np.nan, published.SEED_CHANGE])
    page.table(
        pd.DataFrame(rows, columns=columns),
        name="two-seeds",
        digits=3,
        caption=f"Validation accuracy with one recorded seed and with another: Kendall's tau of {N_RANKED} random "
        f"cells ({n_draws} draws) and of all, and the mean change in percentage points.",
    )
    a, b = recorded_twice(problems[0], CONNECTED)
    drawn = rng.choice(len(a), N_RANKED, replace=False)
    names = ("seed A", "seed B")
    pairs = [Pair(problems[0], names, a[drawn], b[drawn])]
    if published.CURVES.at_hand:
        pairs.append(Pair("CIFAR-10, DARTS (published)", names, *published.two_seeds()))
    page.figure(
        slopes(pairs),
        name="figure-8",
        caption=f"Ranks of {N_RANKED} random cells without `none` on {problems[0]} by two recorded seeds; 1 is best. "
        "Orange: a change by more than a quarter of the list.",
    )
    first = rankings[problems[0], "without none"]
    as_low = [rankings[name, _BEST].low <= published.SEED_TAU for name in problems]
    page.claim(
        Claim(
            "The seed has a considerable impact on the ranking",
            f"Kendall's tau {published.SEED_TAU} of 32 architectures, mean change {published.SEED_CHANGE} points",
            "among the best tenth of cells without `none`: "
            + "; ".join(f"{name} {rankings[name, _BEST]}" for name in problems),
            graded(all(as_low), weaker=sum(as_low) > len(as_low) / 2),
            f"all cells are far less alike than those of DARTS (sd {published.SAMPLED['standard deviation']} "
            f"points), so "
            "that seeds matter little to their order: "
            f"{first} on {problems[0]}. On {sum(as_low)} of {len(as_low)} tables it holds where cells are alike (sd "
            + ", ".join(f"{spread[name]:.2f}" for name in problems)
            + " points)",
            "where cells are about as alike as DARTS's, the best tenth, the published tau or a lower one is among our "
            "draws of as many cells (5 % quantile) on every table; weaker: on most of them",
        )
    )


def recorded_twice(name: str, cells: Codes) -> tuple[FloatArray, FloatArray]:
    """Validation accuracy of cells in percent with the first and the second recorded seed, where there are both."""
    first, second = (nas_problems.make(name, noise=f"seed-{k}").evaluate(cells) for k in (0, 1))
    both = ~(first.failed | second.failed)
    return first.metrics["validation_accuracy"][both], second.metrics["validation_accuracy"][both]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two trainings of the same architectures, to be shown next to each other.

    Args:
        title: Of the panel.
        names: Of the trainings.
        a: Accuracy in the first one, (n,).
        b: Accuracy in the second one, (n,).
    """

    title: str
    names: tuple[str, str]
    a: FloatArray
    b: FloatArray


def slopes(pairs: Sequence[Pair]) -> Figure:
    """Ranks in two lists, joined; what moves by more than a quarter of the list is drawn dark."""
    figure = Figure(figsize=(3.4 * len(pairs), 4.6), layout="constrained")
    for axes, pair in zip(np.atleast_1d(figure.subplots(1, len(pairs))), pairs, strict=True):
        for left, right in zip(*(rankdata(-values) for values in (pair.a, pair.b)), strict=True):
            far = abs(left - right) > len(pair.a) / 4
            axes.plot((0, 1), (left, right), "o-", color=PALETTE[1] if far else "0.6", linewidth=1.2 if far else 0.8)
        tau = kendalltau(pair.a, pair.b)[0]
        axes.set(xticks=(0, 1), xticklabels=pair.names, title=f"{pair.title}\nKendall's tau {tau:.2f}")
        axes.set(yticks=(1, len(pair.a)), ylabel="rank")
        axes.invert_yaxis()
    return figure


def write_operations(page: Page, problems: Sequence[str]) -> dict[str, float]:
    """Section 5.2: what other sets of operations give.

    Args:
        page: Written to.
        problems: Registered names of NAS-Bench-201 tables.

    Returns:
        Problem -> largest shift of the mean when one operation is taken away, percentage points.
    """
    page.heading("Section 5.2: operations")
    rows = []
    for name in problems:
        problem = nas_problems.make(name)
        usual = accuracy(problem, CONNECTED)
        rows.append([name, "all but none", len(CONNECTED), usual.mean(), usual.std(), 0.0])
        for operation in OPERATIONS:
            if operation != "none":
                values = accuracy(problem, without(operation))
                shift = values.mean() - usual.mean()
                rows.append([name, f"no {operation} either", len(values), values.mean(), values.std(), shift])
    columns = ["problem", "operations", "cells", "mean", "standard deviation", "shift of the mean"]
    frame = pd.DataFrame(rows, columns=columns)
    page.table(
        frame,
        name="operations",
        caption="Accuracy (%) of all cells that can be made of a set of operations, and how far its mean is from "
        f"that of the usual set; between the paper's two sets it is {published.OPERATIONS_SHIFT} points.",
    )
    return {
        str(name): float(part["shift of the mean"].abs().max()) for name, part in frame.groupby("problem", sort=False)
    }
