"""Solvers that choose fidelities: what a run evaluates, what it counts, and when it ends."""

from typing import Any

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Metric
from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.loop import Loop, as_solver
from optimizers.solver import At, Task
from tests.optimizers.curves import SPACE, asking, at, curve_problem


def test_rows_are_evaluated_and_logged_at_their_fidelity() -> None:
    log = optimizers.run(
        asking(at([1, 2], 3), at([1, 2], np.array([9, 1])), [2]), curve_problem(continued=False), budget=9, seed=1
    )
    assert log.fidelity.tolist() == [3, 3, 9, 1, 9]
    assert log.y.tolist() == [13, 23, 11, 29, 21]
    assert log.cost_seconds.tolist() == [6, 9, 18, 3, 27]


def test_a_row_costs_its_share_of_a_full_evaluation() -> None:
    nine = asking(*[at([k], 1) for k in range(9)], *[[k] for k in range(9)])
    log = optimizers.run(nine, curve_problem(continued=False), budget=2, seed=1)
    assert log.fidelity.tolist() == [1] * 9 + [9]


def test_a_continued_training_costs_the_difference_in_evaluations_and_seconds() -> None:
    batches = [at([1, 2, 3], 1), at([1, 2], 3), [1]]
    log = optimizers.run(asking(*batches, [4]), curve_problem(continued=True), budget=2, seed=1)
    assert log.fidelity.tolist() == [1, 1, 1, 3, 3, 9]  # 3 / 9 + 4 / 9 + 6 / 9, and 5 / 9 do not pay for the last one
    assert log.cost_seconds.tolist() == [2, 3, 4, 4, 6, 12]
    log = optimizers.run(asking(*batches), curve_problem(continued=False), budget=2, seed=1)
    assert log.fidelity.tolist() == [1, 1, 1, 3, 3, 9]
    assert log.cost_seconds.tolist() == [2, 3, 4, 6, 9, 18]


def test_a_promotion_pays_in_full_where_every_query_is_another_training() -> None:
    log = optimizers.run(
        asking(at([1], 1), at([1], 3)), curve_problem(continued=True).variant(noise="sampled"), budget=2, seed=1
    )
    assert log.cost_seconds.tolist() == [2, 6]


def test_what_was_reached_already_is_a_training_of_its_own() -> None:
    problem = curve_problem(continued=True)
    log = optimizers.run(asking(at([1], 3), at([1], 3), at([1], 1), [1], [1]), problem, budget=9, seed=1)
    assert log.cost_seconds.tolist() == [6, 6, 2, 12, 18]


def test_a_batch_is_cut_where_the_budget_no_longer_pays() -> None:
    solver = asking([0], at([1, 2, 3, 4], np.array([3, 1, 9, 1])), [5])
    log = optimizers.run(solver, curve_problem(continued=False), budget=2, seed=1)
    assert log.fidelity.tolist() == [9, 3, 1]


def test_sums_of_fractions_do_not_lose_the_last_evaluation() -> None:
    tenths = curve_problem(continued=False, epochs=(0.1, 1.0))
    log = optimizers.run(asking(*[at([k % 10], 0.1) for k in range(40)]), tenths, budget=3, seed=1)
    assert len(log) == 30  # although 0.1 + 0.1 + 0.1 > 0.3


def test_the_task_knows_fidelities_up_to_the_problems_own() -> None:
    seen = []

    @as_solver
    def reads(task: Task) -> Loop:
        seen.append((task.fidelities.values, task.fidelities.full, task.budget, task.n_objectives))
        yield At(task.start(4), task.fidelities.values[0])

    problem = curve_problem(continued=True).variant(fidelity=3)
    log = optimizers.run(reads, problem, budget=9, seed=1)
    assert seen == [((1, 3), 3, 9, 1)]
    assert log.fidelity.tolist() == [1] * 4
    with pytest.raises(
        ValueError,
        match=r"outside the fidelities of curves\.epochs-3: fidelity: wanted epochs of .1, 3., found 9",
    ):
        optimizers.run(asking(at([1], 9)), problem, budget=9, seed=1)


