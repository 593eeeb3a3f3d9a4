"""Paused trainings on disk: continued to the bit, shared, and more of them than the memory keeps."""

import dataclasses
import functools
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch

import optimizers
from nas_problems.array import FloatArray
from nas_problems.cell.graph201 import SPACE
from nas_problems.datasets.images import ImageSet
from nas_problems.evaluation import Fidelities
from nas_problems.evaluators.training import METRICS, TrainingEvaluator
from nas_problems.network import session
from nas_problems.network.family import CellFamily
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.network.store import TrainingStore
from nas_problems.problem import Problem

CELLS = np.array([[3, 3, 2, 1, 4, 0], [1, 0, 2, 4, 3, 2], [2, 1, 3, 0, 0, 1]])
PROTOCOL = TrainingProtocol(epochs=3, batch_size=10, learning_rate=0.05, schedule="cosine", drop_path=0.2, cutout=2)


def load_images() -> ImageSet:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    return ImageSet.from_arrays("noise", rng.random((60, 6, 6)) + labels[:, None, None], labels)


def family(shape: ImageShape) -> CellFamily:
    return CellFamily(shape, CellSkeleton(channels=2, n_cells=1, n_stages=1))


def note_epoch(done: list[int], n_epochs: int, epoch: int) -> None:
    """Note an epoch, and interrupt the process after some of them."""
    done.append(epoch)
    if len(done) == n_epochs:
        raise KeyboardInterrupt


def problem(
    folder: Path | None = None, epochs: list[int] | None = None, n_epochs: int = 10**6, **options: object
) -> Problem:
    """Networks with randomness of every kind: weights, order, cutout, drop path."""
    made = TrainingEvaluator(SPACE, load_images, family, PROTOCOL, Fidelities("epochs", (1, 2, 3), continued=True))
    if epochs is not None:
        options["on_epoch"] = partial(note_epoch, epochs, n_epochs)
    made = dataclasses.replace(made, trainings=folder, **options)  # type: ignore[arg-type]  # options of several types
    return Problem("train-kept", 32_100, SPACE, made, (METRICS["validation_accuracy"],), "own").variant(noise="seed-0")


def test_another_process_goes_on_where_one_was_killed(tmp_path: Path) -> None:
    epochs: list[int] = []
    first = problem(tmp_path).variant(fidelity=2).evaluate(CELLS[:1], metrics=["validation_accuracy"])
    later = problem(tmp_path, epochs)  # remembers nothing, as after a kill
    found = later.evaluate(CELLS[:1], metrics=["validation_accuracy", "train_loss"])
    assert epochs == [3]
    whole = problem().evaluate(CELLS[:1], metrics=["validation_accuracy", "train_loss"])
    for name, values in whole.metrics.items():
        assert np.array_equal(values, found.metrics[name])  # to the bit
    assert found.cost_seconds > first.cost_seconds  # all epochs count, wherever they were trained
    again = problem(tmp_path, epochs)
    assert np.array_equal(again(CELLS[:1]), later(CELLS[:1])) and epochs == [3]
    assert again.variant(fidelity=2)(CELLS[:1]) == 100.0 - first.metrics["validation_accuracy"]


def test_finished_trainings_leave_their_results_alone(tmp_path: Path) -> None:
    live = problem(tmp_path)
    live.variant(fidelity=1)(CELLS)
    assert sorted(path.suffixes[-2] for path in tmp_path.iterdir()) == [".1"] * 3
    paused = sum(path.stat().st_size for path in tmp_path.iterdir())
    live(CELLS)
    assert sorted(path.suffixes[-2] for path in tmp_path.iterdir()) == [".3"] * 3
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < paused


def test_workers_that_share_a_folder_go_on_with_the_furthest(tmp_path: Path) -> None:
    epochs: list[int] = []
    one, other = problem(tmp_path, epochs), problem(tmp_path, epochs)
    one.variant(fidelity=1)(CELLS[:1])
    other.variant(fidelity=2)(CELLS[:1])
    one(CELLS[:1])
    assert epochs == [1, 2, 3]


