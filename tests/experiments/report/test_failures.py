"""A failed evaluation is never an incumbent, and where no bound is known none is invented."""

import dataclasses

import numpy as np
import pytest

from experiments.folder.record import RunRecord
from experiments.report import by_problem, overview
from experiments.report.curves import convergence_panels, ecdf_panels, time_panels
from experiments.report.final import compare, final_boxes
from experiments.report.overview import problems_table, shown_overview
from experiments.report.result import Result, from_first_success
from experiments.report.runs import below_bounds, measure
from tests.experiments.report.results import result

INF = float("inf")


def unbounded(run: Result, **changes: object) -> Result:
    known = {"target_is_optimum": False, "target_is_bound": False, "target": 0.0}
    return dataclasses.replace(run, record=dataclasses.replace(run.record, **{**known, **changes}))  # type: ignore[arg-type]  # names of fields


def test_there_is_no_incumbent_until_an_evaluation_succeeds() -> None:
    """Honest values are about 500, the penalty is 100."""
    assert from_first_success(np.array([100.0, 100, 500, 450]), np.array([1.0, 2, 2, 2])).tolist() == [
        INF,
        INF,
        500,
        450,
    ]
    assert from_first_success(np.array([500.0, 500]), np.array([0.0, 1])).tolist() == [500, 500]
    assert from_first_success(np.array([100.0]), np.array([1.0])).tolist() == [INF]


def test_failed_starts_hit_no_target_and_stretch_no_range() -> None:
    runs = [result("a", [INF, 8.0, 1.0]), result("a", [INF, INF, 2.0], repetition=2), result("b", [4.0, 4.0, 4.0])]
    (one,) = by_problem(runs)
    assert one.range == (1.0, 4.0)  # the median of the first values there are
    table = overview([one], {}).set_index("solver")
    assert table.loc["a", "final_regret"] == 1.5
    assert table.loc["a", "ert_median"] == 3.0
    assert table.loc["a", "aocc"] == pytest.approx(0.0)  # best so far counts until the next evaluation
    (panel,) = convergence_panels([one])
    assert np.isnan(panel.curves[0].middle[0])
    assert panel.curves[0].middle[2] == 1.5


def test_a_run_in_which_everything_failed_is_the_worst() -> None:
    runs = [result("a", [INF, INF]), result("a", [INF, INF], repetition=2), result("b", [4.0, 3.0])]
    runs += [result("b", [4.0, 2.0], repetition=2)]
    (one,) = by_problem(runs)
    table = overview([one], {}).set_index("solver")
    assert table.loc["a", "final_regret"] == INF
    assert table.loc[["b", "a"], "rank"].tolist() == [1, 2]
    assert table.loc["a", ["ert_easy", "ert_median", "ert_hard"]].tolist() == [INF] * 3
    assert shown_overview(overview([one], {}))[0]["final regret"].tolist() == ["2.5 [2, 3]", "∞ [∞, ∞]"]
    assert list(final_boxes([one]).panels["p"]) == ["b"]
    comparison, _ = compare([one])
    assert comparison is not None
    assert comparison.solvers == ("b", "a")


def test_when_every_run_of_all_solvers_failed() -> None:
    (one,) = by_problem([result("a", [INF]), result("b", [INF])])
    assert np.isnan(one.targets).all()
    table = overview([one], {})
    assert table["rank"].tolist() == [1.5, 1.5]
    assert table["aocc"].tolist() == [0, 0]
    for panels in (convergence_panels([one]), ecdf_panels([one]), time_panels([one])):
        for panel in panels:
            assert not np.isinf([curve.middle for curve in panel.curves]).any()


def test_a_maximised_metric_without_a_bound_is_shown_as_it_was_measured() -> None:
    """Accuracies 0.25, 0.5 and 0.75 at the end, which are minimised as -0.25, -0.5 and -0.75."""
    known = {"metric": "accuracy", "maximize": True, "objective": "negative accuracy"}
    runs = [
        result("a", [INF, -0.25], repetition=1),
        result("a", [-0.5, -0.75], repetition=2),
        result("b", [-0.5, -0.5]),
    ]
    (one,) = by_problem([unbounded(run, **known) for run in runs])
    assert one.quantity == "accuracy, larger is better"
    assert final_boxes([one]).labels == {"p": "final accuracy, larger is better"}
    assert final_boxes([one]).panels["p"]["a"].tolist() == [0.25, 0.75]
    (panel,) = convergence_panels([one])
    a = panel.curves[0]
    assert a.lower is not None and a.upper is not None
    assert (a.lower[-1], a.middle[-1], a.upper[-1]) == (0.375, 0.5, 0.625)
    table = overview([one], {})
    assert shown_overview(table, "value", [one])[0]["final value"].tolist() == ["0.5 [0.25, 0.75]", "0.5"]
    assert table["final_regret"].tolist() == [-0.5, -0.5]  # the csv has what was minimised
    problems = problems_table([one])
    assert problems["objective"].tolist() == ["accuracy, maximised"]
    assert problems[["easy target", "median target", "hard target"]].to_numpy().tolist() == [[0.25, 0.5, 0.75]]


