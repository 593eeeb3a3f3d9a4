"""Final values and ranks."""

import numpy as np

from experiments.report import by_problem
from experiments.report.final import compare, final_boxes, final_table, ranks_chart, verdict
from experiments.report.result import Result
from tests.experiments.report.results import RESULTS, result


def study(n_problems: int) -> list[Result]:
    """On every problem ``a`` is ahead of ``b``, and ``b`` of ``c``."""
    return [
        result(name, [9.0, level], problem=f"p{i}")
        for i in range(n_problems)
        for name, level in (("a", 1.0 + i / 10), ("b", 2.0 + i / 7), ("c", 5.0 + i))
    ]


def test_final_values() -> None:
    problems = by_problem([*RESULTS, result("random-sampling", [9.0, 1.0], sample_mean=5.0)])
    boxes = final_boxes(problems)
    assert {name: values.tolist() for name, values in boxes.panels["p"].items()} == {
        "a": [1, 2],
        "b": [5, 0],
        "random-sampling": [5],
    }
    assert boxes.labels == {"p": "final regret, validation error (%)"}
    assert final_table(problems)["final_regret"].tolist() == [1, 2, 5, 0, 5]


def test_many_problems_tell_solvers_apart() -> None:
    comparison, notes = compare(by_problem(study(10)))
    assert comparison is not None
    assert notes == []
    assert comparison.solvers == ("a", "b", "c")
    assert comparison.cliques == ()
    assert "a has the best mean rank, ahead of every other solver" in verdict(comparison)
    assert ranks_chart(comparison).to_json()["panels"][0]["solvers"][0] == {
        "label": "a",
        "mean": 1.0,
        "ranks": [1.0] * 10,
    }


def test_few_problems_tell_nothing_and_say_so() -> None:
    comparison, _ = compare(by_problem(study(3)))
    assert comparison is not None
    assert comparison.cliques == (("a", "b", "c"),)
    assert verdict(comparison).startswith(
        "3 problems (and instances): Wilcoxon's test on pairs, corrected for 3 solvers, "
    )
    assert "cannot tell any two apart" in verdict(comparison)
    comparison, _ = compare(by_problem(study(1)))
    assert comparison is not None
    assert verdict(comparison).startswith("One problem only")


def test_instances_are_blocks_and_gaps_are_named() -> None:
    runs = [result("a", [1.0]), result("a", [2.0], instance=2), result("b", [2.0]), result("b", [1.0], instance=2)]
    runs += [result("c", [5.0]), result("random-sampling", [1.0], sample_mean=1.0)]
    comparison, notes = compare(by_problem(runs))
    assert comparison is not None
    assert np.array_equal(comparison.ranks, [[1, 2], [2, 1]])
    assert notes == ["c: has not searched all problems and instances", "random-sampling: samples only"]


def test_one_solver_has_nobody_to_be_compared_with() -> None:
    assert compare(by_problem([result("a", [1.0])])) == (None, [])
