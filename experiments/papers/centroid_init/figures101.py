"""Figures of searches on NAS-Bench-101: populations, the best found, and what it looks like.

Source: traore2023, figures 8 to 11, 13 and 14.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from experiments.papers.centroid_init.figures import COLORS, EVALUATIONS
from experiments.papers.centroid_init.searches101 import Runs
from nas_problems.cell.encoding101 import expanded_matrices
from nas_problems.cell.index101 import cell_index

Key = tuple[str, str, str]
"""Level, solver, start."""


_COLORS = {
    "invalid = 0": "black",
    "uniform cells": COLORS["uniform"],
    "latin-hypercube": COLORS["latin-hypercube"],
    "centroids": COLORS["centroid"],
}
"""One per start, as in the figures of NAS-Bench-201."""


def _kinds(found: Mapping[Key, Runs], part: int) -> list[str]:
    return list(dict.fromkeys(key[part] for key in found))


def population_curves(found: Mapping[Key, Runs], levels: Sequence[str], population: int) -> Figure:
    """Mean accuracy of the population against evaluations, a panel per solver and level."""
    solvers = [solver for solver in _kinds(found, 1) if solver != "RS"]
    figure = Figure(figsize=(3.6 * len(solvers), 3.0 * len(levels)), layout="constrained")
    grid = figure.subplots(len(levels), len(solvers), squeeze=False, sharex=True, sharey="row")
    for row, level in zip(grid, levels, strict=True):
        for axes, solver in zip(row, solvers, strict=True):
            for start in _kinds(found, 2):
                curve = found[level, solver, start].population
                axes.plot(population * np.arange(1, len(curve) + 1), curve, color=_COLORS[start], label=start)
            axes.set_xscale("log")
            axes.set_xticks([n for n in EVALUATIONS if n <= population * len(curve)])
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_title(f"{solver}, {level}", fontsize=9)
        row[0].set_ylabel("mean accuracy (%)")
    for axes in grid[-1]:
        axes.set_xlabel("evaluations")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, fontsize=9, ncols=len(labels), loc="outside lower center")
    return figure


def best_boxes(found: Mapping[Key, Runs], levels: Sequence[str]) -> Figure:
    """Accuracy of the best cells, a box per solver and start; whiskers are 5 and 95 %."""
    starts = _kinds(found, 2)
    figure = Figure(figsize=(9.0, 3.0 * len(levels)), layout="constrained")
    for axes, level in zip(np.atleast_1d(figure.subplots(len(levels), 1)), levels, strict=True):
        place, ticks, names = 0.0, [], []
        for solver in _kinds(found, 1):
            shown = [start for start in starts if (level, solver, start) in found]
            for start in shown:
                box = axes.boxplot(
                    [found[level, solver, start].best],
                    positions=[place],
                    widths=0.7,
                    whis=(5, 95),
                    showfliers=False,
                    patch_artist=True,
                    medianprops={"color": "black"},
                )
                box["boxes"][0].set(facecolor=_COLORS[start], alpha=0.6, label=start if solver == "GA" else None)
                place += 1
            ticks.append(place - len(shown) / 2 - 0.5)
            names.append(solver)
            place += 1
        axes.set_xticks(ticks, names)
        axes.set(ylabel="best accuracy (%)", title=level)
        axes.grid(axis="y", alpha=0.3)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, fontsize=9, ncols=len(starts), loc="outside lower center")
    return figure


def mean_matrices(found: Mapping[Key, Runs]) -> Figure:
    """Mean expanded adjacency matrix of the best cells of one level, a panel per solver and start."""
    solvers, starts = [solver for solver in _kinds(found, 1) if solver != "RS"], _kinds(found, 2)
    level = next(iter(found))[0]
    figure = Figure(figsize=(2.3 * len(starts) + 0.8, 2.3 * len(solvers)), layout="constrained")
    grid = figure.subplots(len(solvers), len(starts), squeeze=False, sharex=True, sharey=True)
    index = cell_index()
    image = None
    for row, solver in zip(grid, solvers, strict=True):
        for axes, start in zip(row, starts, strict=True):
            rows = index.rows_of(found[level, solver, start].cells)
            mean = expanded_matrices(index, rows[rows >= 0]).mean(axis=0).reshape(17, 17)
            image = axes.imshow(mean, cmap="Greys", vmin=0, vmax=1)
            axes.set_title(f"{solver}, {start}", fontsize=8)
            axes.set_xticks([0, 3, 8, 13, 16], ["in", "1x1", "3x3", "pool", "out"], fontsize=6, rotation=90)
            axes.set_yticks([0, 3, 8, 13, 16], ["in", "1x1", "3x3", "pool", "out"], fontsize=6)
    if image is not None:
        figure.colorbar(image, ax=grid, shrink=0.5, label="share of runs")
    return figure
