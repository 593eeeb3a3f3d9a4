"""Which solver, and why: from a study's runs to an answer."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import nas_problems
from ela.recorded import RecordedPerformance
from experiments.cli import main
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.landscape.recommend import advise, draw_losses, nearest_frame
from experiments.landscape.recorded_portfolio import learn
from experiments.session import work_on
from experiments.study import Study

PROBLEMS = ("nb201-cifar10", "mlp-car", "mlp-kc1")
STUDY = Study(PROBLEMS, ("random-search", "aging-evolution", "local-search[variant=query-until-lower]"), 60, runs=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    return worked(tmp_path_factory.mktemp("study") / "study", STUDY)


def worked(path: Path, study: Study) -> StudyFolder:
    found = StudyFolder.prepare(path, study)
    with closing(SerialExecutor()) as executor:
        assert len(list(work_on(found, executor))) == len(study.plan())
    return found


@pytest.fixture(scope="module")
def performance(folder: StudyFolder) -> RecordedPerformance:
    return learn([folder])


def test_a_study_becomes_a_table(performance: RecordedPerformance) -> None:
    assert set(performance.problems) == set(PROBLEMS)
    assert set(performance.solvers) == set(STUDY.solvers)
    assert performance.budgets.tolist() == [30, 60]
    assert np.allclose(performance.at(60)[performance.solvers.index("random-search")], 1)
    assert (performance.runs == 3).all()
    assert (performance.standard_error > 0).all()


def test_studies_are_put_together(folder: StudyFolder, tmp_path: Path) -> None:
    more = worked(tmp_path / "more", Study(PROBLEMS, ("umda",), 60, runs=2))
    assert "umda" in learn([folder, more]).solvers
    with pytest.raises(ValueError, match="wanted runs of random-search on"):
        learn([more])


def test_several_noise_modes_are_refused(tmp_path: Path) -> None:
    study = Study(PROBLEMS[:1], ("random-search",), 5, noise=("mean", "sampled"))
    with pytest.raises(ValueError, match="wanted a study with one noise mode, found mean, sampled"):
        learn([StudyFolder.prepare(tmp_path / "study", study)])
    with pytest.raises(ValueError, match="wanted finished runs, found none"):
        learn([StudyFolder.prepare(tmp_path / "empty", Study(PROBLEMS[:1], ("random-search",), 5))])


def test_a_problem_is_not_asked_about_itself(performance: RecordedPerformance) -> None:
    found = advise(nas_problems.make("nb201-cifar10"), budget=50, points=60, performance=performance)
    assert set(found.weights) == {"mlp-car", "mlp-kc1"}
    assert sum(found.weights.values()) == pytest.approx(1)
    assert {entry.solver for entry in found.known} == set(STUDY.solvers)
    assert nearest_frame(found)["recorded problem"].tolist() == sorted(found.weights, key=lambda n: -found.weights[n])


def test_losses_are_drawn_in_the_order_given(performance: RecordedPerformance) -> None:
    axes = draw_losses(performance, budget=30, problems=PROBLEMS, solvers=STUDY.solvers).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == list(PROBLEMS)
    shown = np.asarray(axes.images[0].get_array())
    assert np.allclose(shown[STUDY.solvers.index("random-search")], 0)
    row, column = performance.solvers.index("aging-evolution"), performance.problems.index("mlp-car")
    assert shown[1, 1] == pytest.approx(np.clip(np.log2(performance.at(30)[row, column]), -2, 2))


def test_the_same_seed_gives_the_same_answer(performance: RecordedPerformance) -> None:
    problem = nas_problems.make("nb201-digits", noise="sampled")
    first, again = (advise(problem, budget=50, points=60, performance=performance, seed=3) for _ in range(2))
    assert first.ranking == again.ranking
    assert not first.known


def test_without_points_no_landscape_is_looked_at(performance: RecordedPerformance) -> None:
    def refuse(*_: object) -> float:
        raise AssertionError("evaluated")

    space = nas_problems.make("mlp-car").space
    problem = nas_problems.from_function(refuse, space, name="mine")
    found = advise(problem, budget=50, points=0, performance=performance)
    assert found.likeness is None
    assert list(found.weights.values()) == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("points", [-1, 1, 49])
def test_too_few_points(points: int, performance: RecordedPerformance) -> None:
    with pytest.raises(ValueError, match=f"points: wanted 0 or at least 50, found {points}"):
        advise(nas_problems.make("mlp-car"), budget=50, points=points, performance=performance)


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_the_command(folder: StudyFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("recommend", "nb201-digits", "--points", "60", "--from", folder.path, "--out", tmp_path / "page") == 0
    text = capsys.readouterr().out
    assert text.startswith("Take ")
    assert "try it: iohnas run --problems nb201-digits --solvers" in text
    assert {"index.html", "ranking.csv", "nearest.csv", "losses.png"} <= {p.name for p in (tmp_path / "page").iterdir()}


def test_learning_from_a_study(folder: StudyFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("portfolio", "learn", folder.path, "--out", tmp_path / "table.csv") == 0
    assert "3 solvers on 3 problems" in capsys.readouterr().out
    read = RecordedPerformance.read((tmp_path / "table.csv").read_text())
    assert read.problems == learn([folder]).problems


def test_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("recommend", "nb201-cifar1", "--points", "0") == 2
    assert "nb201-cifar10" in capsys.readouterr().err
    assert call("recommend", "mlp-car", "--points", "7") == 2
    assert "points: wanted 0 or at least 50, found 7" in capsys.readouterr().err
    assert call("recommend", "mlp-car", "--from", tmp_path) == 2
    assert "wanted the folder of a study" in capsys.readouterr().err
