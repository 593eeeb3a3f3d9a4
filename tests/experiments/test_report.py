"""Reports: the numbers of the table, and pages of studies that went wrong."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.executor import serial
from experiments.folder import StudyFolder
from experiments.report import caption, convergence_panels, curves_table, ecdf_panels, overview, write_report
from experiments.result import Result, load_results
from experiments.session import work_on
from experiments.study import Study
from tests.experiments.test_folder import RECORD


def result(
    algorithm: str, regret: list[float], *, repetition: int = 1, cost_seconds: float = 1.0, n_failed: int = 0
) -> Result:
    n = len(regret)
    problem = "p"
    record = dataclasses.replace(
        RECORD,
        key=f"{problem}/{algorithm}/i1-s{repetition}",
        problem=problem,
        algorithm=algorithm,
        repetition=repetition,
        n_evaluations=n,
        final_regret=regret[-1],
        cost_seconds=cost_seconds,
        n_failed=n_failed,
    )
    evaluations = np.arange(1.0, n + 1)
    return Result(record, evaluations, np.array(regret), np.array(regret), evaluations)


RESULTS = [
    result("a", [8.0, 4.0, 1.0, 1.0], cost_seconds=10.0, n_failed=1),
    result("a", [8.0, 8.0, 8.0, 2.0], repetition=2, cost_seconds=30.0),
    result("b", [9.0, 5.0]),
    result("b", [6.0, 6.0, 6.0, 0.0], repetition=2),
]


def test_the_table_worked_by_hand() -> None:
    """Final regrets are 1, 2, 5, 0: the target is 1.5."""
    table = overview(RESULTS, {"p/b/i1-s3": "why", "q/c/i1-s1": "why"})
    a, b, c = table.to_dict("records")
    assert [(row["problem"], row["solver"]) for row in (a, b, c)] == [("p", "a"), ("p", "b"), ("q", "c")]
    assert (a["runs"], a["final_regret"], a["target_regret"], a["reached"]) == (2, 1.5, 1.5, 0.5)
    assert (a["expected_running_time"], a["cost_seconds"], a["failed_runs"]) == (3 + 4, 20.0, 0)
    assert a["failed_evaluations"] == 1 / 8
    assert np.isinf(a["evaluations_to_target"])
    assert (b["final_regret"], b["expected_running_time"], b["failed_runs"]) == (2.5, 4 + 4, 1)
    assert (c["runs"], c["failed_runs"]) == (0, 1)
    assert np.isnan(c["final_regret"])


def test_curves_worked_by_hand() -> None:
    (panel,) = convergence_panels(RESULTS)
    assert (panel.title, panel.y_label) == ("p", "regret, validation error (%)")
    assert panel.curves[0].middle.tolist() == [8, 6, 4.5, 1.5]
    (panel,) = ecdf_panels(RESULTS)
    assert panel.curves[1].middle[-1] == pytest.approx(0.5 * (1 + np.log(8 / 5) / np.log(8)))
    table = curves_table(convergence_panels(RESULTS))
    assert table[["solver", "evaluations", "value"]].values.tolist()[:2] == [["a", 1, 8], ["a", 2, 6]]


def test_where_no_optimum_is_known_values_are_shown() -> None:
    live = [dataclasses.replace(r, record=dataclasses.replace(r.record, target_is_optimum=False)) for r in RESULTS]
    assert convergence_panels(live)[0].y_label == "validation error (%) above 8.393"
    at_zero = [dataclasses.replace(r, record=dataclasses.replace(r.record, target=0.0)) for r in live]
    assert convergence_panels(at_zero)[0].y_label == "validation error (%)"


def test_captions_name_noise_fidelity_and_runs() -> None:
    assert caption(RESULTS) == "2 runs per curve; noise mean; fidelity epochs 200"
    other = dataclasses.replace(RESULTS[0].record, instance=2, noise="sampled")
    assert caption([RESULTS[0], dataclasses.replace(RESULTS[1], record=other), RESULTS[2]]) == (
        "1 to 2 runs per curve; noise mean, sampled; fidelity epochs 200; instances 1, 2"
    )


def test_the_page_of_a_study(finished: StudyFolder, tmp_path: Path) -> None:
    table, faults, page = write_report(finished, tmp_path / "page")
    assert faults == []
    names = {"README.md", "overview.csv", "convergence.csv", "ecdf.csv"}
    names |= {f"{name}.{suffix}" for name in ("convergence", "ecdf") for suffix in ("png", "pdf")}
    assert {path.name for path in page.parent.iterdir()} == names
    text = page.read_text()
    assert "16 runs of 12 evaluations: 2 problems, 2 solvers" in text
    assert "4 runs per curve; noise mean; fidelity epochs 12, train_fraction 1; instances 1, 2" in text
    assert len(table) == 4
    assert pd.read_csv(page.parent / "overview.csv")["runs"].tolist() == [4] * 4
    curves = pd.read_csv(page.parent / "convergence.csv")
    assert curves.groupby(["problem", "solver"]).size().tolist() == [12] * 4


def test_many_problems_take_several_figures(
    finished: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.report.MAX_PANELS", 1)
    page = write_report(finished, tmp_path / "page")[2]
    assert {path.stem for path in page.parent.glob("*.png")} == {"convergence-1", "convergence-2", "ecdf-1", "ecdf-2"}


def test_damaged_runs_are_left_out_and_named(finished: StudyFolder, tmp_path: Path) -> None:
    places = [finished.run_path(f"tiny-table/random-search/i1-s{i}") for i in (1, 2)]
    data = next(places[0].rglob("*.dat"))
    data.write_text("")
    (places[1] / "run.toml").unlink()
    table, faults, page = write_report(finished, tmp_path / "page")
    assert {fault.path for fault in faults} == {data, places[1] / "run.toml"}
    assert table["runs"].tolist().count(2) == 1
    assert f"left out: {data}: truncated" in page.read_text()


def test_a_record_in_the_wrong_place_is_left_out(finished: StudyFolder) -> None:
    place = finished.run_path("tiny-table/random-search/i1-s1")
    place.rename(place.with_name("i1-s9"))
    faults: list[object] = []
    assert len(load_results(finished, faults.append)) == 15
    assert "belongs to the run tiny-table/random-search/i1-s1" in str(faults[0])


def test_a_study_of_one_evaluation(plugin: Path, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", Study(("tiny-table",), ("random-search",), budget=1))
    list(work_on(folder, serial))
    table, _, _ = write_report(folder, tmp_path / "page")
    assert table["runs"].tolist() == [1]


def test_a_study_in_which_every_evaluation_failed(plugin: Path, tmp_path: Path) -> None:
    """The problem's penalty of 100 is the value of every evaluation."""
    folder = StudyFolder.prepare(tmp_path / "study", Study(("tiny-table",), ("random-search",), budget=3))
    list(work_on(folder, serial))
    (constant,) = load_results(folder, print)
    rows = dataclasses.replace(constant, regret=np.full(3, 84.0))
    assert overview([rows], {})["final_regret"].tolist() == [84]
    (panel,) = ecdf_panels([rows])
    assert np.isfinite(panel.curves[0].middle).all()


def test_a_study_in_which_every_run_failed(plugin: Path, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", Study(("tiny-table",), ("raises",), budget=3))
    list(work_on(folder, serial))
    table, _, page = write_report(folder, tmp_path / "page")
    assert table["failed_runs"].tolist() == [1]
    assert "failed: tiny-table/raises/i1-s1: RuntimeError: this solver" in page.read_text()
    assert not list(page.parent.glob("*.png"))
