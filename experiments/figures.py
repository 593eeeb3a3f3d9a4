"""Figures from data: convergence with bands and ECDF curves, one panel per problem.

Nothing here reads files or keeps global state; the caller saves a ``Figure``.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib import rc_context, rcParams, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from ela.palette import PALETTE as PALETTE
from nas_problems.array import FloatArray, IntArray

DARK_PALETTE = ("#4AA3E0", "#F0803C", "#2BC497", "#E5A3C8", "#9AD6F7", "#FFC24D", "#F2F2F2", "#C4A266")
"""``PALETTE``, one by one, on a dark ground."""

_STEPS = (
    (1.6, (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.7, 2.0, 2.2, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0)),
    (4.0, (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)),
    (150.0, (1.0, 2.0, 5.0)),
    (5000.0, (1.0, 3.0)),
)
"""Ticks of a logarithmic axis in each decade, for axes whose ends have at most this ratio."""

LineStyle = Literal["-", "--", "-.", ":"]
LINE_STYLES: tuple[LineStyle, ...] = ("-", "--", "-.", ":")
MAX_PANELS = 9
MAX_POINTS = 400
"""Points of a curve that are drawn; evenly spread over the logarithm of evaluations."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One line of a panel.

    Args:
        label: Name in the legend; the same label has the same colour in all panels.
        x: Positions, increasing, (n,).
        middle: The line, (n,).
        lower: Lower edge of the band, (n,); None: no band.
        upper: Upper edge of the band, (n,); None: no band.
    """

    label: str
    x: FloatArray
    middle: FloatArray
    lower: FloatArray | None = None
    upper: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """One pair of axes.

    Args:
        title: What the curves are about.
        x_label: Quantity and unit.
        y_label: Quantity and unit.
        curves: The lines.
        y_scale: ``log`` shows zeros on a line of their own below the smallest positive value.
        y_range: Limits; None: from the data.
        x_scale: ``log`` only where all positions are positive.
    """

    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]
    y_scale: Literal["linear", "log"] = "linear"
    y_range: tuple[float, float] | None = None
    x_scale: Literal["linear", "log"] = "log"


@contextmanager
def drawn_in(style: Path | None) -> Iterator[None]:
    """Draw and save what follows with the settings of a style file of matplotlib.

    Fonts, line widths and grids are taken as they are; ``figure.figsize`` is the size of one panel in inches, and
    ``axes.prop_cycle`` has the colours of solvers.

    Args:
        style: The file, one ``name: value`` per line; None: nothing changes.

    Raises:
        OSError: It cannot be read.
        ValueError: A line that is not a setting.
    """
    if style is None:
        yield
        return
    from matplotlib import rc_params_from_file

    text = style.read_text(encoding="utf-8")  # matplotlib only warns of what it cannot read
    for n, line in enumerate(text.splitlines(), start=1):
        name = line.split("#")[0].partition(":")[0].strip()
        if name and name not in rcParamsDefault:
            raise ValueError(f"{style}: line {n}: wanted a setting of matplotlib, found {name!r}")
    with rc_context(dict(rc_params_from_file(style, use_default_template=False))):
        yield


def panel_size(width: float, height: float) -> tuple[float, float]:
    """Size of a panel in inches: ours, or that of the style that is in use."""
    own = rcParams["figure.figsize"]
    if list(own) == list(rcParamsDefault["figure.figsize"]):
        return width, height
    return float(own[0]), float(own[1])


def shown_points(n: int) -> IntArray:
    """Indices of the points of an ``n``-point curve that are worth drawing, first and last included."""
    if n <= MAX_POINTS:
        return np.arange(n)
    return np.unique(np.geomspace(1, n, MAX_POINTS).round().astype(np.int64) - 1)


def draw(panels: Sequence[Panel], *, caption: str = "", labels: Sequence[str] = ()) -> Figure:
    """Draw panels in a grid with one legend.

    Args:
        panels: At least one, at most ``MAX_PANELS``.
        labels: All labels in the order of their colours, so that figures agree; empty: those of the panels.
        caption: Small text below: encoding, noise mode, fidelity, number of runs.

    Returns:
        A figure with an Agg canvas, for ``savefig``.

    Raises:
        ValueError: No panels, or too many.
    """
    if not 1 <= len(panels) <= MAX_PANELS:
        raise ValueError(f"panels: wanted 1 ... {MAX_PANELS}, found {len(panels)}")
    n_columns = {1: 1, 2: 2, 4: 2}.get(len(panels), 3)
    n_rows = math.ceil(len(panels) / n_columns)
    drawn = {curve.label for panel in panels for curve in panel.curves}
    styles = {label: drawn_style(i) for i, label in enumerate(labels or sorted(drawn)) if label in drawn}
    styles |= dict.fromkeys(sorted(drawn - styles.keys()), ("#888888", "-"))  # no solver: what is compared with
    names = [plain(label) for label in styles]
    n_legend_rows = math.ceil(len(names) / (2 * n_columns))
    width, height = panel_size(4.3, 3.1)
    figure = Figure(figsize=(0.1 * width + width * n_columns, height * n_rows + 0.5 + 0.22 * n_legend_rows))
    figure.set_layout_engine("constrained")
    FigureCanvasAgg(figure)
    all_axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, panel in zip(all_axes, panels, strict=False):
        _draw_panel(axes, panel, styles)
    for axes in all_axes[len(panels) :]:
        axes.set_visible(False)
    if names:
        lines = [Line2D([], [], color=color, linestyle=line, linewidth=2) for color, line in styles.values()]
        figure.legend(lines, names, loc="outside upper center", ncols=2 * n_columns, frameon=False, fontsize="small")
    if caption:
        figure.supxlabel(plain(caption, 400), fontsize="small", color="#444444")
    return figure


def grid(n: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """A figure of ``n`` panels of a size in inches."""
    n_columns = {1: 1, 2: 2, 4: 2}.get(n, 3)
    n_rows = math.ceil(n / n_columns)
    width, height = panel_size(width, height)
    figure = Figure(figsize=(width * n_columns, height * n_rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = list(figure.subplots(n_rows, n_columns, squeeze=False).ravel())
    for unused in axes[n:]:
        unused.set_visible(False)
    return figure, axes[:n]


def plain(text: str, longest: int = 44) -> str:
    """Text that matplotlib shows as it is, shortened.

    >>> plain("long-name", 5)
    'long…'
    """
    shortened = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return shortened.replace("$", r"\$")


def style_of(i: int, palette: Sequence[str] = PALETTE) -> tuple[str, LineStyle]:
    """Colour and dashes of the ``i``-th solver; 32 of them differ."""
    return palette[i % len(palette)], LINE_STYLES[i // len(palette) % len(LINE_STYLES)]


def drawn_style(i: int) -> tuple[str, LineStyle]:
    """``style_of`` in static pictures, with the colours of the style that is in use."""
    cycle = rcParams["axes.prop_cycle"].by_key().get("color", [])
    is_default = not cycle or rcParams["axes.prop_cycle"] == rcParamsDefault["axes.prop_cycle"]
    return style_of(i, PALETTE if is_default else cycle)


def _draw_panel(axes: Axes, panel: Panel, styles: dict[str, tuple[str, LineStyle]]) -> None:
    drawn = [values for c in panel.curves for values in (c.middle, c.lower, c.upper) if values is not None]
    floor = log_axis(axes.yaxis, np.concatenate([np.empty(0), *drawn])) if panel.y_scale == "log" else None

    def raised(values: FloatArray) -> FloatArray:
        return values if floor is None else np.maximum(values, floor)

    for curve in panel.curves:
        color, line = styles[curve.label]
        if curve.lower is not None and curve.upper is not None:
            lower, upper = raised(curve.lower), raised(curve.upper)
            axes.fill_between(curve.x, lower, upper, color=color, alpha=0.15, linewidth=0, step="post")
        marker = "o" if len(curve.x) == 1 else ""  # a line of one point is invisible
        axes.plot(
            curve.x,
            raised(curve.middle),
            color=color,
            linestyle=line,
            linewidth=1.6,
            drawstyle="steps-post",
            marker=marker,
            markersize=4,
        )
    is_empty = not any(np.isfinite(values).any() for values in drawn)
    if is_empty:  # as where every evaluation failed; a logarithmic axis wants a value
        axes.text(0.5, 0.5, "no values", transform=axes.transAxes, ha="center", va="center", color="#666666")
    if panel.x_scale == "log" and not is_empty and all(curve.x[0] > 0 for curve in panel.curves):
        axes.set_xscale("log")
        _plain_ticks(axes.xaxis, max((curve.x[-1] / curve.x[0] for curve in panel.curves), default=1.0))
    else:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value)))
    if panel.y_range is not None:
        axes.set_ylim(panel.y_range)
    elif panel.y_scale == "linear":
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value)))
    set_title(axes, panel.title)
    axes.set_xlabel(plain(panel.x_label), fontsize="small")
    axes.set_ylabel(plain(panel.y_label), fontsize="small")
    tidy(axes)


def set_title(axes: Axes, text: str) -> None:
    """The name of a problem, small where it is long, at a fixed height: nothing above the axes would move it."""
    axes.set_title(plain(text, 66), fontsize="medium" if len(text) <= 40 else "x-small", y=1.0)


def tidy(axes: Axes) -> None:
    """A light grid behind the data, small ticks, no box."""
    axes.tick_params(labelsize="small")
    axes.grid(which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def log_axis(axis: Axis, values: FloatArray) -> float | None:
    """Make an axis logarithmic, with a line of its own for zeros below the smallest positive value.

    Args:
        axis: The x or y axis.
        values: All that will be drawn along it.

    Returns:
        Where zeros are to be drawn; None: nothing is positive, and the axis stays as it is.
    """
    positive = values[values > 0]
    if not positive.size:
        return None
    low, high = float(positive.min()), float(positive.max())
    axes, is_x = axis.axes, isinstance(axis, XAxis)
    (axes.set_xscale if is_x else axes.set_yscale)("log")
    _plain_ticks(axis, high / low)
    if positive.size == values.size:
        return low
    floor = low / max(1.5, float((high / low) ** 0.08))
    if is_x:
        axes.axvline(floor, color="#888888", linewidth=0.8, linestyle=(0, (1, 2)))
        axes.text(floor, 0.01, " 0", transform=axes.get_xaxis_transform(), fontsize="small", color="#666666")
    else:
        axes.axhline(floor, color="#888888", linewidth=0.8, linestyle=(0, (1, 2)))
        axes.text(
            0.01, floor, "0", transform=axes.get_yaxis_transform(), fontsize="small", color="#666666", va="bottom"
        )
    return floor


def tick_text(value: float) -> str:
    """A number next to an axis, short: thousands as k, millions as M.

    >>> tick_text(0.05), tick_text(5000.0), tick_text(200_000.0), tick_text(2e6)
    ('0.05', '5000', '200k', '2M')
    """
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if 1e4 <= value < 1e12 and value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def plain_ticks(axis: Axis) -> None:
    """Ticks of a logarithmic axis as plain numbers, more of them where it spans little."""
    low, high = axis.get_view_interval()
    _plain_ticks(axis, high / low)


def _plain_ticks(axis: Axis, ratio: float) -> None:
    steps = next((steps for most, steps in _STEPS if ratio < most), (1.0,))
    axis.set_major_locator(LogLocator(subs=steps, numticks=12 if ratio < 5000 else 6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value)))
    axis.set_minor_locator(NullLocator())
