"""Which solver, and why: from a study's runs, or the package's portfolio, to an answer."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nas_problems
from experiments.cli import main
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.landscape.figures import draw_matrix
from experiments.landscape.portfolio_pack import with_features
from experiments.landscape.recommend import advise, never_alone
from experiments.landscape.recorded_performance import learn
from experiments.session import work_on
from experiments.study import Study
from optimizers.selector import FREE, describe, shipped_model
from optimizers.selector.portfolio import Portfolio, shipped_portfolio
from optimizers.selector.recorded import read_csv

PROBLEMS = ("nb201-cifar10", "mlp-car", "mlp-kc1", "mlp-vehicle")
STUDY = Study(PROBLEMS, ("random-search", "aging-evolution", "local-search[variant=query-until-lower]"), 60, runs=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """A finished study."""
    return worked(tmp_path_factory.mktemp("study") / "study", STUDY)


def worked(path: Path, study: Study) -> StudyFolder:
    found = StudyFolder.prepare(path, study)
    with closing(SerialExecutor()) as executor:
        assert len(list(work_on(found, executor))) == len(study.plan())
    return found


@pytest.fixture(scope="module")
def table(folder: StudyFolder) -> Portfolio:
    """What it says, without features."""
    return learn([folder])


@pytest.fixture(scope="module")
def portfolio(table: Portfolio) -> Portfolio:
    """The same with features."""
    return with_features(table)


def test_a_study_becomes_a_table(table: Portfolio) -> None:
    """Losses are relative to random search."""
    assert set(table.problems) == set(PROBLEMS)
    assert set(table.solvers) == set(STUDY.solvers)
    assert table.budgets.tolist() == [30, 60]
    assert np.allclose(table.at(60).loss[0, table.solvers.index("random-search")], 0)
    assert (table.runs == 3).all()
    assert (table.error > 0).all()


def test_a_table_gets_features(table: Portfolio, portfolio: Portfolio) -> None:
    """Of its problems, next to the same losses."""
    assert portfolio.problems == table.problems
    assert np.array_equal(portfolio.loss, table.loss)
    assert portfolio.features.shape[1] and np.isfinite(portfolio.features).all()


def test_studies_are_put_together(folder: StudyFolder, tmp_path: Path) -> None:
    """Solvers of several studies; each needs random search somewhere."""
    more = worked(tmp_path / "more", Study(PROBLEMS, ("umda",), 60, runs=2))
    assert "umda" in learn([folder, more]).solvers
    with pytest.raises(ValueError, match="wanted runs of random-search on"):
        learn([more])


def test_several_noise_modes_are_refused(tmp_path: Path) -> None:
    """One table is of one noise mode."""
    study = Study(PROBLEMS[:1], ("random-search",), 5, noise=("mean", "sampled"))
    with pytest.raises(ValueError, match="wanted a study with one noise mode, found mean, sampled"):
        learn([StudyFolder.prepare(tmp_path / "study", study)])
    with pytest.raises(ValueError, match="wanted finished runs, found none"):
        learn([StudyFolder.prepare(tmp_path / "empty", Study(PROBLEMS[:1], ("random-search",), 5))])


def test_a_problem_is_not_asked_about_itself(portfolio: Portfolio) -> None:
    """Its own searches are only mentioned."""
    found = advise(nas_problems.make("nb201-cifar10"), budget=60, portfolio=portfolio)
    assert set(found.nearest["recorded problem"]) == set(PROBLEMS[1:])
    assert found.nearest["distance"].is_monotonic_increasing
    same = advise(nas_problems.make("mlp-segment"), budget=60, portfolio=portfolio).nearest
    alike = same["recorded problem"].str.startswith("mlp-")
    assert alike.any() and (same["distance"][alike] == 0).all()  # of equal spaces, not looked at
    assert set(found.known) == set(STUDY.solvers)
    assert found.ranking[0].solver == found.choice.plan
    assert all(entry.low <= entry.loss <= entry.high for entry in found.ranking)


def test_a_problem_is_not_asked_about_its_variants(portfolio: Portfolio) -> None:
    """Searches at another fidelity know its candidates, too; only those of the same problem are mentioned."""
    name = "nb201-cifar10[fidelity=12]"
    renamed = replace(portfolio, problems=tuple(name if each == PROBLEMS[0] else each for each in portfolio.problems))
    found = advise(nas_problems.make("nb201-cifar10"), budget=60, portfolio=renamed)
    assert set(found.nearest["recorded problem"]) == set(PROBLEMS[1:]) and not found.known
    assert advise(nas_problems.make(name), budget=60, portfolio=renamed).known
    n_parameters = nas_problems.make("nb201-cifar10", objective="flops")
    assert not advise(n_parameters, budget=60, portfolio=portfolio).known


def test_equal_solvers_share_what_is_best(portfolio: Portfolio) -> None:
    """Where losses tie, each has its part; the first took all."""
    loss = np.zeros_like(portfolio.loss)
    tied = replace(portfolio, loss=loss)
    ranking = advise(nas_problems.make("mlp-segment"), budget=60, portfolio=tied).ranking
    assert [entry.best for entry in ranking] == pytest.approx([1 / len(ranking)] * len(ranking))


def test_problems_of_a_study_are_not_evaluated_for_nothing(table: Portfolio) -> None:
    """A choice by spaces alone took 240 trainings of each problem of a study."""
    looked_at = with_features(table, designs=False)
    assert np.isfinite(looked_at.features[:, :, : len(FREE)]).all()
    assert np.isnan(looked_at.features[:, :, len(FREE) :]).all()
    found = advise(nas_problems.make("mlp-segment"), budget=60, portfolio=looked_at)
    assert found.ranking[0].solver == found.choice.plan
    assert found.nearest["distance"].notna().all()


@pytest.mark.parametrize("arguments", [("recommend", "mlp-segment", "--budget", "60", "--from"), ("portfolio", "fit")])
def test_commands_evaluate_no_problem_of_a_study(
    arguments: tuple[str, ...],
    folder: StudyFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("evaluated")

    monkeypatch.setattr("nas_problems.problem.Problem.__call__", refuse)
    assert call(*arguments, folder.path, "--out", tmp_path / "out.npz") == 0
    assert "features did not choose better" not in capsys.readouterr().out  # which was not tried


def test_it_says_what_the_selector_would_do() -> None:
    """The shipped model's choice, for a problem that is not recorded."""
    space = nas_problems.make("nb201-cifar10").space
    problem = nas_problems.from_function(lambda c: float(sum(map(hash, c.values())) % 97), space, name="mine")
    model = shipped_model()
    for budget in model.budgets.tolist():
        found = advise(problem, budget=budget, seed=3)
        rng = np.random.default_rng(3)
        if model.looks(budget):
            Z = space.sample(model.n_design, rng) if model.n_design else None
            seen = describe(space, Z, None if Z is None else problem(Z, rng=rng))
            wanted = model.choose(seen[: len(model.features)], budget)
        else:
            wanted = model.without_look(budget)
        assert found.choice == wanted
        assert 2 ** model.blind_loss[model.nearest_budget(budget)] >= found.ranking[0].low


