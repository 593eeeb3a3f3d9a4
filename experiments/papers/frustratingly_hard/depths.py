"""Figures 7 and 9: networks of more and of fewer cells, by training on digits."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import PALETTE
from experiments.page import Claim, Page
from experiments.papers.frustratingly_hard import published
from experiments.papers.frustratingly_hard.spread import Pair, Ranking, slopes
from experiments.papers.frustratingly_hard.trainer import Trainer
from nas_problems.array import FloatArray
from nas_problems.catalog.train import DIGITS_SKELETON
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.space import Codes


def write_depths(
    page: Page,
    trainer: Trainer,
    other_seed: Trainer,
    cells: Codes,
    base: TrainingProtocol,
    depths: tuple[int, ...],
) -> float:
    """Train the same cells in networks of different depth, and once more with another seed.

    Args:
        page: Written to.
        trainer: Trains.
        other_seed: Trains with another seed.
        cells: The cells, (n, 6).
        base: How to train.
        depths: Numbers of cells in a network; the first is compared with all others.

    Returns:
        Largest difference of the mean accuracy between depths, percentage points.
    """
    page.heading("Figures 7 and 9: number of cells")
    by_depth = {depth: trainer.curves(cells, base, replace(DIGITS_SKELETON, n_cells=depth))[-1] for depth in depths}
    again = other_seed.curves(cells, base, replace(DIGITS_SKELETON, n_cells=depths[0]))[-1]
    rng = np.random.default_rng(0)  # all cells are in every draw
    usual, *others = depths
    rankings = {f"{usual} and {k} cells": Ranking.of(by_depth[usual], by_depth[k], n_draws=1, rng=rng) for k in others}
    rankings["two seeds"] = Ranking.of(by_depth[usual], again, n_draws=1, rng=rng)
    rows = [[k, values.mean(), values.std(), values.min(), values.max()] for k, values in sorted(by_depth.items())]
    page.table(
        pd.DataFrame(rows, columns=["cells", "mean", "standard deviation", "worst", "best"]),
        name="depth",
        caption=f"Test accuracy (%) on digits by number of cells; the same {len(cells)} random cells without "
        f"`none`, {base.epochs} epochs.",
    )
    page.table(
        pd.DataFrame(
            [[name, each.tau, each.change] for name, each in rankings.items()],
            columns=["between", "Kendall's tau", "mean change (points)"],
        ),
        name="depth-ranking",
        digits=3,
        caption=f"Agreement of two trainings of the same {len(cells)} cells. Published: {published.DEPTH_TAU} between "
        f"8 and 20 cells, {published.SEED_TAU} between two seeds.",
    )
    pairs = [Pair("digits", (f"{usual} cells", f"{others[-1]} cells"), by_depth[usual], by_depth[others[-1]])]
    shown = {"digits": by_depth}
    if published.CURVES.at_hand:
        pairs.append(Pair("CIFAR-10, DARTS (published)", ("8 cells", "20 cells"), *published.two_depths()))
        shown["CIFAR-10, DARTS (published)"] = published.by_depth()
    caption = "Ranks of the same cells in networks of different depth; 1 is the best."
    page.figure(slopes(pairs), name="figure-9", caption=caption)
    page.figure(
        _depths(shown), name="figure-7", caption="Mean and standard deviation of test accuracy by number of cells."
    )
    deep, seeds = rankings[f"{usual} and {others[-1]} cells"], rankings["two seeds"]
    page.claim(
        Claim(
            "The depth gap is real: rankings change with the number of cells",
            f"Kendall's tau {published.DEPTH_TAU} between 8 and 20 cells",
            f"{deep.tau:.2f} between {usual} and {others[-1]} cells; {seeds.tau:.2f} between two seeds",
            "holds" if deep.tau < seeds.tau else "does not hold",
            "the same cells, ranked by their test accuracy",
            "Kendall's tau is lower between depths than between seeds of one depth",
        )
    )
    means = [values.mean() for values in by_depth.values()]
    return float(max(means) - min(means))


def _depths(shown: Mapping[str, Mapping[int, FloatArray]]) -> Figure:
    figure = Figure(figsize=(4.4 * len(shown), 3.2), layout="constrained")
    for axes, (title, by_depth) in zip(np.atleast_1d(figure.subplots(1, len(shown))), shown.items(), strict=True):
        for depth, values in sorted(by_depth.items()):
            axes.errorbar(depth, values.mean(), values.std(), fmt="o", color=PALETTE[0], capsize=3)
        axes.set(xlabel="cells in the network", ylabel="test accuracy (%)", xticks=sorted(by_depth), title=title)
        axes.grid(axis="y", alpha=0.3)
    return figure
