"""Searches that decide one variable after the other: what is special about each, besides conformance."""

import itertools

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, SearchSpace
from nas_problems.space import Codes
from optimizers.catalog.pnas import _extensions
from optimizers.catalog.q_learning import _epsilon, _Table
from optimizers.decisions import Decisions
from optimizers.solver import Solver, Task, ask_codes

SPACE = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abc")) for i in range(4)))


def started(name: str, budget: int, space: SearchSpace = SPACE, **options: float) -> Solver:
    """A solver with seed 1."""
    return optimizers.make(name, **options).factory(Task(space, budget, np.random.default_rng(1)))


def asked_of(solver: Solver, budget: int) -> Codes:
    """What a solver asks for where the number of letters that are not b counts."""
    rows: list[Codes] = []
    while sum(map(len, rows)) < budget and len(Z := ask_codes(solver)):
        rows.append(Z)
        solver.tell(Z, (Z != 1).sum(axis=1).astype(float))
    return np.concatenate(rows)


@pytest.mark.parametrize("name", ["mcts", "pnas"])
def test_no_code_is_evaluated_twice_and_the_space_ends(name: str) -> None:
    """All 81 codes, each once, then nothing."""
    Z = asked_of(started(name, 1000), 1000)
    assert len(Z) == 81
    assert len(np.unique(Z, axis=0)) == 81


def test_the_tree_leaves_out_what_the_space_refuses() -> None:
    """Half of the codes are refused: the others are evaluated once each, and the run ends."""
    space = SearchSpace(SPACE.parameters, validity=lambda Z: np.asarray(Z.sum(axis=1) % 2 == 0))
    Z = asked_of(started("mcts", 1000, space), 1000)
    assert space.is_valid(Z).all()
    assert len(np.unique(Z, axis=0)) == len(Z) == 41


@pytest.mark.parametrize(("name", "budget"), [("mcts", 40), ("pnas", 50), ("ppo", 400), ("q-learning", 400)])
def test_what_is_good_is_learnt(name: str, budget: int) -> None:
    """The last tenth of the candidates has more of the good letter than chance would give."""
    Z = asked_of(started(name, budget), budget)
    found = (Z == 1).all(axis=1).any() if name in ("mcts", "pnas") else (Z[-budget // 10 :] == 1).mean() > 0.6
    assert found


@pytest.mark.parametrize("name", ["mcts", "ppo", "q-learning"])
def test_neither_unit_nor_offset_of_the_values_matters(name: str) -> None:
    """The same candidates for values on another scale."""
    problem = nas_problems.make("nb201-cifar10")

    def trajectory(scale: float, offset: float) -> Codes:
        solver = started(name, 60, problem.space)
        rows: list[Codes] = []
        while sum(map(len, rows)) < 60:
            rows.append(Z := ask_codes(solver))
            solver.tell(Z, scale * problem(Z) + offset)
        return np.concatenate(rows)

    assert np.array_equal(trajectory(1.0, 0.0), trajectory(1e-6, 1e3))


def test_rewards_move_back_along_a_path() -> None:
    """alpha = 0.5, reward 1: the last decision moves half way, the one before to half of what it leads to."""
    table = _Table((2, 3), 0.5)
    table.learn([1, 2], 1.0)
    assert table.q == [[[0.5, 0.625]], [[0.5, 0.5, 0.5], [0.5, 0.5, 0.75]]]
    assert table.choose(0.0, np.random.default_rng(1)) == [1, 2]


def test_decisions_become_less_random() -> None:
    """Nine equal steps from 0.9 to 0.1."""
    epsilons = [_epsilon(spent, 0.1) for spent in np.linspace(0, 0.999, 1000)]
    assert epsilons == sorted(epsilons, reverse=True)
    assert [round(e, 1) for e, _ in itertools.groupby(epsilons)] == [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]


def test_extensions_are_all_settings_of_one_block() -> None:
    """Two candidates times nine settings of two variables; the other variables stay."""
    beam = np.array([[0, 0, 0, 0], [2, 1, 0, 2]])
    extended = _extensions(SPACE, Decisions(SPACE), beam, [1, 2], np.random.default_rng(1))
    assert len(np.unique(extended, axis=0)) == len(extended) == 18
    assert {tuple(row) for row in extended[:, [0, 3]]} == {(0, 0), (2, 2)}
