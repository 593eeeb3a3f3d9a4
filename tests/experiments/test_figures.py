"""Figures: what is drawn, not how it looks."""

import io

import numpy as np
import pytest

from experiments.figures import MAX_PANELS, MAX_POINTS, PALETTE, Curve, Panel, draw, shown_points


def panel(*values: list[float], title: str = "problem", log: bool = True) -> Panel:
    curves = [
        Curve(f"solver {i}", np.arange(1.0, len(y) + 1), np.array(y), np.array(y) / 2, np.array(y) * 2)
        for i, y in enumerate(values)
    ]
    return Panel(title, "evaluations", "regret (%)", curves, y_scale="log" if log else "linear")


def test_axes_legend_and_caption() -> None:
    figure = draw([panel([4, 2, 1], [3, 3, 2]), panel([9, 9], title="other")], caption="5 runs per curve; noise mean")
    first, second = figure.axes
    assert (first.get_title(), second.get_title()) == ("problem", "other")
    assert (first.get_xlabel(), first.get_ylabel()) == ("evaluations", "regret (%)")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["solver 0", "solver 1"]
    assert figure.get_supxlabel() == "5 runs per curve; noise mean"
    assert first.lines[0].get_color() == second.lines[0].get_color() == PALETTE[0]


@pytest.mark.parametrize("values", [[0.0, 0.0], [1.0, 0.0], [5.0], [1e-12, 1e12], [1.0, 1.0]])
@pytest.mark.parametrize("log", [True, False])
def test_awkward_values_can_be_drawn(values: list[float], log: bool) -> None:
    draw([panel(values, log=log)]).savefig(io.BytesIO(), format="png")


@pytest.mark.parametrize("log", [True, False])
def test_a_panel_without_values_says_so_and_spoils_no_other(log: bool) -> None:
    """As of a problem whose every evaluation failed."""
    figure = draw([panel([np.nan, np.nan], log=log), panel([2.0, 1.0], title="other", log=log)])
    figure.savefig(io.BytesIO(), format="png")
    empty, other = figure.axes
    assert [text.get_text() for text in empty.texts] == ["no values"]
    assert not other.texts


def test_zeros_have_a_line_of_their_own() -> None:
    (axes,) = draw([panel([10.0, 1.0, 0.0])]).axes
    assert [text.get_text() for text in axes.texts] == ["0"]
    drawn = np.asarray(axes.lines[-1].get_ydata())
    assert 0 < drawn[-1] < 0.5
    assert list(drawn[:2]) == [10, 1]


@pytest.mark.parametrize(("low", "high"), [(0.101, 0.16), (8.4, 9.0), (1.0, 3.5), (0.1, 8.0), (1.0, 1e6)])
def test_a_logarithmic_axis_has_several_ticks_however_little_it_spans(low: float, high: float) -> None:
    x = np.arange(1.0, 51.0)
    axes = draw([Panel("p", "x", "y", [Curve("a", x, np.geomspace(high, low, 50))], y_scale="log")]).axes[0]
    shown = [tick for tick in axes.get_yticks() if low <= tick <= high]
    assert 3 <= len(shown) <= 8


def test_a_single_point_has_a_marker() -> None:
    (axes,) = draw([panel([1.0], [2.0, 1.0])]).axes
    assert [line.get_marker() for line in axes.lines] == ["o", ""]


def test_no_curves_and_many_curves() -> None:
    draw([Panel("none", "x", "y", [], y_scale="log")]).savefig(io.BytesIO(), format="png")
    figure = draw([panel(*[[2.0, 1.0]] * 12)])
    styles = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(styles) == 12


@pytest.mark.parametrize("n", [0, MAX_PANELS + 1])
def test_too_few_and_too_many_panels(n: int) -> None:
    with pytest.raises(ValueError, match="panels: wanted 1"):
        draw([panel([1.0])] * n)


def test_unused_axes_are_hidden() -> None:
    figure = draw([panel([1.0])] * 5)
    assert [axes.get_visible() for axes in figure.axes] == [True] * 5 + [False]


def test_long_curves_are_thinned() -> None:
    assert shown_points(10).tolist() == list(range(10))
    points = shown_points(100_000)
    assert (points[0], points[-1]) == (0, 99_999)
    assert len(points) <= MAX_POINTS
    assert (np.diff(points) > 0).all()


def test_nothing_global_is_touched() -> None:
    import sys

    draw([panel([1.0])])
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
