"""Networks trained from their parent's weights: values depend on the candidate alone, costs on who was there before."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

from nas_problems.datasets.images import ImageSet
from nas_problems.evaluators.inheriting import InheritingEvaluator
from nas_problems.evaluators.training import METRICS
from nas_problems.network.lineage import Lineage
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.problem import Problem
from nas_problems.testing import check_problem

LINEAGE = Lineage(n_generations=2, n_steps=1, width=4, max_width=8, max_blocks=5)
ROOT, CHILD, GRANDCHILD = np.array([[0, 0, 0, 0]]), np.array([[3, 0, 0, 0]]), np.array([[3, 0, 2, 1]])


def load_images() -> ImageSet:
    labels = np.arange(90) % 3
    pixels = np.random.default_rng(0).random((90, 8, 8)) + labels[:, None, None]
    return ImageSet.from_arrays("noise", pixels, labels)


def problem(**options: object) -> Problem:
    protocol = TrainingProtocol(epochs=1, batch_size=10, learning_rate=0.05)
    made = InheritingEvaluator(LINEAGE, load_images, protocol)
    made = dataclasses.replace(made, **options)  # type: ignore[arg-type]  # options of several types
    metrics = (METRICS["validation_accuracy"],)
    return Problem("grown", 32_200, LINEAGE.space, made, metrics, "own", test_metric="test_accuracy")


def test_conformance() -> None:
    check_problem(problem(), n_candidates=2)


def test_a_missing_torch_is_found_before_a_search_and_fails_no_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nas_problems.network.available.find_spec", lambda name: None)
    for call in (problem().prepare, lambda: problem().variant(noise="seed-0").evaluate(ROOT)):
        with pytest.raises(ImportError, match="torch is not installed, and training a network needs it: pip install"):
            call()


def test_values_do_not_depend_on_the_order_of_evaluation() -> None:
    names = ["validation_accuracy", "test_accuracy"]
    once = problem().variant(noise="seed-0").evaluate(GRANDCHILD, metrics=names)
    stepwise = problem().variant(noise="seed-0")
    costs = [stepwise.evaluate(Z, metrics=names) for Z in (ROOT, CHILD, GRANDCHILD)]
    for name in names:
        assert once.metrics[name] == costs[-1].metrics[name]
    assert once.cost_seconds > costs[-1].cost_seconds  # its ancestors were not evaluated before
    again = stepwise.evaluate(GRANDCHILD, metrics=names)
    assert again.cost_seconds == costs[-1].cost_seconds


def test_a_child_begins_where_its_parent_ended() -> None:
    """After three generations of eight epochs it is better than a network of its size after one epoch from scratch."""
    long = TrainingProtocol(epochs=8, batch_size=10, learning_rate=0.1)
    learned = problem(protocol=long).variant(noise="seed-0")
    scratch = problem(inherits=False).variant(noise="seed-0")
    assert learned(GRANDCHILD) < scratch(GRANDCHILD)
    sizes = [each.evaluate(GRANDCHILD, metrics=["n_flops"]).metrics["n_flops"] for each in (learned, scratch)]
    assert sizes[0] == sizes[1]


def test_another_process_reads_what_was_trained(tmp_path: Path) -> None:
    first = problem(trainings=tmp_path).variant(noise="seed-0")
    y = first(GRANDCHILD)
    assert len(list(tmp_path.iterdir())) == 3
    again = problem(trainings=tmp_path).variant(noise="seed-0")
    found = again.evaluate(GRANDCHILD, metrics=["validation_accuracy"])
    assert 100.0 - found.metrics["validation_accuracy"] == y and len(list(tmp_path.iterdir())) == 3


def test_networks_whose_weights_alone_are_equal_do_not_share_what_was_trained(tmp_path: Path) -> None:
    """The last block reads the first one or the second as well, by weights that begin at 0 either way."""
    Z, names = np.array([[2, 2, 4, 1], [2, 2, 4, 2]]), ["validation_accuracy", "test_accuracy"]
    protocol = TrainingProtocol(epochs=3, batch_size=10, learning_rate=0.1)
    right = problem(protocol=protocol).variant(noise="seed-0").evaluate(Z, metrics=names)
    for order in ([0, 1], [1, 0]):
        folder = tmp_path / str(order)
        kept = problem(trainings=folder, protocol=protocol).variant(noise="seed-0").evaluate(Z[order], metrics=names)
        for name in names:
            assert kept.metrics[name].tolist() == right.metrics[name][order].tolist()
        assert len(list(folder.iterdir())) == 4  # the first network, its child, and two of the next generation


def load_other_labels() -> ImageSet:
    images = load_images()
    return dataclasses.replace(images, labels=np.random.default_rng(1).permutation(images.labels))


def load_other_test_images() -> ImageSet:
    images = load_images()
    pixels = images.images.copy()
    pixels[images.test] = 0
    return dataclasses.replace(images, images=pixels)


@pytest.mark.parametrize("load", [load_other_labels, load_other_test_images])
def test_other_labels_or_images_of_any_part_are_trained_anew(load: Callable[[], ImageSet], tmp_path: Path) -> None:
    names = ["validation_accuracy", "test_accuracy"]
    problem(trainings=tmp_path).variant(noise="seed-0")(ROOT)
    kept = problem(trainings=tmp_path, load_images=load).variant(noise="seed-0").evaluate(ROOT, metrics=names)
    alone = problem(load_images=load).variant(noise="seed-0").evaluate(ROOT, metrics=names)
    assert [kept.metrics[name][0] for name in names] == [alone.metrics[name][0] for name in names]
    assert len(list(tmp_path.iterdir())) == 2


def test_sizes_are_known_without_training() -> None:
    grown = problem()
    assert grown.zero_cost == ("n_parameters", "n_flops")
    found = grown.evaluate(np.concatenate([ROOT, CHILD]), metrics=["n_parameters"])
    assert found.metrics["n_parameters"][0] < found.metrics["n_parameters"][1] and not found.cost_seconds.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"drop_path": 0.2}, "drop_path: wanted 0, networks that grow do not have it, found 0.2"),
        ({"auxiliary_weight": 0.4}, "auxiliary_weight: wanted 0, networks that grow do not have it, found 0.4"),
        ({"auto_augment": True}, "auto_augment: wanted images of three channels, found 1"),
    ],
)
def test_a_protocol_that_suits_no_candidate_is_refused(change: dict[str, float], message: str) -> None:
    """It failed every one of them, or was ignored."""
    protocol = dataclasses.replace(TrainingProtocol(epochs=1, batch_size=10), **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        problem(protocol=protocol)(CHILD)


def load_one_to_train() -> ImageSet:
    train, validation, test = (np.array([row]) for row in range(3))
    return ImageSet("one", np.zeros((3, 1, 8, 8)), np.zeros(3, dtype=np.int64), train, validation, test)


def test_a_training_part_of_one_image_is_refused() -> None:
    with pytest.raises(ValueError, match="images: wanted at least 2 in the training part, found 1"):
        problem(load_images=load_one_to_train)(CHILD)


def test_what_a_failure_took_is_its_cost_and_is_paid_once() -> None:
    """A root that diverges, its child, which cannot be trained either, and both again."""
    protocol = TrainingProtocol(epochs=1, batch_size=10, learning_rate=1e30)
    grown = problem(protocol=protocol).variant(noise="seed-0")
    names = ["validation_accuracy"]
    first, child, again = (grown.evaluate(Z, metrics=names) for Z in (ROOT, CHILD, ROOT))
    for found in (first, child, again):
        assert found.failed.tolist() == [True] and "diverged within 1 epochs" in found.reason[0]
    assert first.cost_seconds[0] > 0 and child.cost_seconds[0] == 0
    assert again.cost_seconds[0] == first.cost_seconds[0]  # remembered
    both = problem(protocol=protocol).variant(noise="seed-0").evaluate(CHILD, metrics=names)
    assert both.cost_seconds[0] > 0  # of its parent


def test_failures_are_rows_with_a_reason() -> None:
    found = problem(limit_seconds=1e-9).evaluate(CHILD, metrics=["validation_accuracy"])
    assert found.failed.tolist() == [True] and "time limit" in found.reason[0]
    with pytest.raises(ValueError, match="limit_seconds: wanted a positive number, found 0"):
        problem(limit_seconds=0)
