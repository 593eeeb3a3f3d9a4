"""Solvers that go on from what others have evaluated in the same run."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Integer, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.catalog import landscape_selector
from optimizers.handover import TURN, Part, Populations, follow, members, race, read_plan
from optimizers.history import History
from optimizers.loop import Loop, LoopSolver, as_solver
from optimizers.selector import Model, shipped_model
from optimizers.solver import ConfiguredSolver, Task, ask_codes

LINE = SearchSpace((Integer("x", 0, 999),))


def drive(plan: str, budget: int, seed: int = 1) -> tuple[Codes, FloatArray]:
    """All that a schedule evaluates of the distance to 500."""
    history: Populations = []
    solver = LoopSolver(follow(read_plan(plan), Task(LINE, budget, np.random.default_rng(seed)), history))
    rows: list[Codes] = []
    while sum(map(len, rows)) < budget and len(Z := solver.ask()):
        assert isinstance(Z, np.ndarray)
        rows.append(Z)
        solver.tell(Z, np.abs(Z[:, 0] - 500).astype(np.float64))
    Z = np.concatenate(rows)
    return Z, np.abs(Z[:, 0] - 500).astype(np.float64)


def test_a_plan_is_read() -> None:
    """Numbers separate solvers, whose own names may have colons."""
    assert read_plan("umda") == (Part("umda", 1),)
    assert read_plan("a:0.25:nevergrad:DE:90:b") == (Part("a", 0.25), Part("nevergrad:DE", 90), Part("b", 1))


def test_parts_take_options() -> None:
    """As on the command line; the model of landscape-selector may choose such a plan."""
    plan = "local-search[variant=query-until-lower]:20:umda"
    assert read_plan(plan)[0] == Part("local-search[variant=query-until-lower]", 20)
    assert np.array_equal(drive(plan, 20)[0], drive("local-search[variant=query-until-lower]", 20)[0])
    with pytest.raises(ValueError, match="local-search: unknown option 'size'"):
        drive("local-search[size=3]:20:umda", 30)


@pytest.mark.parametrize("plan", ["a:30:b:20:c", ":30:b", "a:30:", "a:0:b", "a+", "a+b+a:20:c"])
def test_what_is_no_plan(plan: str) -> None:
    """Ends increase, every part has a solver, and none races with itself."""
    with pytest.raises(ValueError, match="plan: wanted"):
        read_plan(plan)


@pytest.mark.parametrize(("until", "end"), [(0.25, 50), (30, 30), (500, 200), (1, 200)])
def test_a_part_ends(until: float, end: int) -> None:
    """Shares and numbers of evaluations, neither beyond the budget."""
    assert Part("a", until).end(200) == end


@pytest.mark.parametrize("plan", ["random-search:20:one-plus-one-ea", "umda:0.5:bananas:45:local-search"])
def test_the_budget_is_spent_exactly(plan: str) -> None:
    """What is handed over is not evaluated again, and not counted."""
    Z, _ = drive(plan, 60)
    assert len(Z) == 60


def test_the_second_starts_from_the_best_of_the_first() -> None:
    """The first candidate after the change is a neighbour of the best before it."""
    Z, y = drive("random-search:20:local-search", 22)
    assert np.abs(Z[20:, 0] - Z[:20][y[:20].argmin(), 0]).max() == 1


def test_runs_of_one_seed_share_their_design() -> None:
    """So that features and losses of all choices belong together."""
    designs = [drive(f"random-search:30:{then}", 40)[0][:30] for then in ("umda", "cma-es", "one-plus-one-ea")]
    assert np.array_equal(designs[0], designs[1]) and np.array_equal(designs[0], designs[2])


def test_known_values_are_told_at_no_cost() -> None:
    """The solver that takes over is told all it asks for, the known part from memory."""
    told: list[tuple[Codes, FloatArray]] = []

    @as_solver
    def listener(task: Task) -> Loop:
        Z = task.start(4)
        while True:
            y = yield Z
            told.append((Z, y))
            Z = np.concatenate([Z[:1], task.space.sample(1, task.rng)])

    history: Populations = [(np.array([[7], [3]]), np.array([493.0, 497.0]))]
    solver = optimizers.solver.ConfiguredSolver("listener", listener)
    loop: Any = LoopSolver(
        optimizers.handover.continue_from(solver, Task(LINE, 10, np.random.default_rng(1)), 3, history)
    )
    asked = loop.ask()
    assert len(asked) == 2  # of four wanted, two are known
    loop.tell(asked, np.array([1.0, 2.0]))
    loop.ask()
    assert told[0][0][:2, 0].tolist() == [7, 3]
    assert told[0][1].tolist() == [493.0, 497.0, 1.0, 2.0]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Solver and number of evaluations of every part that begins."""
    begun: list[tuple[str, int]] = []
    for name in ("begin", "continue_from"):
        original = getattr(optimizers.handover, name)

        def listening(solver: ConfiguredSolver, task: Task, n: int, *rest: Any, original: Any = original) -> Loop:
            begun.append((solver.name, n))
            assert task.budget == 100
            yield from original(solver, task, n, *rest)

        monkeypatch.setattr(optimizers.handover, name, listening)
        if hasattr(landscape_selector, name):
            monkeypatch.setattr(landscape_selector, name, listening)
    return begun


