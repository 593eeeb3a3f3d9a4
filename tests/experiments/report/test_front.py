"""Fronts in reports: indicators, attainment surfaces and tables against what is worked out by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nas_problems
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.report import by_problem, write_report
from experiments.report.front import (
    EXACT,
    Fronts,
    by_objectives,
    front_table,
    fronts_of,
    indicator_table,
    median_runs,
    median_surface,
    shown_front,
    shown_indicators,
    surface_panels,
)
from experiments.report.front_figures import draw_pairs
from experiments.report.result import load_results
from experiments.session import work_on
from experiments.study import Study
from nas_problems.array import FloatArray
from nas_problems.pareto import Reference

TWO = "tiny-table[objective=validation_accuracy+train_seconds]"
CELLS = "nb201-digits[objective=validation_accuracy+n_parameters+latency_seconds]"
SOLVERS = ("random-search", "pareto-local-search")


def carried_out(tmp_path: Path, **changes: object) -> StudyFolder:
    fields: dict[str, object] = {"problems": (TWO,), "solvers": SOLVERS, "budget": 20, "runs": 3, **changes}
    folder = StudyFolder.prepare(tmp_path / "study", Study(**fields))  # type: ignore[arg-type]
    for _ in work_on(folder, SerialExecutor()):
        pass
    return folder


def made(target: list[list[float]], *, is_exact: bool = True, **runs: list[list[list[float]]]) -> Fronts:
    """Fronts by hand, with a reference from (0, 0) to (4, 4)."""
    arrays = {name: [np.array(values).reshape(-1, 2) for values in of] for name, of in runs.items()}
    return Fronts("p", ("a", "b"), Reference((0.0, 0.0), (4.0, 4.0), 1.0), np.array(target), is_exact, arrays, {})


def test_values_of_a_lower_fidelity_do_not_pass_as_full_ones(plugin: Path, tmp_path: Path) -> None:
    """With one evaluation to spend, hyperband reaches 3 of 12 epochs, at which a training takes a quarter of the time:
    the report gives what these candidates have at 12, of which regrets are made.
    """
    folder = carried_out(tmp_path, solvers=("hyperband", "random-search"), budget=1)
    results = load_results(folder, print)
    assert {run.front.fidelity for run in results if run.front is not None} == {3.0, None}
    table = indicator_table(fronts_of(by_problem(results), folder.study))
    assert (1 - table["share"]).tolist() == pytest.approx([run.record.final_regret for run in results], abs=1e-9)


def test_indicators_by_hand() -> None:
    """The front (0, 4), (2, 2), (4, 0); the run has (2, 3) and (4, 0), on a scale where 4 is 1."""
    one = made([[0.0, 4.0], [2.0, 2.0], [4.0, 0.0]], mine=[[[2.0, 3.0], [4.0, 0.0]]])
    (row,) = indicator_table([one]).to_dict("records")
    assert row["hypervolume"] == pytest.approx(0.5 * 0.25)  # the ends of a front add nothing to a reference of 1
    assert row["share"] == pytest.approx(0.125 / 0.25)
    # IGD+: (0, 4) is missed by 2 in a; (2, 2) by 1 in b; (4, 0) by nothing
    assert row["igd_plus"] == pytest.approx((0.5 + 0.25 + 0.0) / 3)
    assert row["epsilon"] == pytest.approx(0.5)
    assert (row["points"], row["found"], row["target_points"]) == (2, 1, 3)


def test_a_run_without_a_front_has_found_nothing() -> None:
    """Else a solver most of whose runs failed would lead with the one that did not."""
    one = made([[1.0, 1.0]], lucky=[[[1.0, 1.0]], [], []], steady=[[[2.0, 2.0]], [[1.0, 1.0]], [[2.0, 2.0]]])
    table = indicator_table([one])
    lucky = table[table["solver"] == "lucky"]
    assert lucky["share"].tolist() == [1.0, 0.0, 0.0] and lucky["points"].tolist() == [1, 0, 0]
    assert lucky["igd_plus"].tolist() == lucky["epsilon"].tolist() == [0.0, np.inf, np.inf]
    shown = shown_indicators(table)
    assert shown["solver"].tolist() == ["steady", "lucky"]
    assert shown["share of the front's (%)"].tolist() == [pytest.approx(100 * 0.25 / 0.5625), 0.0]
    assert shown["of the front"].tolist() == ["0 of 1", "0 of 1"]
    assert [curve.label for panel in surface_panels([one]) for curve in panel.curves] == [EXACT, "steady"]
    (legend,) = draw_pairs(one, ["lucky", "steady"]).legends
    assert [text.get_text() for text in legend.get_texts()] == ["steady", EXACT]


def test_no_run_has_a_front() -> None:
    one = made([], is_exact=False, mine=[[], []])
    one = replace(one, target=np.empty((0, 2)))
    table = indicator_table([one])
    assert table["share"].tolist() == [0.0, 0.0] and front_table([one]).empty
    assert surface_panels([one])[0].curves == []


@pytest.mark.parametrize(
    ("runs", "surface"),
    [
        ([[[1.0, 3.0]]], [[1.0, 3.0]]),
        ([[[1.0, 3.0]], [[2.0, 2.0]], [[1.0, 4.0], [3.0, 1.0]]], [[1.0, 4.0], [2.0, 3.0], [3.0, 2.0]]),
        ([[[1.0, 1.0]], [[1.0, 1.0]], [[1.0, 1.0]]], [[1.0, 1.0]]),  # ties
        ([[[1.0, 1.0]], [], []], []),  # most runs have nothing
        ([[], []], []),
        ([[[1.0, 1.0]], []], [[1.0, 1.0]]),  # half of the runs have something
        ([[[1.0, 3.0]], [[2.0, 2.0]], [], []], [[2.0, 3.0]]),
    ],
)
def test_median_attainment_surface(runs: list[list[list[float]]], surface: list[list[float]]) -> None:
    found = median_surface([np.array(run).reshape(-1, 2) for run in runs])
    assert found.tolist() == surface


def test_the_surface_is_what_half_of_the_runs_attain() -> None:
    """On a grid of tied values, as tables have them."""
    rng = np.random.default_rng(0)
    runs = [rng.integers(0, 6, size=(4, 2)).astype(float) for _ in range(9)]
    surface = median_surface(runs)

    def attained(points: FloatArray, z: FloatArray) -> bool:
        return bool((points <= z).all(axis=1).any())

    for z in np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(-1, 2):
        assert attained(surface, z) == (sum(attained(run, z) for run in runs) >= 5)


def test_fronts_of_a_study(plugin: Path, tmp_path: Path) -> None:
    """On the tiny table every candidate is on the front: row i has error 50 - i, or 50.5 - i, and i + 1 seconds."""
    folder = carried_out(tmp_path)
    (one,) = fronts_of(by_problem(load_results(folder, print)), folder.study)
    assert one.labels == ("validation error (%)", "training time (s)")
    assert one.is_exact and len(one.target) == 36
    for of in one.runs.values():
        for values in of:
            assert set((values[:, 0] + values[:, 1]).round(6).tolist()) <= {51.0, 51.5}
    table = indicator_table([one])
    regrets = {run.record.key: run.regret[-1] for run in load_results(folder, print)}
    assert sorted(1 - table["share"]) == pytest.approx(sorted(regrets.values()), abs=1e-9)
    assert (table["found"] == table["points"]).all()
    front = front_table([one])
    assert front["on_exact_front"].all()
    assert front["configuration"].str.fullmatch(r"\w+=[^,=]+(, \w+=[^,=]+){2}").all()
    everywhere = {tuple(value) for of in one.runs.values() for values in of for value in values.tolist()}
    assert len(front) == len(everywhere)
    shown = shown_front(front, one.labels)
    assert len(shown) <= 12 and list(shown.columns)[1:3] == ["validation error (%)", "training time (s)"]
    (panel,) = surface_panels([one])
    assert [curve.label for curve in panel.curves] == [EXACT, *sorted(SOLVERS)]


def test_problems_of_other_objectives_have_a_table_of_their_own(plugin: Path, tmp_path: Path) -> None:
    """Names of objectives are heads of columns, so problems share a table only where they share these."""
    folder = carried_out(tmp_path)
    (one,) = fronts_of(by_problem(load_results(folder, print)), folder.study)
    other = replace(one, problem="other", labels=("validation error (%)", "parameters"))
    groups = by_objectives([one, other, replace(one, problem="third")])
    assert {labels: [each.problem for each in group] for labels, group in groups.items()} == {
        one.labels: [one.problem, "third"],
        other.labels: ["other"],
    }


def test_without_the_problem_the_runs_are_compared_with_each_other(plugin: Path, tmp_path: Path) -> None:
    folder = carried_out(tmp_path)
    (one,) = fronts_of(by_problem(load_results(folder, print)), None)
    assert one.labels == ("F1", "F2") and not one.is_exact
    assert indicator_table([one])["share"].max() <= 1.0 + 1e-12
    assert EXACT not in [curve.label for panel in surface_panels([one]) for curve in panel.curves]
    assert front_table([one])["on_exact_front"].isna().all()


def test_noise_is_taken_off(plugin: Path, tmp_path: Path) -> None:
    """With one recorded seed per query, observed values differ from the means that are reported."""
    folder = carried_out(tmp_path, noise=("sampled",))
    (one,) = fronts_of(by_problem(load_results(folder, print)), folder.study)
    values = np.concatenate([values for of in one.runs.values() for values in of])
    exact = nas_problems.make("tiny-table", objective=("validation_accuracy", "train_seconds")).tabulate()
    assert all((np.abs(exact - value).max(axis=1) < 1e-9).any() for value in values)


def test_a_page_with_two_and_three_objectives_and_one(plugin: Path, tmp_path: Path) -> None:
    folder = carried_out(tmp_path, problems=(TWO, CELLS, "tiny-table"), solvers=("random-search", "optuna-nsga2"))
    written = write_report(folder, tmp_path / "page")
    assert not written.faults
    text = (tmp_path / "page" / "README.md").read_text().replace("\\", "")
    for words in ("## Fronts", "Median attainment surfaces", "along every pair of objectives", "exact front"):
        assert words in text
    assert "validation error (%) and training time (s)" in text
    table = pd.read_csv(tmp_path / "page" / "indicators.csv")
    assert len(table) == 2 * 2 * 3
    assert {"front-1.csv", "front-2.csv", "surfaces.csv", "surfaces.png", "pairs-of-objectives-1.png"} <= {
        path.name for path in (tmp_path / "page").iterdir()
    }
    incumbents = pd.read_csv(tmp_path / "page" / "incumbents.csv")
    assert incumbents["problem"].unique().tolist() == ["tiny-table"]


def test_every_pair_of_objectives_has_a_panel() -> None:
    target = np.eye(4)
    one = Fronts("p", tuple("abcd"), Reference.of_front(target), target, True, {"x": [target, target[:2]]}, {})
    figure = draw_pairs(one, ["x"])
    labels = {(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes}
    assert labels == {(a, b) for a in "abcd" for b in "abcd" if a < b}


def test_the_median_run_is_one_of_the_runs() -> None:
    one = made([[0.0, 0.0]], mine=[[[3.0, 3.0]], [[1.0, 1.0]], [[2.0, 2.0]]])
    assert median_runs(one)["mine"].tolist() == [[2.0, 2.0]]
