"""Fronts of more than two objectives: every pair of objectives in a panel."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures import drawn_style, grid, plain, tick_text, tidy
from experiments.report.front import EXACT, Fronts, median_runs, pairs_of
from nas_problems.array import FloatArray

_GRAY = "#999999"
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def draw_pairs(one: Fronts, labels: Sequence[str]) -> Figure:
    """The front of each solver's median run, seen along every pair of objectives; the exact front in gray.

    A solver whose median run has no front is left out.

    Args:
        one: Fronts of at least two objectives.
        labels: All solvers in the order of their colours.
    """
    pairs = pairs_of(one)
    figure, axes = grid(len(pairs), 4.3, 3.6)
    medians = {name: values for name, values in median_runs(one).items() if len(values)}
    for ax, (i, j) in zip(axes, pairs, strict=True):
        if one.is_exact:
            ax.plot(one.target[:, i], one.target[:, j], "o", color=_GRAY, markersize=7, alpha=0.45, zorder=1)
        for name, values in medians.items():
            k = labels.index(name)
            ax.plot(
                values[:, i],
                values[:, j],
                _marker(k),
                color=drawn_style(k)[0],
                markersize=3.5,
                alpha=0.8,
                zorder=2,
            )
        ax.set_xlabel(plain(one.labels[i]), fontsize=9)
        ax.set_ylabel(plain(one.labels[j]), fontsize=9)
        _limits(ax, one, i, j)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value)))
            axis.set_major_locator(MaxNLocator(6))
        tidy(ax)
    handles = [
        Line2D([], [], marker=_marker(labels.index(name)), linestyle="", color=_color(labels, name)) for name in medians
    ]
    names = [plain(name) for name in medians]
    if one.is_exact:
        handles.append(Line2D([], [], marker="o", linestyle="", color=_GRAY, markersize=7))
        names.append(EXACT)
    figure.legend(handles, names, loc="outside upper center", ncols=6, frameon=False, fontsize=8)
    return figure


def _marker(k: int) -> str:
    """Another one for solvers that share a colour, of which there are eight."""
    return _MARKERS[(k + k // len(_MARKERS)) % len(_MARKERS)]


def _color(labels: Sequence[str], name: str) -> str:
    return drawn_style(labels.index(name))[0]


def _limits(ax: Axes, one: Fronts, i: int, j: int) -> None:
    """From the ideal to a little beyond the reference point: far points would press the front into a corner."""
    ideal, nadir = np.array(one.reference.ideal), np.array(one.reference.nadir)
    low, high = ideal - 0.05 * (nadir - ideal), ideal + 1.15 * (nadir - ideal)
    ax.set_xlim(_pair(low, high, i))
    ax.set_ylim(_pair(low, high, j))


def _pair(low: FloatArray, high: FloatArray, k: int) -> tuple[float, float]:
    return float(low[k]), float(high[k])
