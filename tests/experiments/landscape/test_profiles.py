"""Losses by budget, family by family."""

from experiments.landscape.profiles import draw_profiles, profiled
from tests.experiments.landscape.test_judgement import planted


def test_profiles_have_a_panel_per_kind_of_problem() -> None:
    """And a line per solver, single ones and schedules among them."""
    portfolio = planted()
    solvers = profiled(portfolio, 100)
    assert set(solvers) == set(portfolio.solvers) - {"random-search"}
    figure = draw_profiles(portfolio, solvers)
    titles = [axes.get_title() for axes in figure.axes if axes.get_visible()]
    assert sorted(titles) == ["fcnet (10)", "macro (10)", "mlp (10)", "nb201 (10)"]
    assert all(len(axes.lines) == 5 for axes in figure.axes if axes.get_visible())
