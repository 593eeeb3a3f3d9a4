"""The (1+1) EA: the running time of the theory, mutations and ties."""

import math

import numpy as np
import pytest

import optimizers
from nas_problems import Categorical, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.solver import Task, ask_codes

BITS = SearchSpace(tuple(Categorical(f"bit_{i}", (0, 1)) for i in range(8)))


def n_zeros(Z: Codes) -> FloatArray:
    return np.asarray((Z == 0).sum(axis=1), dtype=np.float64)


def evaluations_to_all_ones(seed: int) -> int:
    solver = optimizers.make("one-plus-one-ea").factory(Task(BITS, 10_000, np.random.default_rng(seed)))
    for n in range(1, 10_000):
        Z = ask_codes(solver)
        y = n_zeros(Z)
        if y[0] == 0:
            return n
        solver.tell(Z, y)
    raise AssertionError("not found")


def expected_evaluations(d: int) -> float:
    """On OneMax, worked out from the probabilities to go from k zeros to fewer, for mutations that change a bit."""
    rate, times = 1 / d, [0.0]
    for k in range(1, d + 1):
        gains = [0.0] * (k + 1)  # probability to lose so many zeros
        for a in range(k + 1):
            for b in range(d - k + 1):
                if a > b:
                    n = a + b
                    gains[a - b] += math.comb(k, a) * math.comb(d - k, b) * rate**n * (1 - rate) ** (d - n)
        gains = [gain / (1 - (1 - rate) ** d) for gain in gains]
        times.append((1 + sum(gains[j] * times[k - j] for j in range(1, k + 1))) / sum(gains))
    return 1 + sum(math.comb(d, k) * 0.5**d * times[k] for k in range(d + 1))


def test_the_running_time_on_onemax_is_that_of_the_theory() -> None:
    assert expected_evaluations(1) == pytest.approx(1.5)  # by hand: half the starts are right, the others need one more
    found = np.array([evaluations_to_all_ones(seed) for seed in range(400)])
    assert abs(found.mean() - expected_evaluations(8)) < 4 * found.std() / math.sqrt(len(found))


def test_no_child_is_a_copy_and_ties_replace_the_parent() -> None:
    solver = optimizers.make("one-plus-one-ea").factory(Task(BITS, 200, np.random.default_rng(1)))
    parent, y_parent = ask_codes(solver), 4.0
    solver.tell(parent, np.array([y_parent]))
    for y in np.random.default_rng(2).integers(0, 5, size=150).tolist():
        child = ask_codes(solver)
        assert (child != parent).any()
        solver.tell(child, np.array([float(y)]))
        if y <= y_parent:
            parent, y_parent = child, y
    assert y_parent == 0


@pytest.mark.parametrize("n_changes", [0.5, 1.0, 3.0])
def test_the_number_of_changes_is_binomial_without_zero(n_changes: float) -> None:
    solver = optimizers.make("one-plus-one-ea", n_changes=n_changes).factory(
        Task(BITS, 5000, np.random.default_rng(1), initializer=lambda space, n, rng: np.zeros((n, 8), np.int64))
    )
    solver.tell(ask_codes(solver), np.array([0.0]))
    changed = []
    for _ in range(4000):
        child = ask_codes(solver)
        changed.append(int(child.sum()))
        solver.tell(child, np.array([1.0]))
    rate = n_changes / 8
    for n in range(1, 5):
        wanted = math.comb(8, n) * rate**n * (1 - rate) ** (8 - n) / (1 - (1 - rate) ** 8)
        assert np.mean(np.array(changed) == n) == pytest.approx(wanted, abs=0.035)
    assert min(changed) == 1
