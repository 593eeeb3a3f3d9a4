"""Interactive charts as plain data: what ``page.js`` draws with Plotly."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.figures import DARK_PALETTE, LINE_STYLES, PALETTE, Panel, style_of
from nas_problems.array import FloatArray

MAX_POINTS = 60_000
"""Points of all curves of a chart; where there would be more, each curve has fewer, and the csv has all."""

DIGITS = 5
"""Significant digits of what a chart holds; the csv has all."""

BAR_MEANING = "bar: not told apart"
"""What a bar next to ranks means."""

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Lines:
    """Curves with bands, a panel per problem."""

    panels: Sequence[Panel]

    def to_json(self) -> Json:
        """Data for the page."""
        n_curves = sum(len(panel.curves) for panel in self.panels)
        most = max(50, MAX_POINTS // max(1, n_curves))
        return {"kind": "lines", "panels": [_lines_panel(panel, most) for panel in self.panels]}


@dataclass(frozen=True, eq=False)
class Boxes:
    """Distributions of final values, a panel per problem.

    Args:
        panels: Problem -> solver -> values (runs,).
        labels: Problem -> quantity and unit.
        log: Problems whose axis starts logarithmic.
    """

    panels: Mapping[str, Mapping[str, FloatArray]]
    labels: Mapping[str, str]
    log: frozenset[str] = frozenset()

    def to_json(self) -> Json:
        """Data for the page."""
        panels = [
            {
                "title": title,
                "label": self.labels[title],
                "log": title in self.log,
                "groups": [
                    {"label": name, "values": numbers(values), "box": numbers(np.array(box_summary(values)))}
                    for name, values in groups.items()
                ],
            }
            for title, groups in self.panels.items()
        ]
        return {"kind": "boxes", "panels": panels}


def box_summary(values: FloatArray) -> tuple[float, float, float, float, float]:
    """Lower whisker, lower quartile, median, upper quartile, upper whisker: one definition for pictures and pages.

    Args:
        values: Values, (n,); those that are not finite are left out.

    Returns:
        Whiskers end at the outermost values within 1.5 times the distance of the quartiles; NaN of no values.

    >>> box_summary(np.array([1.0, 2.0, 3.0, 4.0, 20.0]))
    (1.0, 2.0, 3.0, 4.0, 4.0)
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return (math.nan,) * 5
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    reach = 1.5 * (upper - lower)
    within = values[(values >= lower - reach) & (values <= upper + reach)]
    low, high = (float(within.min()), float(within.max())) if len(within) else (lower, upper)
    return min(low, lower), lower, median, upper, max(high, upper)


@dataclass(frozen=True, eq=False)
class Heat:
    """Shares in [0, 1] as colours, a panel per problem.

    Args:
        panels: Problem -> (row labels, solvers, shares (rows, solvers)).
        label: What the colour shows.
    """

    panels: Mapping[str, tuple[Sequence[str], Sequence[str], FloatArray]]
    label: str

    def to_json(self) -> Json:
        """Data for the page."""
        panels = [
            {"title": title, "rows": list(rows), "columns": list(columns), "values": [numbers(row) for row in values]}
            for title, (rows, columns, values) in self.panels.items()
        ]
        return {"kind": "heat", "label": self.label, "panels": panels}


@dataclass(frozen=True, eq=False)
class Ranks:
    """Mean ranks, and which solvers the tests do not tell apart.

    Args:
        mean: Solver -> mean rank, best first.
        ranks: Solver -> its rank on every block, (blocks,).
        cliques: Groups of solvers that are not told apart.
    """

    mean: Mapping[str, float]
    ranks: Mapping[str, FloatArray]
    cliques: Sequence[Sequence[str]]

    def to_json(self) -> Json:
        """Data for the page."""
        solvers = [
            {"label": name, "mean": _number(mean), "ranks": numbers(self.ranks[name])}
            for name, mean in self.mean.items()
        ]
        return {
            "kind": "ranks",
            "panels": [
                {
                    "title": "",
                    "solvers": solvers,
                    "cliques": [list(clique) for clique in self.cliques],
                    "meaning": BAR_MEANING if self.cliques else "",
                }
            ],
        }


Chart = Lines | Boxes | Heat | Ranks
"""What a page draws interactively."""


def styles_json(labels: Sequence[str]) -> dict[str, Json]:
    """Colour for light, colour for dark and dashes of each solver, as in the static figures."""
    dashes = dict(zip(LINE_STYLES, ("solid", "dash", "dashdot", "dot"), strict=True))
    styles = {}
    for i, label in enumerate(labels):
        color, line = style_of(i)
        styles[label] = {"light": color, "dark": DARK_PALETTE[PALETTE.index(color)], "dash": dashes[line]}
    return styles


def _lines_panel(panel: Panel, most: int) -> Json:
    curves = []
    for curve in panel.curves:
        n = len(curve.x)
        at = np.arange(n) if n <= most else np.unique(np.linspace(0, n - 1, most).round().astype(np.int64))
        drawn: Json = {"label": curve.label, "x": numbers(curve.x[at]), "y": numbers(curve.middle[at])}
        if curve.lower is not None and curve.upper is not None:
            drawn |= {"lower": numbers(curve.lower[at]), "upper": numbers(curve.upper[at])}
        curves.append(drawn)
    return {
        "title": panel.title,
        "x_label": panel.x_label,
        "y_label": panel.y_label,
        "log": panel.y_scale == "log",
        "x_log": panel.x_scale == "log",
        "range": panel.y_range,
        "curves": curves,
    }


def numbers(values: FloatArray) -> list[float | None]:
    """Rounded numbers for JSON; what is not finite becomes None."""
    return [_number(value) for value in np.asarray(values, dtype=np.float64).ravel().tolist()]


def _number(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
