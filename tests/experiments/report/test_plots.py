"""Figures for papers, the selection of what a report shows, and its options."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from experiments.figures import drawn_in
from experiments.folder import StudyFolder
from experiments.page.chart import box_summary
from experiments.report import (
    Selection,
    by_problem,
    load_runs,
    plot_convergence,
    plot_final,
    plot_ranks,
    plot_targets,
    plot_time,
    write_report,
)
from tests.experiments.report.results import RESULTS, result


def test_every_plot_is_a_figure(finished: StudyFolder) -> None:
    problems = load_runs(finished.path)
    for plot in (plot_convergence, plot_time, plot_targets, plot_final, plot_ranks):
        assert isinstance(plot(problems, labels=["random-search"]), Figure)
    (axes, *_) = plot_final(problems).axes
    assert axes.get_xlabel().startswith("final validation error")


@pytest.mark.parametrize("given", [RESULTS, RESULTS[0], "results/study"])
def test_what_plots_cannot_draw(given: Any) -> None:
    for plot in (plot_convergence, plot_time, plot_targets, plot_final, plot_ranks):
        with pytest.raises(ValueError, match="runs: wanted what load_runs gives of a study's folder, or what opt"):
            plot(given)


def test_runs_show_themselves_in_a_line() -> None:
    (one,) = by_problem(RESULTS)
    assert repr(one) == "<ProblemRuns p: 2 runs of a, 2 runs of b, 4 evaluations>"


def test_runs_of_a_selection(finished: StudyFolder) -> None:
    (one,) = load_runs(finished.path, solvers=["random-search"], problems=["tiny-table"])
    assert (one.problem, list(one.searches)) == ("tiny-table", ["random-search"])
    with pytest.raises(
        KeyError, match="solvers: the study has no finished run of 'randomsearch'; it has random-search"
    ):
        load_runs(finished.path, solvers=["randomsearch"])
    with pytest.raises(ValueError, match="wanted the folder of a study"):
        load_runs(finished.path / "runs")


def test_a_name_stands_for_all_variants_unless_it_is_one() -> None:
    runs = [result(name, [1.0]) for name in ("a", "a.n-2", "b.n-1", "b.n-2")]
    assert [run.record.algorithm for run in Selection(["a"]).of(runs)] == ["a"]
    assert [run.record.algorithm for run in Selection(["b"]).of(runs)] == ["b.n-1", "b.n-2"]
    assert Selection(problems=["p"]).shows("p.sampled", "any")
    assert not Selection(problems=["p"]).shows("pq", "any")


def test_a_report_of_a_selection_says_how_it_was_made(finished: StudyFolder, tmp_path: Path) -> None:
    chosen = Selection(["random-search"], ["tiny-table"])
    written = write_report(finished, tmp_path / "page", selection=chosen, formats=["svg"])
    assert written.table[["problem", "solver"]].values.tolist() == [["tiny-table", "random-search"]]
    text = written.page.read_text()
    assert "--solvers random-search --problems tiny-table" in text
    assert "tiny-mixed" not in pd.read_csv(tmp_path / "page" / "overview.csv")["problem"].tolist()
    names = {path.suffix for path in (tmp_path / "page").iterdir()}
    assert {".svg", ".png"} <= names
    assert ".pdf" not in names
    assert 'href="convergence.svg"' in text


def test_formats_and_styles_that_cannot_be(finished: StudyFolder, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="format: wanted some of png, pdf, svg, found 'docx'"):
        write_report(finished, tmp_path / "page", formats=["docx"])
    style = tmp_path / "wrong.mplstyle"
    style.write_text("font.size: 7\nno.such.setting: 1\n")
    with pytest.raises(ValueError, match=r"wrong.mplstyle: line 2: wanted a setting of matplotlib, found 'no.such"):
        write_report(finished, tmp_path / "page", style=style)
    with pytest.raises(FileNotFoundError):
        write_report(finished, tmp_path / "page", style=tmp_path / "absent.mplstyle")
    assert not (tmp_path / "page").exists()


def test_a_style_decides_sizes_and_colours(tmp_path: Path) -> None:
    style = tmp_path / "paper.mplstyle"
    style.write_text("figure.figsize: 3.3, 2.2\nfont.size: 7\naxes.prop_cycle: cycler('color', ['ff0000', '00ff00'])\n")
    problems = by_problem(RESULTS)
    with drawn_in(style):
        figure = plot_convergence(problems)
        (axes,) = figure.axes
        assert [to_hex(line.get_color()) for line in axes.lines[:2]] == ["#ff0000", "#00ff00"]
        assert axes.title.get_fontsize() == 7
        assert figure.get_figwidth() == pytest.approx(3.3, abs=0.5)
    (axes,) = plot_convergence(problems).axes
    assert to_hex(axes.lines[0].get_color()) != "#ff0000"


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0], [0, 0, 0, 9.0], [1, 2, 3, 4, 20.0], list(range(12))])
def test_page_and_picture_have_the_same_boxes(values: list[float]) -> None:
    """Plotly's own quartiles are others; both get these, which are numpy's and matplotlib's."""
    from matplotlib.cbook import boxplot_stats

    (theirs,) = boxplot_stats(np.array(values))
    assert box_summary(np.array(values)) == tuple(theirs[name] for name in ("whislo", "q1", "med", "q3", "whishi"))
