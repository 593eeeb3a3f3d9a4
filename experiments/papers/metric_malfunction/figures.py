"""Rows of panels, one per data set: distribution, distance to the best, neighbours, neutrality."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ela.diagnose import Diagnosis
from ela.landscape.draw import draw_density, draw_fdc, draw_locality, draw_neutrality
from experiments.figures import PALETTE


@dataclass(frozen=True, slots=True)
class Kind:
    """What panels show, and how it is drawn."""

    caption: str
    draw: Callable[[Axes, Diagnosis], None]


@dataclass(frozen=True, eq=False)
class Panel:
    """One data set.

    Args:
        title: Its name.
        found: Its sample.
        naive: Fitness of a model without knowledge.
        published: Level of the mode that the paper reads off its figure; NaN: none.
    """

    title: str
    found: Diagnosis
    naive: float
    published: float = math.nan


KINDS: Mapping[str, Kind] = {
    "density": Kind(
        "Distribution of fitness; suspicious modes with their share (orange), what a naive model gets (dotted), and "
        "the "
        "mode that the paper reads off its figure (dashed)",
        lambda axes, found: draw_density(axes, found.landscape.y, modes=found.modes, label=found.axis),
    ),
    "fdc": Kind(
        "Fitness against Gower distance to the best configuration, with regression line",
        lambda axes, found: draw_fdc(axes, found.landscape, label=found.axis),
    ),
    "locality": Kind(
        "Mean fitness of neighbours against fitness, with bisector",
        lambda axes, found: draw_locality(axes, found.locality, label=found.axis),
    ),
    "neutrality": Kind(
        "Number of neutral neighbours against fitness",
        lambda axes, found: draw_neutrality(axes, found.landscape.y, found.neutrality_degree, label=found.axis),
    ),
}


def draw_row(kind: str, panels: Sequence[Panel]) -> Figure:
    """A figure of one kind, a panel per data set.

    Args:
        kind: Of ``KINDS``.
        panels: From left to right.
    """
    figure = Figure(figsize=(3.6 * len(panels), 3.2), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        KINDS[kind].draw(axes, panel.found)
        if kind == "density":
            axes.axvline(panel.naive, color="black", lw=1, ls=":", label="naive model")
            if not math.isnan(panel.published):
                axes.axvline(panel.published, color=PALETTE[0], lw=1, ls="--", label="published mode")
        axes.set_xlabel(axes.get_xlabel().replace("logloss", "log loss"))
        axes.set_title(panel.title, fontsize=10, pad=16)
    if kind == "density":
        pairs = (zip(*axes.get_legend_handles_labels(), strict=True) for axes in figure.axes)
        labelled = {label: line for found in pairs for line, label in found}
        figure.legend(labelled.values(), labelled.keys(), loc="outside lower center", ncols=2, frameon=False)
    return figure