def test_losses_are_drawn_in_the_order_given(table: Portfolio) -> None:
    """Rows are solvers, columns problems."""
    axes = draw_matrix(table.loss[0], table.problems, table.solvers).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == list(table.problems)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(table.solvers)
    shown = np.asarray(axes.images[0].get_array())
    assert np.allclose(shown[table.solvers.index("random-search")], 0)
    assert shown[0, 1] == pytest.approx(np.clip(table.loss[0, 0, 1], -2, 2))


def test_without_points_nothing_is_evaluated(portfolio: Portfolio) -> None:
    """The space alone is looked at."""

    def refuse(*_: object) -> float:
        raise AssertionError("evaluated")

    space = nas_problems.make("mlp-car").space
    problem = nas_problems.from_function(refuse, space, name="mine")
    found = advise(problem, budget=60, points=0, portfolio=portfolio)
    assert found.n_points == 0
    assert found.nearest["recorded problem"][0].startswith("mlp-")


@pytest.mark.parametrize("points", [-1, 1, 9])
def test_too_few_points(points: int, portfolio: Portfolio) -> None:
    """Before anything is evaluated."""
    with pytest.raises(ValueError, match=f"points: wanted 0 or at least 10, found {points}"):
        advise(nas_problems.make("mlp-car"), budget=50, points=points, portfolio=portfolio)


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_the_command(folder: StudyFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer, its evidence, a study to try it, and a page."""
    assert call("recommend", "nb201-digits", "--budget", "60", "--from", folder.path, "--out", tmp_path / "page") == 0
    text = capsys.readouterr().out
    assert text.startswith("Take ")
    assert "try it: iohnas run --problems nb201-digits --solvers" in text
    assert {"index.html", "ranking.csv", "nearest.csv", "losses.png"} <= {p.name for p in (tmp_path / "page").iterdir()}


def test_the_shipped_answer_has_its_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    """What such advice lost on families held out stands next to it, and what was recorded of the problem itself."""
    assert call("recommend", "nb201-cifar10", "--budget", "300") == 0
    text = capsys.readouterr().out
    assert "On families of problems held out such a choice" in text
    assert "Searches of this very problem are recorded" in text
    assert ":100:" in text or ":300:" in text or "aging" in text  # plans are printed as they are


def test_learning_from_a_study(folder: StudyFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a table, and as a model for the selector."""
    assert call("portfolio", "learn", folder.path, "--out", tmp_path / "table.csv") == 0
    assert "3 solvers on 4 problems" in capsys.readouterr().out
    read = read_csv((tmp_path / "table.csv").read_text())
    assert read.problems == learn([folder]).problems
    assert call("portfolio", "fit", folder.path, "--out", tmp_path / "model.npz") == 0
    assert "best on average" in capsys.readouterr().out


def test_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each."""
    assert call("recommend", "nb201-cifar1", "--points", "0") == 2
    assert "nb201-cifar10" in capsys.readouterr().err
    assert call("recommend", "mlp-car", "--points", "7") == 2
    assert "points: wanted 0 or at least 10, found 7" in capsys.readouterr().err
    assert call("recommend", "mlp-car", "--from", tmp_path) == 2
    assert "wanted the folder of a study" in capsys.readouterr().err


def test_the_shipped_portfolio_has_all_sources() -> None:
    """NAS, HPO and analytic problems."""
    from optimizers.selector.portfolio import SOURCES, source_of

    assert {source_of(name) for name in shipped_portfolio().problems} == set(SOURCES)


def test_solvers_of_a_plan_that_were_not_run_alone_are_named() -> None:
    """Those that the list of solvers lacks, once each."""
    plans = ["random-search:30:bananas", "bananas:100:aging-evolution", "", "umda"]
    assert never_alone(plans, ["random-search", "umda"]) == ("aging-evolution", "bananas")
    assert never_alone(["umda"], ["umda"]) == ()


def test_schedules_that_do_not_hand_over_within_the_budget_are_not_listed() -> None:
    """At 100 evaluations what hands over after 100 or 200 is its first solver; at 300 it is listed."""
    problem = nas_problems.make("knn-wine")
    short = [entry.solver for entry in advise(problem, budget=100).ranking]
    assert "bananas" in short and not any(name.startswith(("bananas:100:", "bananas:200:")) for name in short)
    assert "bananas:200:aging-evolution" in [entry.solver for entry in advise(problem, budget=300).ranking]
