from typing import cast

import numpy as np
import pytest

from nas_problems.array import FloatArray
from optimizers.loop import Loop, LoopSolver, as_solver


def counting(n: int, told: list[FloatArray]) -> Loop:
    for i in range(n):
        y = yield np.full((2, 1), i)
        told.append(y)


def test_the_loop_receives_what_is_told() -> None:
    told: list[FloatArray] = []
    solver = LoopSolver(counting(2, told))
    for i in range(2):
        Z = solver.ask()
        assert Z.tolist() == [[i], [i]]
        assert solver.ask() is Z  # until it is told
        solver.tell(Z, np.array([i, -i], dtype=float))
    assert [y.tolist() for y in told] == [[0, 0], [1, -1]]


def test_a_loop_that_ends_has_finished() -> None:
    solver = LoopSolver(counting(1, []))
    solver.tell(solver.ask(), np.zeros(2))
    assert solver.ask().shape == (0, 1)
    with pytest.raises(RuntimeError, match="wanted an ask before it"):
        solver.tell(np.zeros((2, 1)), np.zeros(2))


def test_a_cut_population_ends_the_loop_without_reaching_it() -> None:
    told: list[FloatArray] = []
    solver = LoopSolver(counting(3, told))
    Z = solver.ask()
    solver.tell(Z[:1], np.zeros(1))
    assert not told
    assert len(solver.ask()) == 0


def test_tell_without_ask() -> None:
    with pytest.raises(RuntimeError, match="tell: wanted an ask before it, found none"):
        LoopSolver(counting(1, [])).tell(np.zeros((2, 1)), np.zeros(2))


def test_a_loop_without_candidates() -> None:
    with pytest.raises(RuntimeError, match="without a candidate"):
        LoopSolver(counting(0, [])).ask()


def test_as_solver_keeps_name_and_options() -> None:
    @as_solver
    def mine(n: int, *, wide: bool = False) -> Loop:
        """Documented."""
        yield np.zeros((n, 2 if wide else 1))

    assert mine.__name__ == "mine"
    assert mine.__doc__ == "Documented."
    assert cast(LoopSolver, mine(3, wide=True)).ask().shape == (3, 2)
