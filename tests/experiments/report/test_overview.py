"""The numbers of a report, worked by hand."""

import numpy as np
import pytest

from experiments.report import by_problem, overview
from experiments.report.overview import problems_table, shown_effort, shown_overview, summary
from tests.experiments.report.results import RESULTS, result


def test_the_table_worked_by_hand() -> None:
    table = overview(by_problem(RESULTS), {"p/b/i1-s3": "why", "q/c/i1-s1": "why"})
    a, b, c = table.to_dict("records")
    assert [(row["problem"], row["solver"]) for row in (a, b, c)] == [("p", "a"), ("p", "b"), ("q", "c")]
    assert (a["runs"], a["final_regret"], a["final_low"], a["final_high"], a["coverage"]) == (2, 1.5, 1, 2, 0.5)
    assert [a[f"target_{name}"] for name in ("easy", "median", "hard")] == [2, 1, 0]
    assert (a["ert_easy"], a["ert_median"]) == ((3 + 4) / 2, 3 + 4)
    assert np.isinf([a["ert_hard"], a["evaluations_to_target"] if a["reached"] < 0.5 else np.inf]).all()
    assert (a["reached"], a["cost_seconds"], a["failed_runs"], a["rank"]) == (0.5, 20.0, 0, 1)
    assert a["failed_evaluations"] == 1 / 8
    assert (b["final_regret"], b["ert_hard"], b["failed_runs"], b["rank"]) == (2.5, 2 + 4, 1, 2)
    assert b["p_best"] == 1.0  # ranks 1, 4 against 2, 3
    assert (c["runs"], c["failed_runs"]) == (0, 1)
    assert np.isnan(c["final_regret"])


def test_what_is_best_stands_out() -> None:
    shown, marks = shown_overview(overview(by_problem(RESULTS), {}))
    assert marks["final regret"] == ["best", "tied"]
    assert marks["ERT hard"] == ["", "best"]
    assert shown["final regret"].tolist() == ["1.5 [1, 2]", "2.5 [0, 5]"]
    assert shown["ERT hard"].tolist() == ["∞", "6"]


def test_a_clear_difference_is_not_marked() -> None:
    runs = [result("good", [2.0, 1.0 + i / 100], repetition=i) for i in range(8)]
    runs += [result("poor", [9.0, 8.0 + i / 100], repetition=i) for i in range(8)]
    table = overview(by_problem(runs), {})
    assert table["p_best"][1] == pytest.approx(2 / 12870)  # the most extreme of 16 over 8 orders, on both sides
    assert shown_overview(table)[1]["final regret"] == ["best", ""]


def test_the_result_of_a_sample_is_its_mean() -> None:
    """Its best value would be 0."""
    runs = [*RESULTS, *(result("random-sampling", [9.0, 0.0], repetition=i, sample_mean=4.5 + i) for i in (1, 2))]
    (one,) = by_problem(runs)
    assert list(one.searches) == ["a", "b"]
    assert one.final["random-sampling"].tolist() == [5.5, 6.5]
    table = overview([one], {})
    row = table[table["solver"] == "random-sampling"].iloc[0]
    assert row["final_regret"] == 6.0
    assert np.isnan([row["rank"], row["aocc"], row["ert_easy"]]).all()
    shown, marks = shown_overview(table)
    assert shown["solver"].iloc[-1] == "random-sampling (mean of its draws)"
    assert marks["final regret"][-1] == ""
    assert summary(table)["solver"].tolist() == ["a", "b"]
    assert one.targets == by_problem(RESULTS)[0].targets


def test_the_summary_counts_problems() -> None:
    runs = [*RESULTS, result("b", [5.0, 1.0], problem="q"), result("a", [5.0, 3.0], problem="q")]
    runs.sort(key=lambda run: (run.record.problem, run.record.algorithm))
    rows = summary(overview(by_problem(runs), {})).set_index("solver")
    assert rows["mean rank"].to_dict() == {"a": 1.5, "b": 1.5}
    assert rows["best on"].to_dict() == {"a": "1 of 2", "b": "1 of 2"}
    assert rows.loc["b", "not told apart on"] == "1 of 2"


def test_problems_and_effort() -> None:
    problems = by_problem(RESULTS)
    row = problems_table(problems).iloc[0]
    assert row["measured from"] == "8.393 (optimum)"
    assert (row["easy target"], row["median target"], row["hard target"]) == (2, 1, 0)
    effort = shown_effort(overview(problems, {}))
    assert effort["distinct"].tolist() == ["4 (100 %)", "3 (100 %)"]
    assert effort["failed evaluations (%)"].tolist() == [12.5, 0]


def test_a_single_run_has_no_interval_and_no_test() -> None:
    table = overview(by_problem([result("a", [3.0, 2.0]), result("b", [3.0, 2.5])]), {})
    shown, marks = shown_overview(table)
    assert shown["final regret"].tolist() == ["2", "2.5"]
    assert marks["final regret"] == ["best", ""]
