"""A solver's own loop as a solver with ask and tell."""

import numpy as np
import pytest

from nas_problems import Integer, SearchSpace
from nas_problems.array import FloatArray
from optimizers.loop import Loop, LoopSolver, as_solver
from optimizers.solver import At, Task, ask_codes


def counting(n: int, told: list[FloatArray]) -> Loop:
    for i in range(n):
        y = yield np.full((2, 1), i)
        told.append(y)


def test_the_loop_receives_what_is_told() -> None:
    told: list[FloatArray] = []
    solver = LoopSolver(counting(2, told))
    for i in range(2):
        Z = ask_codes(solver)
        assert Z.tolist() == [[i], [i]]
        assert ask_codes(solver) is Z  # until it is told
        solver.tell(Z, np.array([i, -i], dtype=float))
    assert [y.tolist() for y in told] == [[0, 0], [1, -1]]


def test_a_loop_that_ends_has_finished() -> None:
    solver = LoopSolver(counting(1, []))
    solver.tell(ask_codes(solver), np.zeros(2))
    assert ask_codes(solver).shape == (0, 1)
    with pytest.raises(RuntimeError, match="wanted an ask before it"):
        solver.tell(np.zeros((2, 1)), np.zeros(2))


def test_a_cut_population_ends_the_loop_without_reaching_it() -> None:
    told: list[FloatArray] = []
    solver = LoopSolver(counting(3, told))
    Z = ask_codes(solver)
    solver.tell(Z[:1], np.zeros(1))
    assert not told
    assert len(ask_codes(solver)) == 0


def test_tell_without_ask() -> None:
    with pytest.raises(RuntimeError, match="tell: wanted an ask before it, found none"):
        LoopSolver(counting(1, [])).tell(np.zeros((2, 1)), np.zeros(2))


def test_a_loop_without_candidates() -> None:
    with pytest.raises(RuntimeError, match="without a candidate"):
        LoopSolver(counting(0, [])).ask()


def test_as_solver_keeps_name_and_options() -> None:
    @as_solver
    def mine(task: Task, *, wide: bool = False) -> Loop:
        """Documented."""
        yield np.zeros((task.budget, 2 if wide else 1))

    assert mine.__name__ == "mine"
    assert mine.__doc__ == "Documented."
    task = Task(SearchSpace((Integer("width", 1, 9),)), 3, np.random.default_rng(1))
    assert ask_codes(mine(task, wide=True)).shape == (3, 2)


def test_as_solver_refuses_the_parameters_of_other_functions() -> None:
    def of_old(space: SearchSpace, budget: int) -> Loop:
        yield space.sample(budget, np.random.default_rng(1))

    with pytest.raises(
        ValueError, match=r"of_old: wanted a function of \(task, \*, options\), found \('space', 'budget'\)"
    ):
        as_solver(of_old)  # type: ignore[arg-type]  # what is tested


def test_a_loop_asks_at_fidelities_of_its_choice() -> None:
    def promoting() -> Loop:
        y = yield At(np.array([[1], [2]]), np.array([1.0, 3.0]))
        yield At(np.array([[int(y[0])]]), 9)

    solver = LoopSolver(promoting())
    asked = solver.ask()
    assert isinstance(asked, At)
    assert len(asked) == 2
    solver.tell(asked.Z, np.array([7.0, 8.0]))
    asked = solver.ask()
    assert isinstance(asked, At)
    assert (asked.Z.tolist(), asked.fidelity) == ([[7]], 9)
    solver.tell(asked.Z[:0], np.empty(0))
    assert ask_codes(solver).shape == (0, 1)  # it has ended