@pytest.mark.parametrize("plan", ["aging-evolution:0.3:random-search", "aging-evolution:30:random-search"])
def test_parts_end_after_new_evaluations(plan: str, parts: list[tuple[str, int]]) -> None:
    """A warm start with more than the budget leaves every part what it has in a cold one."""
    problem = nas_problems.make("nb201-cifar10")
    Z = problem.space.sample(500, np.random.default_rng(0))  # some of them twice
    for known in (None, History(Z, problem(Z))):
        parts.clear()
        log = optimizers.run(optimizers.make("schedule", plan=plan), problem, budget=100, seed=1, known=known)
        assert parts == [("aging-evolution", 30), ("random-search", 70)]
        assert len(log) == 100


def test_the_selector_plans_for_new_evaluations(parts: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its design is a sample of the space, not the best that is known."""
    problem = nas_problems.make("nb201-cifar10")
    Z = np.unique(problem.space.sample(500, np.random.default_rng(0)), axis=0)
    asked: list[int] = []
    original = Model.choose

    def choose(self: Model, features: FloatArray, budget: int) -> Any:
        asked.append(budget)
        return original(self, features, budget)

    def looks(self: Model, budget: int) -> bool:
        asked.append(budget)
        return True

    monkeypatch.setattr(Model, "choose", choose)
    monkeypatch.setattr(Model, "looks", looks)
    log = optimizers.run("landscape-selector", problem, budget=100, seed=1, known=History(Z, problem(Z)))
    assert len(log) == 100 and asked == [100, 100]
    n_design = shipped_model().n_design
    if n_design:
        assert parts[0] == ("random-search", n_design)


def test_a_finished_solver_leaves_its_part_to_the_next() -> None:
    """A space that a local search has seen as a whole is searched on by the next one."""
    small = nas_problems.from_function(lambda c: float(c["x"]), SearchSpace((Integer("x", 0, 9),)), name="ten")
    log = optimizers.run(optimizers.make("schedule", plan="local-search:50:random-search"), small, budget=60, seed=1)
    assert len(log.y) == 60


def test_an_unknown_solver_is_named() -> None:
    """Before anything is evaluated."""
    with pytest.raises(KeyError, match="unknown solver"):
        drive("random-search:5:umdaa", 10)


def test_a_plan_has_members() -> None:
    """All its solvers; a plus within the brackets of an option is not a race."""
    assert members("umda") == ("umda",)
    assert members("random-search:30:bananas[proxies=synflow+snip]+umda") == (
        "random-search",
        "bananas[proxies=synflow+snip]",
        "umda",
    )


def scripted(order: list[str], name: str, lowest: Sequence[int]) -> ConfiguredSolver:
    """A solver with a value to find in each of its turns, which asks for nothing once all are found."""
    left = list(lowest)

    @as_solver
    def turn(task: Task) -> Loop:
        if task.n_known:
            yield task.start(task.n_known)
        if left:
            order.append(name)
            yield np.arange(left[0], left.pop(0) + TURN)[:, None]

    return ConfiguredSolver(name, turn)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([100, 50, 300, 20], [200, 150, 400], "abaabba"),  # a leads until it finds 300 where b had found 200
        ([100], [200, 300], "abb"),  # a has finished
    ],
)
def test_the_leader_of_a_race_goes_on(a: list[int], b: list[int], expected: str) -> None:
    """By hand: the lowest value of a solver's last turn decides who is next."""
    order: list[str] = []
    history: Populations = []
    task = Task(LINE, 1000, np.random.default_rng(1))
    solver = LoopSolver(race([scripted(order, "a", a), scripted(order, "b", b)], task, 1000, history))
    while len(Z := ask_codes(solver)):
        solver.tell(Z, Z[:, 0].astype(np.float64))
    assert "".join(order) == expected


def test_a_race_spends_its_budget_exactly() -> None:
    """As a whole run and as a part of one; who races last starts from the best so far."""
    for plan in ("umda+one-plus-one-ea", "random-search:25:umda+bananas+local-search:70:umda"):
        assert len(drive(plan, 75)[0]) == 75
        assert np.array_equal(drive(plan, 75)[0], drive(plan, 75)[0])
    alone, together = drive("random-search", TURN)[0], drive("random-search+local-search", 2 * TURN)[0]
    assert np.array_equal(together[:TURN], alone)
    best = alone[np.abs(alone[:, 0] - 500).argmin(), 0]
    assert abs(together[TURN, 0] - best) == 1
