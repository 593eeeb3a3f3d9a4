"""Pages of studies, and of studies that went wrong."""

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.page import picture
from experiments.report import by_problem, overview, write_report
from experiments.report.curves import ecdf_panels
from experiments.report.result import load_results
from experiments.session import work_on
from experiments.statistics.comparison import LEVEL
from experiments.study import Study
from tests.experiments.report.results import result


def carried_out(path: Path, study: Study) -> StudyFolder:
    folder = StudyFolder.prepare(path, study)
    for _ in work_on(folder, SerialExecutor()):
        pass
    return folder


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of words: drawing takes most of the time."""

    def save(_: Figure, folder: Path, name: str, formats: Sequence[str]) -> picture.Inlined:
        for suffix in formats:
            (folder / f"{name}.{suffix}").touch()
        return picture.Inlined("data:,", 1, 1)

    monkeypatch.setattr(picture, "save", save)


def test_the_page_of_a_study(finished: StudyFolder, tmp_path: Path) -> None:
    written = write_report(finished, tmp_path / "page")
    assert written.faults == []
    assert len(written.table) == 4
    files = {path.name for path in written.page.parent.iterdir()}
    charts = ("convergence", "seconds", "ecdf", "final", "ranks", "incumbents")
    assert {f"{name}.{suffix}" for name in charts for suffix in ("png", "pdf")} <= files
    assert {"index.html", "README.md", "overview.csv", "summary.csv", "effort.csv", "pairs.csv"} <= files
    text = (written.page.parent / "README.md").read_text().replace("\\_", "_")
    assert "runs: **16** · problems: **2** · solvers: **2** · evaluations per run: **12**" in text
    assert "4 runs per solver and problem; noise mean; fidelity epochs 12, train_fraction 1; instances 1, 2" in text
    assert pd.read_csv(written.page.parent / "overview.csv")["runs"].tolist() == [4] * 4
    curves = pd.read_csv(written.page.parent / "convergence.csv")
    assert curves.groupby(["problem", "solver"]).size().tolist() == [12] * 4
    page = written.page.read_text()
    assert all(f'data-chart="{name}"' in page for name in charts)


def test_the_same_study_gives_the_same_page(finished: StudyFolder, tmp_path: Path) -> None:
    first = write_report(finished, tmp_path / "page").page.read_bytes()
    assert write_report(finished, tmp_path / "page").page.read_bytes() == first


def test_many_problems_take_several_pictures(
    finished: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.report.sections.MAX_PANELS", 1)
    page = write_report(finished, tmp_path / "page").page
    assert {"convergence-1", "convergence-2", "ecdf-3"} <= {path.stem for path in page.parent.glob("*.png")}
    assert page.read_text().count('data-chart="convergence"') == 1


def test_very_many_problems_have_some_pictures(
    finished: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.report.sections.MAX_PANELS", 1)
    monkeypatch.setattr("experiments.report.sections.MOST_PICTURES", 2)
    page = write_report(finished, tmp_path / "page").page
    assert {path.stem for path in page.parent.glob("ecdf*.png")} == {"ecdf-1", "ecdf-2"}
    assert "Static pictures: the first 2 of 3 panels." in page.read_text()


@pytest.mark.usefixtures("without_pictures")
def test_solvers_that_are_level_at_the_head_are_all_named(
    finished: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    level = [
        result(name, [2.0, value], problem=problem)
        for problem, values in (("p", (0.0, 1.0)), ("q", (1.0, 0.0)))
        for name, value in zip("ab", values, strict=True)
    ]
    monkeypatch.setattr("experiments.report.write.load_results", lambda *_: level)
    text = (write_report(finished, tmp_path / "page").page.parent / "README.md").read_text()
    assert "Best mean rank, 1.50 over 2 problems: **a** (best on 1 of 2) and **b** (best on 1 of 2)." in text


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize(("n_runs", "is_said"), [(3, True), (4, False)])
def test_too_few_runs_for_the_test_are_said(
    n_runs: int, is_said: bool, finished: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [
        result(name, [3.0, i + step], repetition=i) for name, step in (("a", 0.0), ("b", 9.0)) for i in range(n_runs)
    ]
    monkeypatch.setattr("experiments.report.write.load_results", lambda *_: runs)
    written = write_report(finished, tmp_path / "page")
    assert ("Too few runs" in written.page.read_text()) is is_said
    assert bool(written.table["p_best"].min() >= LEVEL) is is_said  # although every run of a is better


@pytest.mark.usefixtures("without_pictures")
def test_too_few_runs_are_said_of_the_problems_where_it_is_so(
    finished: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [
        result(name, [3.0, i + step], problem=problem, repetition=i)
        for problem, n_runs in (("p", 3), ("q", 4))
        for name, step in (("a", 0.0), ("b", 9.0))
        for i in range(n_runs)
    ]
    monkeypatch.setattr("experiments.report.write.load_results", lambda *_: runs)
    written = write_report(finished, tmp_path / "page")
    assert "Too few runs to tell solvers apart on 1 of 2 problems" in written.page.read_text()
    smallest = written.table.groupby("problem")["p_best"].min()
    assert smallest["p"] >= LEVEL > smallest["q"]


@pytest.mark.usefixtures("without_pictures")
def test_an_unfinished_study_says_how_far_it_is(finished: StudyFolder, tmp_path: Path) -> None:
    shutil.rmtree(finished.run_path("tiny-table/random-search/i1-s1"))
    text = (write_report(finished, tmp_path / "page").page.parent / "README.md").read_text()
    assert "runs: **15 of 16**" in text


@pytest.mark.usefixtures("without_pictures")
def test_damaged_runs_are_left_out_and_named(finished: StudyFolder, tmp_path: Path) -> None:
    places = [finished.run_path(f"tiny-table/random-search/i1-s{i}") for i in (1, 2)]
    data = next(places[0].rglob("*.dat"))
    data.write_text("")
    (places[1] / "run.toml").unlink()
    written = write_report(finished, tmp_path / "page")
    assert {fault.path for fault in written.faults} == {data, places[1] / "run.toml"}
    assert written.table["runs"].tolist().count(2) == 1
    assert "left out" in written.page.read_text()
    assert data.name in written.page.read_text()


def test_a_record_in_the_wrong_place_is_left_out(finished: StudyFolder) -> None:
    place = finished.run_path("tiny-table/random-search/i1-s1")
    place.rename(place.with_name("i1-s9"))
    faults: list[object] = []
    assert len(load_results(finished, faults.append)) == 15
    assert "holds the run tiny-table/random-search/i1-s1" in str(faults[0])


@pytest.mark.usefixtures("without_pictures")
def test_a_plan_that_cannot_be_read_is_said(finished: StudyFolder, tmp_path: Path) -> None:
    (finished.path / "study.toml").write_text("problems = [")
    written = write_report(StudyFolder(finished.path), tmp_path / "page")
    assert len(written.table) == 4
    assert "The plan of this study cannot be read" in written.page.read_text()


def test_every_file_damaged(finished: StudyFolder, tmp_path: Path) -> None:
    for path in finished.runs_path.rglob("*.dat"):
        path.write_text("evaluations raw_y\n1 nan\n")
    written = write_report(finished, tmp_path / "page")
    assert written.table.empty
    assert len(written.faults) == 16
    assert "No run has finished" in written.page.read_text()


def test_a_study_without_runs(plugin: Path, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", Study(("tiny-table",), ("random-search",), budget=3))
    written = write_report(folder, tmp_path / "page")
    assert written.table.empty
    assert "No run has finished" in written.page.read_text()
    assert "<script" in written.page.read_text()
    assert "packed" not in written.page.read_text().split("<script>")[0]


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"found neither study\.toml nor runs"):
        write_report(StudyFolder(tmp_path), tmp_path / "page")
    assert not (tmp_path / "page").exists()


@pytest.mark.parametrize(
    ("solvers", "budget", "runs"),
    [
        (("random-search",), 1, 1),
        (("random-search",), 12, 1),
        (("random-search", "local-search"), 1, 3),
        (("random-search", "random-sampling"), 12, 2),
        (("random-sampling",), 3, 1),
    ],
)
def test_small_studies(plugin: Path, tmp_path: Path, solvers: tuple[str, ...], budget: int, runs: int) -> None:
    folder = carried_out(tmp_path / "study", Study(("tiny-table",), solvers, budget=budget, runs=runs))
    written = write_report(folder, tmp_path / "page")
    assert written.table["runs"].tolist() == [runs] * len(solvers)
    assert ("nothing can be said about chance" in written.page.read_text()) == (runs == 1)


def test_thirty_solvers_with_long_names(plugin: Path, tmp_path: Path) -> None:
    names = tuple(f"random-search[n_initial={900_000 + i}]" for i in range(30))
    folder = carried_out(tmp_path / "study", Study(("tiny-table",), names, budget=3, runs=2))
    written = write_report(folder, tmp_path / "page")
    assert len(written.table) == 30
    assert "random-search.n_initial-900029" in written.page.read_text()


def test_a_study_in_which_every_evaluation_failed(plugin: Path, tmp_path: Path) -> None:
    """The problem's penalty of 100 is the value of every evaluation."""
    folder = carried_out(tmp_path / "study", Study(("tiny-table",), ("random-search",), budget=3))
    (constant,) = load_results(folder, print)
    (one,) = by_problem([dataclasses.replace(constant, regret=np.full(3, 84.0))])
    assert overview([one], {})["final_regret"].tolist() == [84]
    (panel,) = ecdf_panels([one])
    assert np.isfinite(panel.curves[0].middle).all()


