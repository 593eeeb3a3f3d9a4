"""Figures of landscape analysis: data in, ``Figure`` out; nothing is read and no global state is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from ela.bbob import FUNCTION_NAMES
from ela.placement import Placement
from experiments.figures import PALETTE
from nas_problems.array import FloatArray, IntArray

_MOST_NAMES = 60  # of columns of a matrix
_NEAREST = 0.014  # share of the width of a matrix that two names of families are apart at least
_WIDE = 16.0  # inches of a matrix with more columns: text can still be read where it is as wide as a page


def _axes(n_rows: int, n_columns: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(n_rows, n_columns, squeeze=False)
    return figure, list(axes.flat)


def scatter_landscapes(
    layouts: Mapping[str, tuple[FloatArray, FloatArray]],
    *,
    value_label: str,
    value_range: tuple[float, float] | None = None,
    n_columns: int = 3,
) -> Figure:
    """Candidates in two dimensions, coloured by value.

    Args:
        layouts: Title -> (positions (n, 2), values (n,)).
        value_label: What the colour shows, with its unit.
        value_range: Ends of the colour scale of all panels; None: each panel has its own, without its outermost
            hundredths, which one bad value would stretch over all colours.
        n_columns: Panels per row.
    """
    n_rows = -(-len(layouts) // n_columns)
    figure, axes = _axes(n_rows, n_columns, 3.6 * n_columns, 3.2 * n_rows)
    for axis, (title, (positions, values)) in zip(axes, layouts.items(), strict=False):
        order = np.argsort(values)
        low, high = value_range or np.quantile(values, [0.01, 0.99])
        beyond = (bool(values.min() < low), bool(values.max() > high))
        extend = ("neither", "max", "min", "both")[beyond[1] + 2 * beyond[0]]
        points = axis.scatter(
            positions[order, 0],
            positions[order, 1],
            c=values[order],
            s=7,
            cmap="viridis",
            vmin=low,
            vmax=high,
            linewidths=0,
        )
        axis.set(title=title, xticks=[], yticks=[], aspect="equal")
        figure.colorbar(points, ax=axis, shrink=0.8, label=value_label, extend=extend)
    for axis in axes[len(layouts) :]:
        axis.set_visible(False)
    return figure


def violins(groups: Mapping[str, Mapping[str, FloatArray]], *, n_columns: int = 5) -> Figure:
    """Distributions: one panel per quantity, one violin per group; bars where there are a few whole numbers alone.

    Args:
        groups: Title of a panel -> label of a violin -> values (n,); NaN is left out.
        n_columns: Panels per row.
    """
    n_rows = -(-len(groups) // n_columns)
    n_violins = max(len(panel) for panel in groups.values())
    figure, axes = _axes(n_rows, n_columns, (1.3 + 0.5 * n_violins) * n_columns, 2.2 * n_rows)
    for axis, (title, panel) in zip(axes, groups.items(), strict=False):
        finite = {label: values[np.isfinite(values)] for label, values in panel.items()}
        levels = np.unique(np.concatenate(list(finite.values())))
        is_counted = 1 < len(levels) <= _MOST_BARS and bool((levels == np.round(levels)).all())
        for i, values in enumerate(finite.values()):
            color = PALETTE[i % len(PALETTE)]
            if len(values) > 1 and np.ptp(values) > 0:
                (_bars if is_counted else _violin)(axis, i, values, color)
            elif len(values):
                axis.plot([i], values[:1], "o", color=color)
        if is_counted:
            axis.set(xlim=(-0.6, len(panel) - 0.4), yticks=np.arange(levels[0], levels[-1] + 1))
        axis.set_title(title, fontsize=8)
        axis.set_xticks(range(len(panel)), list(panel), fontsize=7)
        axis.tick_params(axis="y", labelsize=7)
    for axis in axes[len(groups) :]:
        axis.set_visible(False)
    return figure


_MOST_BARS = 12  # levels of a quantity that is drawn as bars


def _bars(axis: Axes, place: int, values: FloatArray, color: str) -> None:
    """How often each level occurs, as bars around a place of the x-axis, with the median."""
    levels, counts = np.unique(values, return_counts=True)
    widths = 0.8 * counts / counts.max()
    axis.barh(levels, widths, left=place - widths / 2, height=0.7, color=color, alpha=0.3)
    axis.hlines(np.median(values), place - 0.2, place + 0.2, color="#333333", linewidth=0.8)


def _violin(axis: Axes, place: int, values: FloatArray, color: str) -> None:
    parts: dict[str, Any] = dict(axis.violinplot(values, positions=[place], widths=0.8, showmedians=True))
    for name, part in parts.items():
        if name == "bodies":
            for body in part:
                body.set_facecolor(color)
        else:
            part.set_color("#333333")
            part.set_linewidth(0.8)


def correlations(matrices: Mapping[str, FloatArray], *, rows: Sequence[str], columns: Sequence[str]) -> Figure:
    """Correlation heat maps below each other.

    Args:
        matrices: Title -> correlations in [-1, 1], shape (rows, columns).
        rows: Labels of the rows.
        columns: Labels of the columns.
    """
    figure, axes = _axes(len(matrices), 1, 0.42 * len(columns) + 2, 0.55 * len(rows) * len(matrices) + 1.5)
    for axis, (title, matrix) in zip(axes, matrices.items(), strict=True):
        image = axis.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
        axis.set_yticks(range(len(rows)), list(rows), fontsize=8)
        axis.set_ylabel(title)
        axis.set_xticks([])
        for i, j in np.argwhere(np.isfinite(matrix)):
            shade = "white" if abs(matrix[i, j]) > 0.6 else "black"
            axis.text(j, i, f"{matrix[i, j]:.2f}", ha="center", va="center", fontsize=6, color=shade)
    axes[-1].set_xticks(range(len(columns)), list(columns), rotation=90, fontsize=8)
    figure.colorbar(image, ax=axes, shrink=0.8, label="Pearson correlation")
    return figure


def dendrogram(
    linkage_matrix: FloatArray,
    labels: Sequence[str],
    *,
    emphasized: Sequence[str],
    height: str,
    horizontal: bool = True,
) -> Figure:
    """A clustering.

    Args:
        linkage_matrix: scipy's, shape (n - 1, 4).
        labels: One per point.
        emphasized: Labels that are printed in colour.
        height: What the height is.
        horizontal: Labels next to, not below, each other.
    """
    from scipy.cluster import hierarchy

    size = (6.5, 0.21 * len(labels) + 1) if horizontal else (0.24 * len(labels) + 1, 4.5)
    figure, (axis,) = _axes(1, 1, *size)
    hierarchy.dendrogram(
        linkage_matrix,
        labels=list(labels),
        orientation="left" if horizontal else "top",
        ax=axis,
        color_threshold=0,
        above_threshold_color="#444444",
        leaf_font_size=8,
        leaf_rotation=0 if horizontal else 90,
    )
    (axis.set_xlabel if horizontal else axis.set_ylabel)(height)
    for text in axis.get_yticklabels() if horizontal else axis.get_xticklabels():
        if text.get_text() in emphasized:
            text.set_color(PALETTE[1])
            text.set_fontweight("bold")
    for side in ("top", "right", "left" if horizontal else "bottom"):
        axis.spines[side].set_visible(False)
    return figure


def nearest_functions(placements: Mapping[str, Placement]) -> Figure:
    """Share of each BBOB function among the nearest rows, one row per problem.

    Args:
        placements: Name of a problem -> its placement.
    """
    shares = 100 * np.array([placed.share for placed in placements.values()])
    figure, (axis,) = _axes(1, 1, 9.5, 0.32 * len(placements) + 2.8)
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for i, j in np.argwhere(shares >= 5):
        axis.text(j, i, f"{shares[i, j]:.0f}", ha="center", va="center", fontsize=7, color=_ink(shares[i, j]))
    axis.set_yticks(range(len(placements)), list(placements), fontsize=8)
    names = [f"f{f} {name}" for f, name in enumerate(FUNCTION_NAMES, start=1)]
    axis.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    figure.colorbar(image, ax=axis, label="share (%)")
    return figure


def _ink(share: float) -> str:
    return "white" if share > 50 else "black"


def agreement(x: FloatArray, y: FloatArray, *, titles: Sequence[str], x_label: str, y_label: str) -> Figure:
    """One scatter plot per column of two tables, with the diagonal.

    Args:
        x: Shape (rows, columns).
        y: Shape (rows, columns).
        titles: One per column.
        x_label: What x is.
        y_label: What y is.
    """
    n_columns = 5
    n_rows = -(-len(titles) // n_columns)
    figure, axes = _axes(n_rows, n_columns, 2.3 * n_columns, 2.1 * n_rows)
    for j, (axis, title) in enumerate(zip(axes, titles, strict=False)):
        axis.plot(x[:, j], y[:, j], ".", color=PALETTE[0], markersize=5)
        low, high = min(x[:, j].min(), y[:, j].min()), max(x[:, j].max(), y[:, j].max())
        axis.plot([low, high], [low, high], color="#888888", linewidth=0.8)
        if low > 0 and high / low > 1e3:
            axis.set_xscale("log")
            axis.set_yscale("log")
        axis.set_title(title, fontsize=8)
        axis.tick_params(labelsize=6)
    for axis in axes[len(titles) :]:
        axis.set_visible(False)
    figure.supxlabel(x_label, fontsize=9)
    figure.supylabel(y_label, fontsize=9)
    return figure


def draw_matrix(loss: FloatArray, problems: Sequence[str], solvers: Sequence[str]) -> Figure:
    """A matrix of log2 losses, (solvers, problems); what is blue beats random search, what is grey was not run.

    Where there are many problems, columns are named by the families that follow one another.
    """
    is_named = len(problems) <= _MOST_NAMES
    size = (4.6 + 0.42 * len(problems) if is_named else _WIDE, 2.6 + 0.26 * len(solvers))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.set_facecolor("#dddddd")
    shown = np.ma.masked_invalid(np.clip(loss, -2, 2))
    image = axes.imshow(shown, cmap="RdBu_r", norm=TwoSlopeNorm(0, -2, 2), aspect="auto")
    if not is_named:
        starts, names = _stretches([_group(problem) for problem in problems])
        for start in starts[1:]:
            axes.axvline(start - 0.5, color="white", linewidth=1.5)
        centres = (starts + np.append(starts[1:], len(problems)) - 1) / 2
        for i in range(1, len(centres)):  # so that names of narrow families do not lie on one another
            centres[i] = max(centres[i], centres[i - 1] + _NEAREST * len(problems))
        axes.set_xticks(centres, names, rotation=90, fontsize="small")
    else:
        axes.set_xticks(range(len(problems)), problems, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(solvers)), solvers)
    bar = figure.colorbar(
        image, ax=axes, label="loss (1: random search)", ticks=[-2, -1, 0, 1, 2], aspect=30, fraction=0.05, pad=0.01
    )
    bar.ax.set_yticklabels(["1/4 or less", "1/2", "1", "2", "4 or more"])
    return figure


def _group(problem: str) -> str:
    """The beginning of a problem's name, and its number of variables where the name says it."""
    name, _, options = problem.partition("[dimension=")
    family = name.split("-")[0]
    return f"{family}, {options.removesuffix(']')}-d" if options else family


def _stretches(groups: Sequence[str]) -> tuple[IntArray, list[str]]:
    """Where stretches of equal names begin, and the names with the lengths of their stretches."""
    starts = np.array([i for i, name in enumerate(groups) if i == 0 or groups[i - 1] != name], dtype=np.int64)
    lengths = np.diff(np.append(starts, len(groups)))
    return starts, [f"{groups[i]} ({n})" for i, n in zip(starts.tolist(), lengths.tolist(), strict=True)]