@pytest.mark.parametrize("fidelity", [2, np.nan, np.array([1.0, 3.0]), np.ones((1, 1))])
def test_fidelities_that_cannot_be(fidelity: object) -> None:
    with pytest.raises(ValueError, match="scripted asked outside the fidelities of curves: fidelity: wanted"):
        optimizers.run(asking(at([1], fidelity)), curve_problem(continued=True), budget=9, seed=1)


def test_no_rows_at_a_fidelity_have_finished() -> None:
    log = optimizers.run(asking([1], at([], 3)), curve_problem(continued=True), budget=9, seed=1)
    assert len(log) == 1


def test_a_task_without_objectives_or_budget() -> None:
    with pytest.raises(ValueError, match="objectives: wanted at least one, found none"):
        Task(SPACE, 3, np.random.default_rng(1), objectives=())
    with pytest.raises(ValueError, match="budget: wanted an integer >= 1, found 0"):
        Task(SPACE, 0, np.random.default_rng(1))


# ---- a budget in seconds


def seconds_of(batches: list[At], seconds: float, *, continued: bool = False) -> list[float]:
    log = optimizers.run(
        asking(*batches), curve_problem(continued=continued), budget=99, seed=1, budget_seconds=seconds
    )
    return [float(seconds) for seconds in log.cost_seconds]


def test_the_evaluation_that_uses_up_the_seconds_is_the_last_one() -> None:
    batches = [at([0, 1, 2], 1), at([3, 4], 1)]
    for seconds, wanted in (
        (0.5, [1]),
        (1, [1]),
        (1.5, [1, 2]),
        (6, [1, 2, 3]),
        (6.5, [1, 2, 3, 4]),
        (99, [1, 2, 3, 4, 5]),
    ):
        assert seconds_of(batches, seconds) == wanted


def test_seconds_count_what_a_continued_training_still_takes() -> None:
    batches = [at([4], 1), at([4], 3), at([4, 0], 9)]  # 5, 10, 30 and 9 seconds
    assert seconds_of(batches, 44, continued=True) == [5, 10, 30]
    assert seconds_of(batches, 46, continued=True) == [5, 10, 30, 9]


def test_a_solver_is_told_what_was_evaluated_when_the_seconds_ended() -> None:
    told = []

    class Batches:
        def __init__(self, task: Task) -> None: ...

        def ask(self) -> Codes:
            return np.arange(4)[:, None]

        def tell(self, Z: Codes, y: FloatArray) -> None:
            told.append((Z[:, 0].tolist(), y.tolist()))

    log = optimizers.run(Batches, curve_problem(continued=False), budget=99, seed=1, budget_seconds=40)
    assert told == [([0, 1, 2], [1.0, 11.0, 21.0])]
    assert log.cost_seconds.tolist() == [9, 18, 27]


def test_live_problems_evaluate_nothing_beyond_the_seconds() -> None:
    calls = []

    def metered(config: dict[str, int]) -> dict[str, float]:
        calls.append(config["width"])
        return {"error": 1.0, "train_seconds": 2.0}

    metrics = (Metric("error"), Metric("train_seconds", "s"))
    problem = nas_problems.from_function(metered, SPACE, name="metered", metric=metrics)
    log = optimizers.run(asking([1, 2, 3, 4]), problem, budget=99, seed=1, budget_seconds=3.0)
    assert (calls, len(log)) == ([1, 2], 2)


def test_functions_of_an_ioh_problem_end_with_the_seconds_too() -> None:
    def forever(problem: Any) -> None:
        while True:
            problem([1])

    log = optimizers.run(forever, curve_problem(continued=False), budget=99, seed=1, budget_seconds=50)
    assert log.cost_seconds.tolist() == [18, 18, 18]


@pytest.mark.parametrize("seconds", [0, -1, np.inf, np.nan, "3", True])
def test_budgets_in_seconds_that_cannot_be(seconds: Any) -> None:
    with pytest.raises(ValueError, match="budget_seconds: wanted a positive, finite number"):
        optimizers.run("random-search", curve_problem(continued=False), budget=9, seed=1, budget_seconds=seconds)
