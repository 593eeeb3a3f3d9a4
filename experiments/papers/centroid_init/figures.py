"""Figures of the page on centroid starts."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from experiments.figures import PALETTE
from experiments.papers.centroid_init.work import POPULATION, Key, Searched
from nas_problems.array import FloatArray, IntArray
from nas_problems.catalog.nas_bench_201 import EDGES, OPERATIONS

COLORS = {"uniform": "#d55e00", "latin-hypercube": "#0072b2", "centroid": "#009e73", "centroid rounded": "#cc79a7"}
"""One per start: the paper's red, blue and green, and a fourth, in tones that color-blind readers tell apart."""

EVALUATIONS = (20, 50, 100, 200, 500, 1000, 2000)
"""Where a logarithmic axis of evaluations has its numbers."""

METRICS = {
    "silhouette": "silhouette (larger is better)",
    "calinski_harabasz": "Calinski-Harabasz (larger is better)",
    "davies_bouldin": "Davies-Bouldin (smaller is better)",
}


def population_curves(
    results: Mapping[Key, Searched], problems: Sequence[str], noise: str, solvers: Sequence[str]
) -> Figure:
    """Mean fitness of the population over evaluations (solid), and the band from its worst to its best member.

    Each row is cut below its lowest mean, so that the means can be told apart.
    """
    figure = Figure(figsize=(4.2 * len(solvers), 3.2 * len(problems)), layout="constrained")
    grid = figure.subplots(len(problems), len(solvers), squeeze=False, sharex=True, sharey="row")
    for row, problem in zip(grid, problems, strict=True):
        shown = np.array([results[problem, noise, solver, start].population for solver in solvers for start in COLORS])
        low, high = shown[:, 0].min(), shown[:, 2].max()
        row[0].set_ylim(low - 0.08 * (high - low), high + 0.08 * (high - low))
        for axes, solver in zip(row, solvers, strict=True):
            for start, color in COLORS.items():
                mean, low, high = results[problem, noise, solver, start].population
                evaluations = POPULATION * np.arange(1, len(mean) + 1)
                axes.plot(evaluations, mean, color=color, label=start, lw=1.4)
                axes.fill_between(evaluations, low, high, color=color, alpha=0.03, lw=0)
                axes.plot(evaluations, high, color=color, lw=0.8, ls="--")
                axes.plot(evaluations, low, color=color, lw=0.8, ls=":")
            axes.set_xscale("log")
            axes.set_xticks([n for n in EVALUATIONS if n <= evaluations[-1]])
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_title(f"{solver} on {problem}", fontsize=10)
        row[0].set_ylabel("accuracy of the population (%)")
    for axes in grid[-1]:
        axes.set_xlabel("evaluations")
    _legend_below(figure, grid[0, 0].get_lines()[::3])
    return figure


def best_boxes(runs: pd.DataFrame, optima: Mapping[str, float], solvers: Sequence[str]) -> Figure:
    """Box plots of the best found, one panel per problem and noise mode.

    Args:
        runs: One row per run: columns problem, noise, solver, start, best.
        optima: Problem -> accuracy of its best cell, in percent, which is a line.
        solvers: In their order on the page.
    """
    problems = list(optima)
    noises = list(dict.fromkeys(runs["noise"]))
    figure = Figure(figsize=(6.5 * len(noises), 3.2 * len(problems)), layout="constrained")
    grid = figure.subplots(len(problems), len(noises), squeeze=False)
    for row, problem in zip(grid, problems, strict=True):
        for axes, noise in zip(row, noises, strict=True):
            here = runs[(runs["problem"] == problem) & (runs["noise"] == noise)]
            place, ticks = 0.0, []
            for solver in solvers:
                first = place
                for start, color in COLORS.items():
                    values = here[(here["solver"] == solver) & (here["start"] == start)]["best"]
                    if len(values):
                        box = axes.boxplot([values], positions=[place], widths=0.8, patch_artist=True, sym=".")
                        box["boxes"][0].set_facecolor(color)
                        box["boxes"][0].set_alpha(0.6)
                        box["medians"][0].set_color("black")
                        place += 1
                ticks.append(((first + place - 1) / 2, solver))
                place += 1
            axes.axhline(optima[problem], color="0.4", lw=0.8, ls="--", zorder=0)
            axes.set_xticks([at for at, _ in ticks], [solver for _, solver in ticks])
            axes.set_title(f"{problem}, noise {noise}", fontsize=10)
        row[0].set_ylabel("best found: accuracy (%)")
    _legend_below(figure, [Patch(facecolor=color, alpha=0.6, edgecolor="black") for color in COLORS.values()])
    return figure


def _legend_below(figure: Figure, handles: Sequence[Artist]) -> None:
    figure.legend(handles, list(COLORS), loc="outside lower center", ncols=len(COLORS), fontsize=9, frameon=False)


