"""Drawings of single measures on given axes, so that pages and commands show them alike."""

from typing import TYPE_CHECKING

import numpy as np

from ela.landscape.landscape import Landscape
from ela.landscape.locality import Locality
from ela.landscape.mode import Mode
from ela.palette import PALETTE
from nas_problems.array import FloatArray, IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROOM = 0.12
"""Of an axis' width, for the label of a mode."""


def draw_density(axes: "Axes", y: FloatArray, *, modes: tuple[Mode, ...] = (), label: str = "fitness") -> None:
    """Histogram of fitness; suspicious modes are marked, with their share where a larger one leaves room."""
    axes.hist(y, bins=100, color="0.6")
    low, high = axes.get_xlim()
    marked: list[float] = []
    for mode in sorted(modes, key=lambda mode: -mode.share):
        if not mode.is_suspicious:
            continue
        axes.axvline(mode.level, color=PALETTE[1], lw=1)
        if any(abs(mode.level - level) < _ROOM * (high - low) for level in marked):
            continue
        marked.append(mode.level)
        axes.annotate(
            f"{mode.share:.0%}",
            (mode.level, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            color=PALETTE[1],
            fontsize=8,
        )
    axes.set_xlabel(label)
    axes.set_ylabel("configurations")


def draw_fdc(axes: "Axes", landscape: Landscape, *, label: str = "fitness") -> None:
    """Fitness against the distance to the best, with the regression line.

    Source: traore2021, figures 10 and 11; traore2023malfunction, figures 1, 2 and 7.
    """
    away, y = landscape.distance_to_best, landscape.y
    shown = away
    if landscape.metric == "hamming":  # few distances: spread their points out
        shown = away + np.random.default_rng(0).uniform(-0.25, 0.25, len(away))
    axes.scatter(shown, y, s=_size(len(y)), color=PALETTE[0], alpha=0.5, linewidths=0, rasterized=True)
    if np.ptp(away) > 0:
        slope, intercept = np.polyfit(away, y, 1)
        ends = np.array([away.min(), away.max()])
        axes.plot(ends, intercept + slope * ends, color=PALETTE[1], lw=1.5)
    axes.set_xlabel(f"{landscape.metric.capitalize()} distance to the best")
    axes.set_ylabel(label)


def draw_locality(axes: "Axes", locality: Locality, *, label: str = "fitness") -> None:
    """Box plots of the mean fitness of neighbours per bin of fitness, and the bisector.

    Source: traore2023malfunction, figures 3, 4 and 8.
    """
    boxes = locality.boxes
    filled = [i for i, box in enumerate(boxes) if len(box)]
    middles = (locality.edges[:-1] + locality.edges[1:]) / 2
    width = float(locality.edges[1] - locality.edges[0])
    if filled:
        axes.boxplot(
            [boxes[i] for i in filled],
            positions=middles[filled].tolist(),
            widths=0.8 * width,
            manage_ticks=False,
            flierprops={"marker": ".", "markersize": 2},
            medianprops={"color": PALETTE[1]},
        )
    ends = [float(locality.edges[0]), float(locality.edges[-1])]
    axes.plot(ends, ends, "k-.", lw=1)
    axes.set_xlabel(label)
    axes.set_ylabel("mean of neighbours")


def draw_neutrality(axes: "Axes", y: FloatArray, degree: IntArray, *, label: str = "fitness") -> None:
    """Number of neutral neighbours against fitness.

    Source: traore2023malfunction, figures 5, 6 and 9.
    """
    axes.scatter(y, degree, s=_size(len(y)), color=PALETTE[2], alpha=0.5, linewidths=0, rasterized=True)
    axes.set_xlabel(label)
    axes.set_ylabel("neutral neighbours")


def _size(n: int) -> float:
    return 6.0 if n < 3000 else 2.0
