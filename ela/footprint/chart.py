"""Footprints side by side: a table and a radar plot."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ela.footprint.record import MEASURES, Footprint
from ela.palette import PALETTE
from nas_problems.array import FloatArray
from nas_problems.checked import checked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from matplotlib.projections.polar import PolarAxes

RADAR_MEASURES = (
    "fitness_mean",
    "fitness_sd",
    "ruggedness",
    "n_optima",
    "fdc",
    "neutrality",
    "persistence_positive",
    "persistence_positive_area",
    "persistence_negative",
    "persistence_negative_area",
)
"""Axes of the radar plot."""

OPTIMA = "n_optima"
"""The measure that is drawn on a logarithm, and estimated where it is not known exactly, as the paper has it."""

_OF_FITNESS = ("fitness_mean", "fitness_sd")
"""Measures that have the unit of fitness."""

_OVERLAID = 3  # polygons that can be told apart on one radar


@checked
def footprint_table(footprints: Sequence[Footprint]) -> "pd.DataFrame":
    """Footprints side by side: one row per problem, one column per measure; NaN where there is none.

    Raises:
        ValueError: No footprint.
    """
    import pandas as pd

    if not footprints:
        raise ValueError("footprints: wanted at least one, found none")
    rows = [
        {"problem": footprint.problem, "exact": footprint.is_exact, "candidates": footprint.n_candidates}
        | {name: footprint.value(name) for name in MEASURES}
        for footprint in footprints
    ]
    return pd.DataFrame(rows).set_index("problem").astype(dict.fromkeys(MEASURES, float))


@checked
def footprint_radar(footprints: Sequence[Footprint], *, measures: Sequence[str] = RADAR_MEASURES) -> "Figure":
    """Radar plot: up to three polygons on one, more in a panel each, with the others in grey behind it.

    Each axis goes from 0 to the largest absolute value among the footprints, which is printed at its
    end; a problem without a measure has a gap there. The number of local optima is on a logarithmic axis.
    Axes in the unit of fitness are left out where problems have different ones.

    Args:
        footprints: At least one.
        measures: Axes, at least three of ``MEASURES``.

    Raises:
        ValueError: No footprint, or fewer than three axes.
        KeyError: An unknown measure.

    Source: traore2021, figure 1.
    """
    from matplotlib.figure import Figure

    if not footprints or len(measures) < 3:
        raise ValueError(f"radar: wanted footprints and at least 3 axes, found {len(footprints)} and {len(measures)}")
    units = {footprint.unit for footprint in footprints if footprint.unit}
    shown = [name for name in measures if name not in _OF_FITNESS or len(units) < 2]
    values = np.array([[_axis_value(footprint, name) for name in shown] for footprint in footprints])
    known = np.where(np.isfinite(values), np.abs(values), 0.0)
    top = known.max(axis=0)
    scaled = values / np.where(top > 0, top, 1.0)
    labels = [f"{_axis_label(name)}\n({_end(name, limit)})" for name, limit in zip(shown, top, strict=True)]
    if len(footprints) <= _OVERLAID:
        figure = Figure(figsize=(8.5, 6.5), layout="constrained")
        axes = figure.add_subplot(projection="polar")
        _frame(axes, labels, scaled, 8.0)
        for i, (footprint, row) in enumerate(zip(footprints, scaled, strict=True)):
            _polygon(axes, row, PALETTE[i], footprint.problem)
        figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
        return figure
    n_columns = 3
    n_rows = math.ceil(len(footprints) / n_columns)
    figure = Figure(figsize=(5.8 * n_columns, 4.0 * n_rows), layout="constrained")
    for i, (footprint, row) in enumerate(zip(footprints, scaled, strict=True)):
        axes = figure.add_subplot(n_rows, n_columns, i + 1, projection="polar")
        _frame(axes, labels if i == 0 else [_axis_label(name) for name in shown], scaled, 6.5)
        for other in scaled:  # what the others are like, so that panels can be compared
            _line(axes, other, color="0.85", lw=0.7)
        _polygon(axes, row, PALETTE[0], footprint.problem)
        axes.set_title(footprint.problem, fontsize=9, pad=22)
    return figure


def _frame(axes: "PolarAxes", labels: Sequence[str], scaled: FloatArray, size: float) -> None:
    """Axes from 0 to 1, below 0 where something is, and their names."""
    angles = np.linspace(0, 2 * math.pi, len(labels), endpoint=False)
    axes.set_xticks(angles)
    axes.set_xticklabels(list(labels), fontsize=size)
    axes.set_ylim(min(0.0, float(np.nanmin(scaled)) if np.isfinite(scaled).any() else 0.0), 1.05)
    axes.set_yticks([0.5, 1.0], labels=["½", ""], fontsize=size)
    for angle, label in zip(angles, axes.get_xticklabels(), strict=True):
        side = math.cos(angle)
        label.set_horizontalalignment("center" if abs(side) < 0.2 else "left" if side > 0 else "right")


def _polygon(axes: "PolarAxes", row: FloatArray, color: str, label: str) -> None:
    _line(axes, row, color=color, lw=1.5, marker="o", ms=3, label=label)
    if np.isfinite(row).all() and (row >= 0).all():
        axes.fill(np.linspace(0, 2 * math.pi, len(row), endpoint=False), row, color=color, alpha=0.12)


def _line(axes: "PolarAxes", row: FloatArray, **style: object) -> None:
    angles = np.linspace(0, 2 * math.pi, len(row), endpoint=False)
    axes.plot(np.append(angles, angles[0]), np.append(row, row[0]), **style)


def _axis_value(footprint: Footprint, name: str) -> float:
    """What is drawn: of the number of optima, exact or estimated, the logarithm."""
    if name != OPTIMA:
        return _or_nan(footprint.value(name))
    n = footprint.n_optima if footprint.n_optima is not None else footprint.n_optima_birthday
    return math.nan if n is None else math.log10(max(1.0, n))


def _axis_label(name: str) -> str:
    return "local optima, log" if name == OPTIMA else name.replace("_", " ")


def _end(name: str, limit: float) -> str:
    return f"max {10**limit:,.0f}" if name == OPTIMA else f"max {limit:.3g}"


def reasons_table(footprints: Sequence[Footprint]) -> "pd.DataFrame":
    """Why values are missing: a row per reason, with the problems and the measures that it is about."""
    import pandas as pd

    reasons: dict[str, tuple[list[str], list[str]]] = {}
    for one in footprints:
        for name, why in one.reasons.items():
            problems, measures = reasons.setdefault(why, ([], []))
            problems += [one.problem] if one.problem not in problems else []
            measures += [name] if name not in measures else []
    rows = [
        {"reason": why, "measures": ", ".join(measures), "problems": ", ".join(problems)}
        for why, (problems, measures) in reasons.items()
    ]
    return pd.DataFrame(rows, columns=["reason", "measures", "problems"])


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)
