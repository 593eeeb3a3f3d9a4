"""Freeze-thaw on curves that are known."""

import numpy as np
import pytest

from nas_problems import Categorical, SearchSpace
from nas_problems.evaluation import Fidelities, Metric
from optimizers.catalog.freeze_thaw import _improvement
from optimizers.registry import make
from optimizers.rung import steps
from optimizers.solver import At, Task

SPACE = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abcde")) for i in range(6)))
EPOCHS = Fidelities("epochs", tuple(range(1, 41)), continued=True)


def error(z: np.ndarray, epoch: float) -> float:
    """Falls exponentially; where it ends can be told from where it is."""
    return float(z.sum() + 20.0 * np.exp(-epoch / 10))


def trainings(n: int, *, fidelities: Fidelities = EPOCHS, **options: object) -> dict[bytes, list[float]]:
    """Fidelities of every candidate within n steps."""
    solver = make("freeze-thaw", **options).factory(
        Task(SPACE, 1000, np.random.default_rng(1), (Metric("error"),), fidelities)
    )
    reached: dict[bytes, list[float]] = {}
    for _ in range(n):
        asked = solver.ask()
        assert isinstance(asked, At)
        epoch = float(np.asarray(asked.fidelity))
        reached.setdefault(asked.Z.tobytes(), []).append(epoch)
        solver.tell(asked.Z, np.array([error(asked.Z[0], epoch)]))
    return reached


@pytest.mark.parametrize("predictor", ["mean-of-last", "ridge"])
def test_every_training_goes_step_by_step_and_the_better_ones_further(predictor: str) -> None:
    reached = trainings(600, predictor=predictor)
    for epochs in reached.values():
        assert epochs == [4.0 * (i + 1) for i in range(len(epochs))]
    later = list(reached.items())[5:]
    sums = np.array([np.frombuffer(key, dtype=SPACE.dtype).sum() for key, _ in later])
    lengths = np.array([len(epochs) for _, epochs in later])
    assert (lengths < 10).mean() > 0.8  # most are frozen for good
    assert sums[lengths == 10].mean() < sums[lengths <= 2].mean() - 4


def test_the_first_trainings_are_finished() -> None:
    assert list(trainings(50).values()) == [[4.0 * (i + 1) for i in range(10)]] * 5
    assert list(trainings(2, n_finished=1, n_steps=2).values()) == [[20.0, 40.0]]


def test_with_one_fidelity_it_is_a_random_search() -> None:
    reached = trainings(100, fidelities=Fidelities("epochs", (40,)))
    assert len(reached) == 100


def test_steps_end_at_the_full_fidelity() -> None:
    assert steps(EPOCHS, 4) == (10, 20, 30, 40)
    assert steps(EPOCHS, 4, lowest=31) == (32, 35, 37, 40)
    assert steps(Fidelities("epochs", (12, 200)), 10) == (12, 200)
    with pytest.raises(ValueError, match="lowest: wanted at most epochs 40, found 41"):
        steps(EPOCHS, 4, lowest=41)


@pytest.mark.parametrize(("gain", "spread", "wanted"), [(1.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.39894228)])
def test_expected_improvement(gain: float, spread: float, wanted: float) -> None:
    assert _improvement(gain, spread) == pytest.approx(wanted)