def test_more_are_paused_than_the_memory_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rung of successive halving with nowhere to keep its trainings but a temporary folder."""
    monkeypatch.setattr(session, "MAX_PAUSED", 1)
    epochs: list[int] = []
    live = problem(None, epochs)
    live.variant(fidelity=1)(CELLS)
    assert np.array_equal(live(CELLS), problem()(CELLS)) and epochs == [1] * 3 + [2, 3] * 3


def test_what_differs_is_not_shared(tmp_path: Path) -> None:
    problem(tmp_path).variant(fidelity=1)(CELLS[:1])
    epochs: list[int] = []
    faster = dataclasses.replace(PROTOCOL, learning_rate=0.1)
    problem(tmp_path, epochs, protocol=faster).variant(fidelity=1)(CELLS[:1])
    problem(tmp_path, epochs).variant(fidelity=1, noise="seed-1")(CELLS[:1])
    problem(tmp_path, epochs).variant(fidelity=1)(CELLS[1:2])
    assert epochs == [1, 1, 1] and len(list(tmp_path.iterdir())) == 4


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    y = problem(tmp_path).variant(fidelity=2)(CELLS[:1])
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"\x80\x02 not a training")
    epochs: list[int] = []
    assert TrainingStore(tmp_path).load(file.name.partition(".")[0]) is None
    assert problem(tmp_path, epochs).variant(fidelity=2)(CELLS[:1]) == y and epochs == [1, 2]


def test_a_killed_run_loses_no_epoch(tmp_path: Path) -> None:
    """Killed while a promotion trains: what was paused before goes on, and the trajectory is the same."""
    undisturbed = optimizers.run("successive-halving", problem(), budget=3, seed=1)
    killed = problem(None, [], 5)
    with pytest.raises(KeyboardInterrupt):
        optimizers.run("successive-halving", killed, budget=3, seed=1, folder=tmp_path / "log")
    assert list((tmp_path / "log.trainings").iterdir())
    epochs: list[int] = []
    log = optimizers.run("successive-halving", problem(None, epochs), budget=3, seed=1, folder=tmp_path / "log")
    assert np.array_equal(log.y, undisturbed.y) and np.array_equal(log.Z, undisturbed.Z)
    n_epochs = round(undisturbed.price.sum() * 3)
    assert 0 < len(epochs) <= n_epochs - 3 and not (tmp_path / "log.trainings").exists()


# ---- files that a stranger has changed: the candidate is trained anew, and its value is right


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _linked(path: Path) -> None:
    path.rename(path.parent.with_name("elsewhere"))
    path.symlink_to(path.parent.with_name("elsewhere"))


def rewritten(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Changes what a file says."""

    def spoil(path: Path) -> None:
        content = torch.load(path, weights_only=True)
        change(content)
        torch.save(content, path)

    return spoil


SPOILED: dict[str, Callable[[Path], object]] = {
    "half of it": lambda path: path.write_bytes(path.read_bytes()[:500]),
    "pickled code": lambda path: torch.save({"version": 1, "outcomes": print, "state": None}, path),
    "a list": lambda path: torch.save([1, 2], path),
    "a pipe": _pipe,  # was waited for without end
    "a link": _linked,
    "another version": rewritten(lambda c: c.update(version=99)),
    "no measurements": rewritten(lambda c: c.update(outcomes={})),
    "an accuracy of 500 %": rewritten(lambda c: c["outcomes"][2]["validation"].__setitem__(0, [500.0])),
    "an infinite accuracy": rewritten(lambda c: c["outcomes"][2]["test"].__setitem__(0, [float("inf")])),
    "accuracies of two seeds": rewritten(
        lambda c: [
            each.update(
                validation=[[99.0, 99.0]] * 3, test=[[99.0, 99.0]] * 3, train_accuracy=[1.0, 1.0], train_loss=[1.0, 1.0]
            )
            for each in c["outcomes"].values()
        ]
    ),
    "negative seconds": rewritten(lambda c: c["outcomes"][2].update(seconds=-1.0)),
    "huge seconds": rewritten(lambda c: c["outcomes"][2].update(seconds=10**400)),
    "text": rewritten(lambda c: c["outcomes"][2].update(train_loss="low")),
    "another network": rewritten(lambda c: c["state"]["stack"].clear()),  # was a failed evaluation
    "weights of other shapes": rewritten(
        lambda c: c["state"]["stack"].update({n: v.reshape(-1)[:1] for n, v in c["state"]["stack"].items()})
    ),
    "no optimizer": rewritten(lambda c: c["state"].pop("optimizer")),
    "more epochs than were trained": rewritten(lambda c: c["state"].update(epoch=3)),  # would stay untrained
    "a state that is a number": rewritten(lambda c: c.update(state=7)),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_changed_file_is_as_none_and_makes_place(spoiled: str, tmp_path: Path) -> None:
    folder = tmp_path / "trainings"
    problem(folder).variant(fidelity=2)(CELLS[:1])
    (file,) = folder.iterdir()
    SPOILED[spoiled](file)
    epochs: list[int] = []
    found = problem(folder, epochs).evaluate(CELLS[:1])
    assert np.array_equal(found.metrics["validation_accuracy"], whole_training())
    assert epochs == [1, 2, 3] and not found.failed.any()
    assert problem(folder, epochs)(CELLS[:1]) == 100.0 - whole_training() and len(epochs) == 3  # it is kept


@functools.cache
def whole_training() -> FloatArray:
    return problem().evaluate(CELLS[:1]).metrics["validation_accuracy"]


def test_what_was_read_from_disk_and_finished_is_not_kept_in_memory(tmp_path: Path) -> None:
    problem(tmp_path).evaluate(CELLS, fidelity=1)
    other = problem(tmp_path)
    other.evaluate(CELLS)
    evaluator = other.evaluator
    assert isinstance(evaluator, TrainingEvaluator)
    assert not evaluator.session._paused