def transfer_curves(results: Mapping[Key, Searched], problems: Sequence[str], solvers: Sequence[str]) -> Figure:
    """Mean fitness of the population and its standard deviation over runs, after a start from another data set."""
    figure = Figure(figsize=(4.2 * len(solvers), 3.2 * len(problems)), layout="constrained")
    grid = figure.subplots(len(problems), len(solvers), squeeze=False, sharex=True, sharey="row")
    for row, problem in zip(grid, problems, strict=True):
        for axes, solver in zip(row, solvers, strict=True):
            for start, color in COLORS.items():
                found = results[problem, "mean", solver, start]
                mean = found.population[0]
                evaluations = POPULATION * np.arange(1, len(mean) + 1)
                axes.plot(evaluations, mean, color=color, label=start, lw=1.4, marker="o", ms=3)
                axes.fill_between(evaluations, mean - found.spread, mean + found.spread, color=color, alpha=0.10, lw=0)
            axes.set_title(f"{solver} on {problem}", fontsize=10)
        row[0].set_ylabel("mean accuracy of the population (%)")
    for axes in grid[-1]:
        axes.set_xlabel("evaluations")
    _legend_below(figure, grid[0, 0].get_lines())
    return figure


def quality_curves(frame: pd.DataFrame, x: str, by: Sequence[str], label: str) -> Figure:
    """The three metrics over ``x``, one line per combination of the columns ``by``."""
    figure = Figure(figsize=(12.0, 3.4), layout="constrained")
    for axes, (metric, title) in zip(figure.subplots(1, 3), METRICS.items(), strict=True):
        colors = iter(PALETTE)
        for names, group in frame.groupby(list(by), sort=False):
            axes.plot(group[x], group[metric], marker="o", ms=3, label=", ".join(map(str, names)), color=next(colors))
        axes.set_xlabel(label)
        axes.set_xticks(sorted(frame[x].unique()))
        axes.set_title(title, fontsize=10)
        if metric == "calinski_harabasz":
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter(NullFormatter())
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", title=", ".join(by), fontsize=8)
    return figure


def cluster_scatter(clusters: Mapping[tuple[str, str], tuple[FloatArray, IntArray]], methods: Sequence[str]) -> Figure:
    """The reduced features of a sample, colored by cluster; rows are encodings, columns methods.

    Args:
        clusters: (encoding, method) -> points (m, 2) and clusters (m,); noise is light gray.
        methods: The columns.
    """
    encodings = list(dict.fromkeys(encoding for encoding, _ in clusters))
    figure = Figure(figsize=(3.2 * len(methods), 3.2 * len(encodings)), layout="constrained")
    grid = figure.subplots(len(encodings), len(methods), squeeze=False)
    for row, encoding in zip(grid, encodings, strict=True):
        for axes, method in zip(row, methods, strict=True):
            points, labels = clusters[encoding, method]
            noise, size = labels < 0, max(3.0, 3000 / len(points))
            axes.scatter(*points[noise].T, s=size, color="0.75", linewidths=0, rasterized=True)
            axes.scatter(
                *points[~noise].T,
                s=size,
                c=labels[~noise] % 20,
                cmap="tab20",
                linewidths=0,
                vmin=0,
                vmax=19,
                rasterized=True,
            )
            n_clusters = len(np.unique(labels[~noise]))
            axes.set_title(f"{method}: {n_clusters} {'cluster' if n_clusters == 1 else 'clusters'}", fontsize=9)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_xlabel("first component", fontsize=8)
        row[0].set_ylabel(f"{encoding} encoding\nsecond component", fontsize=8)
    return figure


def operation_maps(shares: Mapping[tuple[str, str], FloatArray], best: IntArray, solvers: Sequence[str]) -> Figure:
    """How often each edge has each operation in what was found; rows are starts, columns solvers.

    Args:
        shares: (solver, start) -> shares in [0, 1], shape (edges, operations).
        best: Operations of the best cell of the space, (edges,), which are framed.
        solvers: The columns.
    """
    figure = Figure(figsize=(3.1 * len(solvers) + 1, 2.5 * len(COLORS)), layout="constrained")
    grid = figure.subplots(len(COLORS), len(solvers), squeeze=False, sharex=True, sharey=True)
    for row, start in zip(grid, COLORS, strict=True):
        for axes, solver in zip(row, solvers, strict=True):
            image = axes.imshow(shares[solver, start], cmap="Greys", vmin=0, vmax=1, aspect="auto")
            axes.set_title(f"{solver}, {start}", fontsize=9)
            for edge, operation in enumerate(best.tolist()):
                axes.add_patch(Rectangle((operation - 0.46, edge - 0.46), 0.92, 0.92, fill=False, ec="#d55e00", lw=1.3))
        row[0].set_yticks(range(len(EDGES)), [f"{a} to {b}" for a, b in EDGES], fontsize=7)
    for axes in grid[-1]:
        axes.set_xticks(range(len(OPERATIONS)), OPERATIONS, rotation=35, ha="right", fontsize=7)
    figure.colorbar(image, ax=grid, shrink=0.5, label="share of runs")
    return figure
