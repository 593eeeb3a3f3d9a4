"""Trainings that are stopped by their curves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, SearchSpace
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.problem import Problem
from optimizers.loop import Loop, as_solver
from optimizers.registry import make
from optimizers.regret import regret_so_far
from optimizers.solver import At, Task, Traits
from optimizers.stopping import StoppingRule, stopped

SPACE = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abcde")) for i in range(6)))
EPOCHS = Fidelities("epochs", tuple(range(1, 31)), continued=True)


def error(Z: np.ndarray, epoch: float) -> np.ndarray:
    """Falls exponentially to the sum of the code."""
    return np.asarray(Z.sum(axis=1) + 20.0 * np.exp(-epoch / 4))


@as_solver
def spy(task: Task, *, size: int = 1) -> Loop:
    """A random search that remembers what it was told."""
    assert len(task.fidelities.values) == 1
    while True:
        Z = task.space.sample(size, task.rng)
        TOLD.append((Z, (yield Z)))


TOLD: list[tuple[np.ndarray, np.ndarray]] = []


def run(rule: StoppingRule, n: int, *, fidelities: Fidelities = EPOCHS, size: int = 1) -> dict[bytes, list[float]]:
    """Epochs of every candidate within n asks."""
    TOLD.clear()
    task = Task(SPACE, 1000, np.random.default_rng(1), (Metric("error"),), fidelities)
    solver = stopped(lambda task: spy(task, size=size), rule)(task)
    reached: dict[bytes, list[float]] = {}
    for _ in range(n):
        asked = solver.ask()
        assert isinstance(asked, At)
        epoch = float(np.asarray(asked.fidelity))
        for z in asked.Z:
            reached.setdefault(z.tobytes(), []).append(epoch)
        solver.tell(asked.Z, error(asked.Z, epoch))
    return reached


@pytest.mark.parametrize("predictor", ["parametric", "ridge", "nu-svr", "mean-of-last"])
def test_what_cannot_be_the_best_is_stopped_and_what_is_goes_on(predictor: str) -> None:
    reached = run(StoppingRule(predictor, n_looks=4), 900)
    assert all(epochs == list(range(1, len(epochs) + 1)) for epochs in reached.values())
    sums = {key: np.frombuffer(key, dtype=SPACE.dtype).sum() for key in reached}
    late = list(reached)[15:-1]
    assert np.mean([len(reached[key]) < 30 for key in late]) > 0.5
    best = min(sums[key] for key in list(reached)[:-1])
    assert any(len(reached[key]) == 30 and sums[key] == best for key in reached)


def test_the_solver_is_told_the_end_or_its_prediction() -> None:
    reached = run(StoppingRule("parametric", n_looks=4), 300)
    for Z, y in TOLD:
        if len(reached[Z[0].tobytes()]) == 30:
            assert y == pytest.approx(error(Z, 30))
        else:
            assert y == pytest.approx(error(Z, 30), abs=4.0)


def test_a_chance_of_nothing_stops_nothing() -> None:
    assert {len(epochs) for epochs in list(run(StoppingRule(chance=0.0), 300).values())} == {30}


@pytest.mark.parametrize("n_together", [1, 3, 9])
def test_a_batch_is_told_at_once(n_together: int) -> None:
    run(StoppingRule("ridge", n_looks=4, n_together=n_together), 300, size=4)
    assert len(TOLD) >= 2
    assert all(y.shape == (4,) and np.isfinite(y).all() for _, y in TOLD)


@pytest.mark.parametrize(("n_together", "n_asks", "some_are_stopped"), [(1, 900, True), (40, 30, False)])
def test_within_a_batch_later_trainings_are_judged_by_earlier_ones(
    n_together: int, n_asks: int, some_are_stopped: bool
) -> None:
    """Of a first batch of forty, fifteen are learned from; side by side, none has finished before another."""
    reached = run(StoppingRule("ridge", n_looks=4, n_together=n_together), n_asks, size=40)
    assert any(len(epochs) < 30 for epochs in list(reached.values())[:-1]) == some_are_stopped


def test_regret_only_rises_before_a_training_has_finished() -> None:
    """Then the incumbent is chosen by a lower fidelity, or replaced by the first candidate at a higher one."""
    problem = nas_problems.make("nb201-digits")
    n_rises = 0
    stopping = make("early-stopping:aging-evolution", n_together=20)
    for solver in (stopping, "asha", "hyperband"):
        for seed in range(6):
            log = optimizers.run(solver, problem, budget=25, seed=seed)
            regret = regret_so_far(problem, log.Z, log.y, fidelity=log.fidelity)
            first = int(np.argmax(log.fidelity == problem.fidelities.full))
            n_rises += int((np.diff(regret[: first + 1]) > 1e-9).sum())
            assert (np.diff(regret[first:]) <= 1e-9).all()
    assert n_rises


def test_where_fidelities_are_trainings_of_their_own_nothing_is_stopped() -> None:
    reached = run(StoppingRule(), 20, fidelities=Fidelities("epochs", (10, 30)))
    assert set(map(tuple, reached.values())) == {(30.0,)}


def test_every_solver_of_one_fidelity_can_be_stopped() -> None:
    names = [name for name in optimizers.names() if name.startswith("early-stopping:")]
    assert "early-stopping:aging-evolution" in names
    assert "early-stopping:hyperband" not in names
    assert "early-stopping:random-sampling" not in names
    assert optimizers.traits("early-stopping:umda") == Traits(fidelities=True)
    assert make("early-stopping:umda", chance=0.1).label == "early-stopping-umda.chance-0.1"


@dataclass(frozen=True, eq=False)
class _Failing:
    """Trainings of which those that begin with the choice ``a`` fail at once."""

    fails: bool
    kind: EvaluatorKind = "computed"
    fidelities: Fidelities = EPOCHS
    metrics: Mapping[str, Metric] = field(default_factory=lambda: {"error": Metric("error")})
    noise_kinds: frozenset[NoiseKind] = frozenset({"mean"})

    def evaluate(
        self, Z: np.ndarray, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: object
    ) -> Evaluations:
        failed = (Z[:, 0] == 0) & self.fails
        values = {"error": np.where(failed, np.nan, error(Z, fidelity))}
        return Evaluations(values, np.full(len(Z), fidelity), failed)


def _failing(*, fails: bool) -> Problem:
    evaluator = _Failing(fails)
    return Problem("failing", 1, SPACE, evaluator, tuple(evaluator.metrics.values()), "none")


@pytest.mark.parametrize("n_together", [1, 7])
def test_a_training_that_fails_ends_there_and_is_no_curve(n_together: int) -> None:
    """Nothing goes on from it: each further epoch would be paid in full, from the first one on."""
    solver = make("early-stopping:aging-evolution", n_together=n_together)
    log = optimizers.run(solver, _failing(fails=True), budget=60, seed=1)
    failed = log.fidelity[log.failed]
    assert len(failed) > 3 and (failed == 1).all()
    assert log.price[log.failed] == pytest.approx(1 / 30)
    reached = {z.tobytes(): float(level) for z, level in zip(log.Z, log.fidelity, strict=True)}
    assert sum(level < 30 for level in reached.values()) > 10 + len(failed)  # what did not fail is still stopped


@pytest.mark.parametrize("predictor", ["mean-of-last", "ridge"])
def test_freeze_thaw_does_not_go_on_with_a_training_that_failed(predictor: str) -> None:
    solver = make("freeze-thaw", predictor=predictor)
    for seed in range(3):
        log = optimizers.run(solver, _failing(fails=True), budget=40, seed=seed)
        _, n_steps = np.unique(log.Z[log.failed], axis=0, return_counts=True)
        assert len(n_steps) > 3 and (n_steps == 1).all()
        assert (log.fidelity == 30).any()


def test_freeze_thaw_goes_on_where_all_of_its_first_trainings_fail() -> None:
    fails = np.zeros((9, 6), dtype=SPACE.dtype)
    log = optimizers.run("freeze-thaw", _failing(fails=True), budget=40, seed=1, initializer=lambda *_: fails[:5])
    assert log.failed[:5].all() and (log.fidelity == 30).any()


def test_with_sampled_noise_nothing_is_stopped_as_every_query_is_another_training() -> None:
    problem = nas_problems.make("nb201-digits", noise="sampled")
    log = optimizers.run("early-stopping:aging-evolution", problem, budget=50, seed=1)
    assert len(log.y) == 50 and (log.fidelity == problem.fidelity).all()
    seed = optimizers.run("early-stopping:aging-evolution", problem.variant(noise="seed-0"), budget=50, seed=1)
    assert (seed.fidelity < problem.fidelities.full).any()


def test_random_search_spends_what_its_stopped_trainings_save() -> None:
    log = optimizers.run("early-stopping:random-search", _failing(fails=False), budget=60, seed=1)
    assert log.price.sum() > 59 and len(np.unique(log.Z, axis=0)) > 90
