"""Simulated annealing: temperatures, acceptance and moves."""

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, SearchSpace
from nas_problems.space import Codes
from optimizers.solver import Task, ask_codes

TWO = SearchSpace((Categorical("state", ("low", "high")),))


def from_both(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    return np.array([[0], [1]])


def accepted(acceptance: float, final_temperature: float, n: int = 3000) -> np.ndarray:
    """Whether each step up was accepted, in order, on two states of which one is worse by 1."""
    solver = optimizers.make(
        "simulated-annealing", n_initial=2, initial_acceptance=acceptance, final_temperature=final_temperature
    ).factory(Task(TWO, n + 2, np.random.default_rng(1), initializer=from_both))
    solver.tell(Z := ask_codes(solver), Z[:, 0].astype(float))
    taken, steps = 0, list[bool]()
    while len(Z := ask_codes(solver)):
        state = int(Z[0, 0])
        if state == 0 and steps:
            steps[-1] = True  # a step down is proposed only after a step up was accepted
        if state == 1:
            steps.append(False)
        solver.tell(Z, np.array([float(state)]))
        taken += 1
    assert taken == n
    return np.array(steps[:-1])


@pytest.mark.parametrize("acceptance", [0.1, 0.5, 0.9])
def test_a_typical_worsening_is_accepted_at_first_as_wanted(acceptance: float) -> None:
    assert accepted(acceptance, 1.0).mean() == pytest.approx(acceptance, abs=0.04)


def test_the_temperature_falls_geometrically_to_its_last_share() -> None:
    steps = accepted(0.5, 0.01, n=6000)  # temperature 1/ln(2) times 0.01**(i/n)
    assert steps[:200].mean() > 0.35
    assert steps[-1000:].mean() < 0.01
    # half way the temperature is a tenth: exp(-10 ln 2) = 0.001
    assert steps[len(steps) // 2 :].mean() < 0.05


def test_neither_unit_nor_offset_of_the_values_matters() -> None:
    problem = nas_problems.make("nb201-cifar10")

    def trajectory(scale: float, offset: float) -> Codes:
        solver = optimizers.make("simulated-annealing").factory(Task(problem.space, 150, np.random.default_rng(4)))
        rows = []
        while len(Z := ask_codes(solver)):
            rows.append(Z)
            solver.tell(Z, offset + scale * problem(Z))
        return np.concatenate(rows)

    assert np.array_equal(trajectory(1.0, 0.0), trajectory(1024.0, 0.0))
    assert np.array_equal(trajectory(1.0, 0.0), trajectory(0.5, 64.0))


def test_the_walk_begins_at_the_best_and_has_one_variable_changed_per_step() -> None:
    problem = nas_problems.make("nb201-cifar10")
    log = optimizers.run(optimizers.make("simulated-annealing", final_temperature=1e-9), problem, budget=60, seed=1)
    best = log.Z[log.y[:10].argmin()]
    assert (log.Z[10] != best).sum() == 1
