"""Footprints side by side: a table and a radar plot."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ela.footprint.record import MEASURES, Footprint
from ela.palette import PALETTE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

RADAR_MEASURES = (
    "fitness_mean",
    "fitness_sd",
    "ruggedness",
    "optima_share",
    "fdc",
    "neutrality",
    "persistence_positive",
    "persistence_positive_area",
    "persistence_negative",
    "persistence_negative_area",
)
"""Axes of the radar plot."""

_LINE_STYLES = ("-", "--", ":")


def footprint_table(footprints: Sequence[Footprint]) -> "pd.DataFrame":
    """Footprints side by side: one row per problem, one column per measure; NaN where there is none."""
    import pandas as pd

    rows = [
        {"problem": found.problem, "exact": found.is_exact, "candidates": found.n_candidates}
        | {name: found.value(name) for name in MEASURES}
        for found in footprints
    ]
    return pd.DataFrame(rows).set_index("problem").astype(dict.fromkeys(MEASURES, float))


def footprint_radar(footprints: Sequence[Footprint], *, measures: Sequence[str] = RADAR_MEASURES) -> "Figure":
    """Radar plot with one polygon per problem.

    Each axis goes from 0 to the largest absolute value among the footprints, which is printed at its
    end; a problem without a measure has a gap there.

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
    values = np.array([[_or_nan(found.value(name)) for name in measures] for found in footprints])
    known = np.where(np.isfinite(values), np.abs(values), 0.0)
    top = known.max(axis=0)
    scaled = values / np.where(top > 0, top, 1.0)
    angles = np.linspace(0, 2 * math.pi, len(measures), endpoint=False)
    figure = Figure(figsize=(8.5, 6.5), layout="constrained")
    axes = figure.add_subplot(projection="polar")
    axes.set_prop_cycle(linestyle=np.repeat(_LINE_STYLES, len(PALETTE)), color=PALETTE * len(_LINE_STYLES))
    for found, row in zip(footprints, scaled, strict=True):
        (line,) = axes.plot(
            np.append(angles, angles[0]), np.append(row, row[0]), marker="o", ms=3, lw=1.5, label=found.problem
        )
        if np.isfinite(row).all() and (row >= 0).all():
            axes.fill(angles, row, color=line.get_color(), alpha=0.08)
    axes.set_xticks(angles)
    axes.set_xticklabels(
        [f"{name.replace('_', ' ')}\n(max {limit:.3g})" for name, limit in zip(measures, top, strict=True)], fontsize=8
    )
    axes.set_ylim(min(0.0, float(np.nanmin(scaled)) if np.isfinite(scaled).any() else 0.0), 1.05)
    axes.set_yticks([0.5, 1.0], labels=["½", ""])
    for angle, label in zip(angles, axes.get_xticklabels(), strict=True):
        side = math.cos(angle)
        label.set_horizontalalignment("center" if abs(side) < 0.2 else "left" if side > 0 else "right")
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)
