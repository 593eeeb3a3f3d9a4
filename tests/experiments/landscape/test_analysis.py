"""Landscape analysis from end to end on small designs, and the three commands around it."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import nas_problems
from ela.feature import feature_sets
from ela.performance import Performance, read_own
from experiments.cli import make_app
from experiments.landscape import figures
from experiments.landscape.analysis import analyse, features_frame, nearest_frame, plane, recommendations_frame
from experiments.landscape.bbob_performance import build


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path_factory.getbasetemp() / "landscape-cache"))


def test_analysis_of_a_table() -> None:
    found = analyse(
        nas_problems.make("nb201-cifar10"), n=80, encoding="target", repetitions=3, instances=1, design="lhs"
    )
    assert found.sample.X.shape == (80, 6)
    assert "encoding target (6 columns), 3 parts of 64 points" in found.caption
    assert found.placement.share.sum() == pytest.approx(1)
    assert "on the problem's own points (64 of 80 each)" in found.placement.label
    frame = features_frame(found.features)
    assert (frame["2.5 %"] <= frame["mean"] + 1e-12).all() and (frame["mean"] <= frame["97.5 %"] + 1e-12).all()
    assert len(nearest_frame(found.placement, rows=4)) == 4
    flat = Performance(("a", "b"), np.tile([[0.0], [0.3]], (1, 24)), "loss", "test")
    ranked = recommendations_frame(found.placement, flat)
    assert ranked["solver"].tolist() == ["a", "b"] and ranked["single best"].tolist() == ["yes", ""]


def test_features_of_ones_own_choice() -> None:
    cells = nas_problems.make("nb201-cifar10")
    found = analyse(cells, n=60, repetitions=2, instances=1, sets=("pca", "ic.h_max"))
    assert set(found.features.names) == {*feature_sets["pca"].factory.features, "ic.h_max"}
    assert set(found.placement.names) <= set(found.features.names)
    with pytest.raises(KeyError, match="unknown feature set 'mine'"):
        analyse(cells, n=60, sets="mine")
    with pytest.raises(ValueError, match="sets: wanted at least one feature, found none"):
        analyse(cells, n=60, sets=())


def test_undefined_features_say_why() -> None:
    found = analyse(nas_problems.make("nb201-cifar10"), n=25, encoding="box", repetitions=2, instances=1)
    frame = features_frame(found.features).set_index("feature")
    assert frame.loc["ela_meta.lin_w_interact.adj_r2", "undefined because"] == "20 points, wanted at least 23"
    assert "ela_meta.lin_w_interact.adj_r2" in found.placement.dropped


def test_plane_keeps_distances_in_the_plane() -> None:
    rng = np.random.default_rng(0)
    flat = np.column_stack([rng.random((30, 2)), np.ones(30)])
    positions = plane(flat)
    i, j = np.triu_indices(30, k=1)
    wanted = np.linalg.norm(flat[i] - flat[j], axis=1)
    assert np.linalg.norm(positions[i] - positions[j], axis=1) == pytest.approx(wanted, abs=1e-6)


def test_a_few_whole_numbers_are_bars() -> None:
    """As wide as their counts, one group next to the other; other quantities stay violins."""
    rng = np.random.default_rng(0)
    few = {"best": np.array([1.0, 2.0, 2.0, 3.0]), "all": np.array([1.0, 3.0, 3.0])}
    figure = figures.violins({"kernel": few, "rate": {"best": rng.random(9), "all": rng.random(9)}})
    kernel, rate = figure.axes[:2]
    assert [bar.get_width() for bar in kernel.patches] == pytest.approx([0.4, 0.8, 0.4, 0.4, 0.8])
    assert [bar.get_x() + bar.get_width() / 2 for bar in kernel.patches] == pytest.approx([0, 0, 0, 1, 1])
    assert list(kernel.get_yticks()) == [1, 2, 3]
    assert not rate.patches


def test_figures_hold_what_they_are_given() -> None:
    rng = np.random.default_rng(0)
    figure = figures.violins({"a": {"x": rng.random(20), "y": np.ones(5)}, "b": {"x": np.array([np.nan])}})
    assert [axis.get_title() for axis in figure.axes if axis.get_visible()] == ["a", "b"]
    heat = figures.correlations({"t": np.array([[0.5, -1.0]])}, rows=("r",), columns=("c", "d"))
    assert heat.axes[0].images[0].get_array() is not None
    scatter = figures.scatter_landscapes({"one": (rng.random((9, 2)), rng.random(9))}, value_label="y", n_columns=1)
    assert scatter.axes[0].get_title() == "one"


def test_portfolio_is_built_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    arguments = {"solvers": ["random-search"], "dimensions": [2], "instances": 1, "evaluations": 50}
    text = build(tmp_path, report=done.append, **arguments)  # type: ignore[arg-type]  # mixed values
    assert len(done) == 24
    table = read_own(text)
    assert set(table.budget) == {10, 25} and set(table.function) == set(range(1, 25))
    assert (table.aocc >= 0).all() and (table.aocc < 1).all()
    monkeypatch.setattr("optimizers.run", lambda *a, **k: pytest.fail("run again"))
    assert build(tmp_path, **arguments) == text  # type: ignore[arg-type]  # mixed values
    few = arguments | {"dimensions": [2, 20]}  # ran everything, and gave a table without rows in 20-d
    with pytest.raises(ValueError, match=r"evaluations: wanted at least 200, .* found 50"):
        build(tmp_path, **few)  # type: ignore[arg-type]  # mixed values


def test_reduce_command(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        make_app(["reduce"]), ["reduce", "nb201-cifar10", "--points", "300", "--out", str(tmp_path)]
    )
    assert result.exit_code == 0
    assert "edge_0_3" in result.output and "best 5%: 15 points" in result.output
    assert (tmp_path / "best.png").is_file()
    (foot,) = [line for line in (tmp_path / "README.md").read_text().splitlines() if line.startswith("Made by")]
    assert f"`iohnas reduce nb201-cifar10 --out {tmp_path} --points 300`" in foot


def test_ela_command(tmp_path: Path) -> None:
    options = ["--points", "60", "--repetitions", "2", "--instances", "1", "--encoding", "target"]
    result = CliRunner().invoke(make_app(["ela"]), ["ela", "nb201-cifar10", *options, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    text = (tmp_path / "README.md").read_text()
    for word in ("Nearest functions", "Solvers ranked", "encoding target", "97.5 %"):
        assert word in text
    for name in ("nearest-functions", "dendrogram-ward", "plane", "features-parts"):
        assert (tmp_path / f"{name}.png").is_file()


def test_ela_command_recommends_for_the_variables_that_are_searched(tmp_path: Path) -> None:
    """Six, of which one-hot encoding makes thirty columns: solvers in 20-d would have had five times the budget."""
    options = ["--points", "60", "--repetitions", "2", "--instances", "1", "--encoding", "one-hot", "--features", "pca"]
    result = CliRunner().invoke(make_app(["ela"]), ["ela", "nb201-cifar10", *options, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "(30 columns)" in result.output and "solvers in 5-d, 250 evaluations per variable" in result.output


def test_ela_command_refuses_unknown_encodings() -> None:
    result = CliRunner().invoke(make_app(["ela"]), ["ela", "nb201-cifar10", "--encoding", "ordinal"])
    assert result.exit_code == 2


def test_portfolio_command_shows_the_shipped_table() -> None:
    result = CliRunner().invoke(make_app(["portfolio"]), ["portfolio", "show", "--dimension", "20", "--budget", "50"])
    assert result.exit_code == 0 and "cma-es" in result.output
