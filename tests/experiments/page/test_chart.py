"""Charts as data."""

import numpy as np
import pytest

from experiments.figures import Curve, Panel
from experiments.page import Heat, Lines, Ranks
from experiments.page import chart as chart_module
from experiments.page.chart import numbers, styles_json


def panel(n: int) -> Panel:
    x = np.arange(1.0, n + 1)
    return Panel("p", "evaluations", "regret (%)", [Curve("a", x, -x, -x - 1, -x + 1), Curve("b", x, x)])


def test_curves_keep_their_points_while_there_is_room() -> None:
    (found,) = Lines([panel(70)]).to_json()["panels"]
    first, second = found["curves"]
    assert first["x"] == list(range(1, 71))
    assert first["lower"] == [-x - 1 for x in first["x"]]
    assert "lower" not in second


def test_many_points_are_thinned_evenly_with_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_module, "MAX_POINTS", 120)
    (found,) = Lines([panel(1000)]).to_json()["panels"]
    for curve in found["curves"]:
        assert (len(curve["x"]), curve["x"][0], curve["x"][-1]) == (60, 1, 1000)
        assert np.ptp(np.diff(curve["x"])) <= 1
    assert found["curves"][0]["y"] == [-x for x in found["curves"][0]["x"]]


def test_numbers_are_short_and_finite() -> None:
    assert numbers(np.array([1 / 3, 0.0, 1e300, np.nan, -np.inf])) == [0.33333, 0, 1e300, None, None]


def test_thirty_two_solvers_look_different() -> None:
    styles = styles_json([f"solver {i}" for i in range(32)])
    for shade in ("light", "dark"):
        assert len({(style[shade], style["dash"]) for style in styles.values()}) == 32


def test_heat_and_ranks() -> None:
    heat = Heat({"p": (["edge = 1"], ["a"], np.array([[0.25]]))}, "share").to_json()
    assert heat["panels"] == [{"title": "p", "rows": ["edge = 1"], "columns": ["a"], "values": [[0.25]]}]
    ranks = Ranks({"a": 1.5, "b": 1.5}, {"a": np.array([1.0, 2.0]), "b": np.array([2.0, 1.0])}, [("a", "b")]).to_json()
    assert ranks["panels"][0]["cliques"] == [["a", "b"]]
