"""Local search: every variant's moves, worked out by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, Integer, SearchSpace
from nas_problems.space import Codes
from optimizers.solver import Task, ask_codes

LINE = SearchSpace((Integer("x", 0, 9),))
VALUES = np.array([5.0, 4.0, 3.0, 6.0, 2.0, 1.0, 7.0, 8.0, 0.0, 9.0])
"""Local minima of the line: 2 (value 3), 5 (value 1) and 8 (value 0)."""


def walk(
    variant: str, starts: Sequence[int], *, seed: int = 1, n_asks: int = 99, restarts: bool = False
) -> list[list[int]]:
    """The batches that a local search on the line asks for, each as a list of positions.

    Without ``restarts``, up to the first batch that is not a neighbour of anything asked before.
    """
    solver = optimizers.make("local-search", variant=variant, n_starts=len(starts)).factory(
        Task(LINE, 99, np.random.default_rng(seed), initializer=lambda space, n, rng: np.array(starts)[:n, None])
    )
    asked: list[list[int]] = []
    while len(asked) < n_asks and len(Z := ask_codes(solver)):
        batch = Z[:, 0].tolist()
        known = {x for earlier in asked for x in earlier}
        if not restarts and asked and not any({x - 1, x + 1} & known for x in batch):
            break
        asked.append(batch)
        solver.tell(Z, VALUES[Z[:, 0]])
    return asked


def sorted_batches(asked: list[list[int]]) -> list[list[int]]:
    return [sorted(batch) for batch in asked]


def test_all_neighbours_moves_to_the_best_of_the_neighbourhood() -> None:
    # from 3 (value 6): 2 (3) and 4 (2); to 4, then 5 (1), then 6 (7): 5 is a local minimum
    assert sorted_batches(walk("all-neighbours", [3], n_asks=4)) == [[3], [2, 4], [5], [6]]


def test_all_neighbours_stops_at_the_first_local_minimum() -> None:
    # from 0 (5) over 1 (4) to 2 (3); then 3 (6) is higher, and a restart follows
    asked = walk("all-neighbours", [0], restarts=True)
    assert asked[:4] == [[0], [1], [2], [3]]
    assert len({x for batch in asked for x in batch}) == 10  # restarts until everything is seen
    assert sum(len(batch) for batch in asked) == 10  # and nothing twice


def test_query_until_lower_moves_at_the_first_lower_neighbour() -> None:
    found = set()
    for seed in range(20):
        asked = walk("query-until-lower", [3], seed=seed, n_asks=5)
        assert all(len(batch) == 1 for batch in asked)
        found.add(tuple(batch[0] for batch in asked))
    # 2 comes first: 2 (3) is lower; of its neighbours 1 (4) is not: a minimum, and a restart follows.
    # 4 comes first: 4 (2) is lower, then 5 (1), then 6 (7) is not: a minimum, and a restart follows.
    assert {path[:3] for path in found if path[1] == 2} == {(3, 2, 1)}
    assert {path[:4] for path in found if path[1] == 4} == {(3, 4, 5, 6)}
    assert {path[1] for path in found} == {2, 4}


def test_continue_at_minimum_goes_on_from_the_best_open_code() -> None:
    # 0, 1, 2 descend; 3 (6) is the best code with an open neighbourhood; 4 and 5 descend; then 6 (7), 7 (8), 8, 9
    assert walk("continue-at-minimum", [0]) == [[x] for x in range(10)]


def test_continue_at_minimum_prefers_the_best_found_so_far() -> None:
    # from 3: 2 (3), 4 (2); best open 4: 5 (1); best open 5: 6 (7); best open 2: 1 (4); then 1: 0 (5); 0; 6: 7 (8) ...
    asked = walk("continue-at-minimum", [3])
    assert sorted_batches(asked) == [[3], [2, 4], [5], [6], [1], [0], [7], [8], [9]]


@pytest.mark.parametrize("variant", ["all-neighbours", "query-until-lower", "continue-at-minimum"])
def test_the_walk_begins_at_the_best_of_k_starts(variant: str) -> None:
    asked = walk(variant, [0, 3, 5, 7], n_asks=3)  # 5 has the lowest value
    assert asked[0] == [0, 3, 5, 7]
    assert sorted((asked[1] + asked[2])[:2]) == [4, 6]


def test_equal_values_are_no_improvement() -> None:
    space = SearchSpace((Categorical("a", ("x", "y", "z")),))
    solver = optimizers.make("local-search").factory(
        Task(space, 99, np.random.default_rng(1), initializer=lambda space, n, rng: np.zeros((n, 1), np.int64))
    )
    batches = []
    while len(Z := ask_codes(solver)):
        batches.append(sorted(Z[:, 0].tolist()))
        solver.tell(Z, np.ones(len(Z)))
    assert batches == [[0], [1, 2]]  # the start is a local minimum, and nothing is left


@pytest.mark.parametrize("variant", ["all-neighbours", "query-until-lower", "continue-at-minimum"])
def test_nothing_is_evaluated_twice_and_the_whole_space_is_found(variant: str) -> None:
    space = SearchSpace(tuple(Categorical(f"op_{i}", ("x", "y", "z")) for i in range(4)))
    values = np.random.default_rng(3).random(81)
    solver = optimizers.make("local-search", variant=variant).factory(Task(space, 1000, np.random.default_rng(1)))
    seen: list[int] = []
    while len(Z := ask_codes(solver)):
        seen.extend(space.index_of(Z).tolist())
        solver.tell(Z, values[space.index_of(Z)])
    assert len(seen) == len(set(seen)) == 81


@pytest.mark.parametrize("variant", ["all-neighbours", "query-until-lower", "continue-at-minimum"])
def test_the_walk_depends_on_the_order_of_values_alone(variant: str) -> None:
    problem = nas_problems.make("nb201-cifar10")

    def trajectory(scale: float, offset: float) -> Codes:
        solver = optimizers.make("local-search", variant=variant).factory(
            Task(problem.space, 200, np.random.default_rng(4))
        )
        rows = np.empty((0, 6), np.int64)
        while len(rows) < 200:
            Z = ask_codes(solver)
            solver.tell(Z, offset + scale * problem(Z))
            rows = np.concatenate([rows, Z])
        return rows

    assert np.array_equal(trajectory(1.0, 0.0), trajectory(1e-3, 1e4))


def test_local_search_finds_the_best_cell_more_often_than_random_search() -> None:
    # white2021, section 4: on the denoised NAS-Bench-201 it is ahead
    best = {
        name: np.array([optimizers.run(name, "nb201-cifar10", budget=300, seed=seed).y.min() for seed in range(10)])
        for name in ("local-search", "random-search")
    }
    assert (best["local-search"] < 8.4).sum() >= 5 > (best["random-search"] < 8.4).sum()
