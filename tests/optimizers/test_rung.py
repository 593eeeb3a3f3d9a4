"""Rungs, brackets, and promotion without waiting."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas_problems import Categorical, SearchSpace
from nas_problems.evaluation import Fidelities, Metric
from optimizers.ordering import best_first, crowding_distances
from optimizers.registry import make
from optimizers.rung import NewCandidates, Promotions, Rung, brackets, rungs
from optimizers.solver import At, Task

SPACE = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abcde")) for i in range(6)))
EPOCHS = Fidelities("epochs", (1, 3, 9, 27, 81))


def task(*, seed: int = 1, fidelities: Fidelities = EPOCHS, budget: int = 10_000, n_objectives: int = 1) -> Task:
    metrics = tuple(Metric(f"metric_{i}") for i in range(n_objectives))
    return Task(SPACE, budget, np.random.default_rng(seed), metrics, fidelities)


@pytest.mark.parametrize(
    ("values", "eta", "lowest", "wanted"),
    [
        ((1, 3, 9, 27, 81), 3, 0, (1, 3, 9, 27, 81)),
        ((1, 3, 9, 27, 81), 3, 9, (9, 27, 81)),
        ((1, 2, 4, 8), 2, 0, (1, 2, 4, 8)),
        ((1, 2, 4, 8), 3, 0, (2, 8)),  # 2.67 and 8
        (tuple(range(1, 101)), 3, 0, (1, 4, 11, 33, 100)),
        ((4, 12, 36, 108), 3, 0, (4, 12, 36, 108)),
        ((12, 200), 3, 0, (12, 200)),  # 22.2, 66.7 and 200: the nearest in ratio are 12, 200 and 200
        ((0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0), 3, 0, (0.1, 0.4, 1.0)),
        ((7,), 3, 0, (7,)),
        ((5, 6), 3, 0, (6,)),
    ],
)
def test_rungs_are_powers_of_eta_below_the_full_fidelity(
    values: tuple[float, ...], eta: float, lowest: float, wanted: tuple[float, ...]
) -> None:
    assert rungs(Fidelities("epochs", values), eta, lowest) == wanted


def test_a_lowest_fidelity_above_the_full_one_is_refused() -> None:
    with pytest.raises(ValueError, match="lowest: wanted at most epochs 81, found 100"):
        rungs(EPOCHS, 3, 100)


@given(st.integers(1, 7), st.floats(1.5, 5))
def test_every_bracket_ends_at_the_top_with_fewer_candidates_on_each_rung(n_rungs: int, eta: float) -> None:
    for rule in ("ceil", "floor"):
        sizes = brackets(n_rungs, eta, rule)
        assert [len(bracket) for bracket in sizes] == list(range(n_rungs, 0, -1))
        assert all(bracket == sorted(bracket, reverse=True) and bracket[-1] >= 1 for bracket in sizes)
        assert all(b <= a / eta + 1 for bracket in sizes for a, b in pairwise(bracket))


def test_the_ceil_rule_starts_at_least_as_many_as_the_floor_rule() -> None:
    for ceiled, floored in zip(brackets(5, 4), brackets(5, 4, "floor"), strict=True):
        assert ceiled[0] >= floored[0]


def told(name: str, n: int, values: object, **options: object) -> list[tuple[bytes, float]]:
    """Code and fidelity of n candidates of a solver whose values are a function of code and fidelity."""
    solver = make(name, **options).factory(task())
    trace: list[tuple[bytes, float]] = []
    while len(trace) < n:
        asked = solver.ask()
        assert isinstance(asked, At)
        levels = np.broadcast_to(np.asarray(asked.fidelity, np.float64), len(asked))
        trace += [(z.tobytes(), level) for z, level in zip(asked.Z, levels.tolist(), strict=True)]
        solver.tell(asked.Z, values(asked.Z, levels))  # type: ignore[operator]
    return trace


def by_code(Z: np.ndarray, levels: np.ndarray) -> np.ndarray:
    return (Z @ 5 ** np.arange(6)).astype(np.float64) + 100.0 / levels


def test_successive_halving_promotes_the_best_third() -> None:
    trace = told("successive-halving", 121, by_code)
    levels = [level for _, level in trace]
    assert levels == [1.0] * 81 + [3.0] * 27 + [9.0] * 9 + [27.0] * 3 + [81.0]
    codes = [np.frombuffer(code, SPACE.dtype) for code, _ in trace]
    scores = [int(code @ 5 ** np.arange(6)) for code in codes]
    assert sorted(scores[81:108]) == sorted(scores[:81])[:27]
    assert scores[-1] == min(scores[:81])


def test_hyperband_runs_its_brackets_in_turns() -> None:
    levels = [level for _, level in told("hyperband", 121 + 49 + 21 + 10 + 5, by_code)]
    second = [3.0] * 34 + [9.0] * 11 + [27.0] * 3 + [81.0]
    third, fourth, fifth = [9.0] * 15 + [27.0] * 5 + [81.0], [27.0] * 8 + [81.0] * 2, [81.0] * 5
    assert levels[121:] == second + third + fourth + fifth


def test_no_candidate_is_drawn_twice_while_the_space_has_others() -> None:
    new = NewCandidates(task())
    drawn = np.concatenate([new.draw(n) for n in (1, 7, 100, 3)])
    assert len(np.unique(drawn, axis=0)) == 111


def test_a_space_that_is_exhausted_is_drawn_from_again() -> None:
    small = Task(SearchSpace((Categorical("op", ("a", "b")),)), 100, np.random.default_rng(1))
    assert len(NewCandidates(small).draw(9)) == 9


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.sampled_from([2.0, 3.0, 4.0]))
def test_a_rung_promotes_what_its_definition_says(values: list[int], eta: float) -> None:
    """After each result: the best of the first floor(n / eta) by value and order that is not promoted, if any."""
    rung, promoted = Rung(), set[int]()
    for n, value in enumerate(values, start=1):
        rung.add(np.asarray(float(value)))
        best = sorted(range(n), key=lambda i: (values[i], i))[: math.floor(n / eta)]
        wanted = next((i for i in best if i not in promoted), None)
        assert rung.promote(eta) == wanted
        if wanted is not None:
            promoted.add(wanted)


def test_a_rung_of_several_objectives_promotes_by_rank_and_crowding() -> None:
    rung = Rung()
    for y in ([1.0, 1.0], [0.0, 2.0], [2.0, 0.0], [3.0, 3.0]):
        rung.add(np.array(y))
    assert [rung.promote(2), rung.promote(2), rung.promote(2)] == [1, 2, None]


def test_workers_need_not_wait_and_the_order_of_answers_is_the_run() -> None:
    def run(order: int) -> list[tuple[bytes, float]]:
        solver, trace = Promotions(task(), eta=3, lowest=0), []
        waiting = [solver.ask() for _ in range(8)]
        for step in range(300):
            at = waiting.pop((step * order) % 8)
            trace.append((at.Z.tobytes(), float(np.asarray(at.fidelity))))
            solver.tell(at.Z, by_code(at.Z, np.full(1, at.fidelity)))
            waiting.append(solver.ask())
        return trace

    assert run(3) == run(3) != run(1)
    levels = [level for _, level in run(3)]
    assert set(levels) == set(EPOCHS.values)


def test_what_was_not_asked_for_is_refused() -> None:
    with pytest.raises(RuntimeError, match="wanted candidates that were asked for"):
        Promotions(task(), eta=3, lowest=0).tell(SPACE.sample(1, np.random.default_rng(0)), np.zeros(1))


def test_pasha_stays_low_where_the_order_is_that_of_the_lowest_fidelity() -> None:
    levels = [level for _, level in told("pasha", 300, by_code)]
    assert max(levels) == 3.0


def test_pasha_rises_where_the_order_changes() -> None:
    def crossing(Z: np.ndarray, levels: np.ndarray) -> np.ndarray:
        random = np.random.default_rng(int(Z.sum() * 1000 + levels[0]))
        return random.random(len(Z))

    assert max(level for _, level in told("pasha", 400, crossing)) > 3.0


@pytest.mark.parametrize("name", ["successive-halving", "hyperband", "asha", "pasha"])
def test_with_one_fidelity_they_are_random_search(name: str) -> None:
    solver = make(name).factory(task(fidelities=Fidelities("epochs", (7,))))
    for _ in range(5):
        asked = solver.ask()
        assert isinstance(asked, At) and np.all(asked.fidelity == 7)
        solver.tell(asked.Z, np.zeros(len(asked)))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=25))
def test_nobody_behind_dominates_somebody_in_front(rows: list[tuple[int, int, int]]) -> None:
    Y = np.array(rows, dtype=np.float64)[best_first(np.array(rows, dtype=np.float64))]
    for i in range(len(Y)):
        behind = Y[i + 1 :]
        assert not ((behind <= Y[i]).all(axis=1) & (behind < Y[i]).any(axis=1)).any()


def test_crowding_is_that_of_pymoo() -> None:
    from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance

    x = np.random.default_rng(3).random(30)
    Y = np.column_stack([x, 1 - np.sqrt(x)])
    ours, theirs = crowding_distances(Y), calc_crowding_distance(Y) * 2  # pymoo divides by the number of objectives
    assert ours == pytest.approx(theirs)
