"""Curves of a report, worked by hand."""

import dataclasses

import numpy as np
import pytest

from experiments.report import by_problem
from experiments.report.curves import convergence_panels, curves_table, ecdf_panels, time_panels
from experiments.report.runs import caption
from tests.experiments.report.results import RESULTS, result


def test_curves_worked_by_hand() -> None:
    problems = by_problem(RESULTS)
    (panel,) = convergence_panels(problems)
    assert (panel.title, panel.y_label) == ("p", "regret, validation error (%)")
    assert panel.curves[0].middle.tolist() == [8, 6, 4.5, 1.5]
    (panel,) = ecdf_panels(problems)
    assert panel.curves[1].middle[-1] == pytest.approx(0.5 * (1 + np.log(8 / 5) / np.log(8)))
    table = curves_table(convergence_panels(problems))
    assert table[["solver", "evaluations", "value"]].values.tolist()[:2] == [["a", 1, 8], ["a", 2, 6]]


def test_curves_against_seconds_worked_by_hand() -> None:
    """Steps of 2.5 and of 7.5 seconds: both have a value after 7.5; the median duration is 20."""
    (panel,) = time_panels(by_problem(RESULTS[:2]))
    (curve,) = panel.curves
    assert (curve.x[0], curve.x[-1]) == (pytest.approx(7.5), 20.0)
    assert curve.middle[0] == (1 + 8) / 2  # the fast run has made three evaluations, the slow one the first
    assert curve.middle[-1] == (1 + 8) / 2
    assert panel.x_label == "training (s)"


def test_problems_without_seconds_have_no_panel() -> None:
    nothing = [dataclasses.replace(run, cost_seconds=np.zeros(len(run.regret))) for run in RESULTS]
    unknown = [dataclasses.replace(run, cost_seconds=np.full(len(run.regret), np.nan)) for run in RESULTS]
    assert time_panels(by_problem(nothing)) == []
    assert time_panels(by_problem(unknown)) == []


def test_a_first_evaluation_that_cost_nothing() -> None:
    seconds = np.array([0.0, 1.0, 2.0, 4.0])
    (panel,) = time_panels(by_problem([dataclasses.replace(RESULTS[0], cost_seconds=seconds)]))
    assert panel.curves[0].x[0] == 1.0
    assert panel.curves[0].middle[[0, -1]].tolist() == [4, 1]


def test_samples_are_level_lines() -> None:
    runs = [*RESULTS, *(result("random-sampling", [9.0], repetition=i, sample_mean=5.0 + i) for i in range(3))]
    problems = by_problem(runs)
    (panel,) = convergence_panels(problems)
    level = panel.curves[-1]
    assert (level.label, level.x.tolist(), level.middle.tolist()) == ("random-sampling", [1, 4], [6, 6])
    assert [curve.label for curve in ecdf_panels(problems)[0].curves] == ["a", "b"]


def test_the_fraction_over_all_problems_is_the_mean() -> None:
    other = [dataclasses.replace(run, record=dataclasses.replace(run.record, problem="q")) for run in RESULTS[:2]]
    everything, p, q = ecdf_panels(by_problem([*RESULTS, *other]))
    assert everything.title == "all 2 problems"
    assert [curve.label for curve in everything.curves] == ["a"]  # b has not searched q
    assert everything.curves[0].middle == pytest.approx((p.curves[0].middle + q.curves[0].middle) / 2)


def test_where_no_optimum_is_known_values_are_shown() -> None:
    live = [dataclasses.replace(r, record=dataclasses.replace(r.record, target_is_optimum=False)) for r in RESULTS]
    assert convergence_panels(by_problem(live))[0].y_label == "validation error (%) above 8.393"
    at_zero = [dataclasses.replace(r, record=dataclasses.replace(r.record, target=0.0)) for r in live]
    assert convergence_panels(by_problem(at_zero))[0].y_label == "validation error (%)"


def test_captions_name_noise_fidelity_and_runs() -> None:
    assert caption(by_problem(RESULTS)) == "2 runs per solver and problem; noise mean; fidelity epochs 200"
    other = dataclasses.replace(RESULTS[0].record, instance=2, noise="sampled")
    runs = [RESULTS[0], dataclasses.replace(RESULTS[1], record=other), RESULTS[2]]
    assert caption(by_problem(runs)) == (
        "1 to 2 runs per solver and problem; noise mean, sampled; fidelity epochs 200; instances 1, 2"
    )
    shares = dataclasses.replace(RESULTS[0].record, n_evaluations=RESULTS[0].record.budget + 1)
    assert caption(by_problem([dataclasses.replace(RESULTS[0], record=shares)])).endswith(
        "fidelity epochs 200; an evaluation at a lower fidelity counts as its share of a full one"
    )
