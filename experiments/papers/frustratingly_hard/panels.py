"""Figures of the paper drawn from the authors' own data, whether or not ours agree; and its table 2."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import PALETTE
from experiments.page import Page
from experiments.papers.frustratingly_hard import published

SEARCH_COST = pd.Series(
    {
        "DARTS": 0.3,
        "PDARTS": 0.25,
        "NSGANET": 4.0,
        "ENAS": 0.3,
        "CNAS": 0.6,
        "MANAS": 0.7,
        "StacNAS": 1.0,
        "NAO": 0.67,
    },
    name="search cost (GPU-days)",
)
"""From the authors' released code, CIFAR-10."""

TABLE_2 = pd.DataFrame(
    {
        "DARTS": ("64 / 96", "16 / 36", "50 / 600", "SGD", ".025 -> .001", "3e-4", "8 / 20", 4),
        "StacNAS": ("64 / 96", "16 / 36", "100+100 / 600", "SGD", ".025 -> .001", "3e-4", "14, 20 / 20", 4),
        "PDARTS": ("96 / 128", "16 / 36", "25+25+25 / 600", "SGD", ".025 -> 0", "6e-4", "5, 11, 17 / 20", 4),
        "MANAS": ("64 / 128", "16 / 36", "50 / 600", "SGD", ".025 -> .001", "-", "8 / 20", 4),
        "CNAS": ("64 / 64", "16 / 36", "60 / 200", "Adam", ".025 -> .003", "3e-4", "6 / 20", 6),
    },
    index=pd.Index(
        (
            "batch",
            "channels",
            "epochs",
            "optimizer of the weights",
            "rate of the search",
            "rate of the architecture",
            "cells on CIFAR",
            "nodes",
        ),
        name="search / augmentation",
    ),
)
"""Table 2 of the paper."""


def write_panels(page: Page) -> None:
    """Figures 1 and 2 (runs of all methods), 6 (operations), and table 2."""
    page.heading("The authors' own runs")
    page.table(
        TABLE_2, name="table-2-published", caption="Published: hyperparameters of search / augmentation, table 2."
    )
    if published.RUNS.at_hand:
        page.figure(
            _runs(),
            name="figure-1-published",
            caption="Published, from the authors' runs: test accuracy (%) of what eight searches of each method found "
            "(filled) and of eight random architectures of its own space (open), trained with the same protocol and "
            "seeds; bars are means.",
        )
        page.figure(
            _against_cost(),
            name="figure-2-published",
            caption="Published: relative improvement (%) over random architectures of the method's own space on "
            "CIFAR-10, from the authors' runs, against the cost of a search.",
        )
    if published.CURVES.at_hand:
        page.figure(
            _operations(),
            name="figure-6-published",
            caption="Published: best test accuracy (%) of 214 random architectures with the operations of DARTS, and "
            "of 56 with other ones (convolutions of 1, 3, 7 and 11 pixels, max pooling of 3 and 5, nothing, skip).",
        )


def _runs() -> Figure:
    figure = Figure(figsize=(13, 3.4), layout="constrained")
    for axes, data_set in zip(figure.subplots(1, len(published.RUNS.by_name)), published.RUNS, strict=True):
        runs = published.runs(data_set)
        for place, (searched, sampled) in enumerate(runs.values()):
            for shift, values, is_filled in ((-0.15, searched, True), (0.15, sampled, False)):
                face = PALETTE[0] if is_filled else "none"
                x = np.full(len(values), place + shift)
                axes.scatter(x, values, s=12, facecolors=face, edgecolors=PALETTE[0], linewidths=0.8)
                if len(values):
                    axes.plot(
                        [place + shift - 0.12, place + shift + 0.12], [values.mean()] * 2, color="0.2", linewidth=1.2
                    )
        axes.set(title=data_set, xticks=range(len(runs)))
        axes.set_xticklabels(list(runs), rotation=60, ha="right", fontsize=7)
        axes.grid(axis="y", alpha=0.3)
    figure.axes[0].set_ylabel("test accuracy (%)")
    return figure


def _against_cost() -> Figure:
    figure = Figure(figsize=(4.8, 3.2), layout="constrained")
    axes = figure.subplots()
    for method, (searched, sampled) in published.runs("CIFAR-10").items():
        if len(searched) and len(sampled):
            gain = 100 * (searched.mean() - sampled.mean()) / sampled.mean()
            axes.scatter(SEARCH_COST[method], gain, color=PALETTE[0], s=18)
            axes.annotate(
                str(method), (SEARCH_COST[method], gain), fontsize=7, xytext=(3, 3), textcoords="offset points"
            )
    axes.axhline(0.0, color="0.6", linewidth=1)
    axes.set(xlabel="search cost (GPU-days)", ylabel="relative improvement (%)", xscale="log", xlim=(0.2, 8))
    axes.set_xticks([0.25, 0.5, 1, 2, 4], labels=["0.25", "0.5", "1", "2", "4"])
    axes.minorticks_off()
    axes.margins(y=0.12)
    axes.grid(alpha=0.3)
    return figure


def _operations() -> Figure:
    curves = published.curves()
    figure = Figure(figsize=(4.8, 3.0), layout="constrained")
    axes = figure.subplots()
    bins = list(np.linspace(95.6, 97.8, 23))
    for place, (name, label) in enumerate(
        (("n_214_random_architectures", "DARTS, 214"), ("n_56_random_mod_architectures", "other operations, 56"))
    ):
        best = curves[name].max(axis=1)
        axes.hist(best, bins=bins, density=True, alpha=0.6, color=PALETTE[place], label=f"{label}: {best.mean():.2f}")
    axes.set(xlabel="best test accuracy (%)", ylabel="density")
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    return figure