@pytest.mark.parametrize(
    ("fields", "quantity"),
    [
        ({"metric": "accuracy", "maximize": True, "target": -1.0, "target_is_bound": True}, "accuracy below 1"),
        ({"metric": "f1", "unit": "%", "maximize": True, "target": 5.0, "target_is_bound": True}, "f1 (%) below 95"),
        ({"metric": "accuracy", "maximize": True, "target": -0.9, "target_is_optimum": True}, "regret, accuracy"),
        ({"metric": "loss", "objective": "loss"}, "loss"),
    ],
)
def test_what_is_shown_of_a_metric(fields: dict[str, object], quantity: str) -> None:
    (one,) = by_problem([unbounded(result("a", [2.0, 1.0]), **fields)])
    assert one.quantity == quantity
    assert one.shown(np.array([1.0])).tolist() == [1.0]


def test_negative_values_without_a_bound_are_values() -> None:
    """A loss of -10 - n: no regret, no logarithm, an area that tells solvers apart."""
    runs = [unbounded(result("good", [-10.0, -12.0, -14.0])), unbounded(result("poor", [-10.0, -10.0, -11.0]))]
    (one,) = by_problem(runs)
    assert (measure([one]), one.is_bounded, one.range) == ("value", False, (-14.0, -10.0))
    table = overview([one], {}).set_index("solver")
    assert table["aocc"].tolist() == pytest.approx([(0 + 0 + 0.5) / 3, 0.0])
    assert table.loc["good", "ert_hard"] == 3
    assert convergence_panels([one])[0].y_scale == "linear"
    assert final_boxes([one]).log == frozenset()
    row = problems_table([one]).iloc[0]
    assert row["measured from"] == "0 (no bound is known)"
    assert row["AOCC between"] == "-14 and -10, linear"
    assert not below_bounds([one])


def test_positive_values_without_a_bound_have_no_logarithm_either() -> None:
    (one,) = by_problem([unbounded(result("a", [500.0, 480.0])), unbounded(result("b", [500.0, 490.0]))])
    assert one.range == (480.0, 500.0)
    assert convergence_panels([one])[0].y_scale == "linear"


def test_values_below_a_bound_show_that_it_is_none() -> None:
    runs = [
        unbounded(result("a", [2.0, -1.0]), target_is_bound=True),
        unbounded(result("b", [2.0, 1.0]), target_is_bound=True),
    ]
    (one,) = by_problem(runs)
    assert not one.is_bounded
    assert one.range == (-1.0, 2.0)
    (line,) = below_bounds([one])
    assert line.startswith("p: 1 run with values below its bound, 0, which is therefore none")


def test_equal_values_and_single_ones() -> None:
    (one,) = by_problem([unbounded(result("a", [-3.0, -3.0]))])
    assert one.range == (-3.0, 0.0)
    assert overview([one], {})["aocc"].tolist() == [1.0]


def test_a_bound_keeps_the_logarithm_and_its_name() -> None:
    (one,) = by_problem([unbounded(result("a", [2.0, 1.0]), target_is_bound=True)])
    assert (one.is_bounded, measure([one]), one.quantity) == (True, "value", "validation error (%)")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "regret 1"),
        ({"n_failed": 2}, "every evaluation failed"),
        ({"target_is_optimum": False, "target": -20.0, "final_regret": 2.5}, "value -17.5"),
        ({"target_is_optimum": False, "target_is_bound": False, "target": 0.0}, "value 1"),
        ({"final_regret": 4e-12}, "regret 4e-12"),
    ],
)
def test_what_a_run_ended_with_in_words(changes: dict[str, object], text: str) -> None:
    record: RunRecord = result("a", [2.0, 1.0]).record
    assert dataclasses.replace(record, **changes).result == text  # type: ignore[arg-type]  # names of fields