def test_solvers_that_are_all_equal_and_huge_values(
    finished: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_results(finished, print)
    for value in (0.0, 1e300):
        same = [dataclasses.replace(run, regret=np.full(len(run.regret), value)) for run in loaded]
        monkeypatch.setattr("experiments.report.write.load_results", lambda *_, found=same: found)
        written = write_report(finished, tmp_path / str(value))
        assert written.table["final_regret"].tolist() == [value] * 4
        assert written.table["rank"].tolist() == [1.5] * 4


def test_a_study_in_which_every_run_failed(plugin: Path, tmp_path: Path) -> None:
    folder = carried_out(tmp_path / "study", Study(("tiny-table",), ("raises",), budget=3))
    written = write_report(folder, tmp_path / "page")
    assert written.table["failed_runs"].tolist() == [1]
    text = written.page.read_text()
    assert "failed: tiny-table/raises/i1-s1: RuntimeError: this solver" in text
    assert "Tried and failed: 1 run" in text
    assert not list(written.page.parent.glob("*.png"))


@pytest.mark.slow
def test_the_page_of_2000_runs_is_below_5_mb(
    finished: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten problems, ten solvers, twenty runs of a thousand evaluations, all with different noise."""
    rng = np.random.default_rng(1)
    runs = [
        result(
            f"solver-{s}", (np.geomspace(10, 0.01, 1000) * rng.lognormal(0, 1, 1000)).tolist(), problem=f"problem-{p}"
        )
        for p in range(10)
        for s in range(10)
        for _ in range(20)
    ]
    monkeypatch.setattr("experiments.report.write.load_results", lambda *_: runs)
    page = write_report(finished, tmp_path / "page").page
    assert "2000" in page.read_text()
    assert page.stat().st_size < 5_000_000
