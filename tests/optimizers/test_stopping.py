"""Trainings that are stopped by their curves."""

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, SearchSpace
from nas_problems.evaluation import Fidelities, Metric
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
