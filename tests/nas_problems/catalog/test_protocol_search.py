"""Twelve hyperparameters of a training: image sets, the classifier, and the problems."""

import numpy as np
import pytest

import nas_problems
from nas_problems.array import IntArray
from nas_problems.catalog.protocol_search import N_DEVELOPMENT, SETS, SPACE, Digits
from nas_problems.parameter import Config

torch = pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")
from nas_problems.network.protocol_search import ProtocolClassifier  # noqa: E402  # needs torch

GOOD: Config = {
    "batch_size": 16,
    "epochs": 12,
    "horizontal_flip": False,
    "learning_rate_decay": 2.0,
    "learning_rate_init": 0.1,
    "momentum": 0.5,
    "patience": 5,
    "resize_crop": False,
    "shuffle": True,
    "tolerance": 1e-3,
    "vertical_flip": False,
    "weight_decay": 1e-5,
}


def answers(config: Config, digits: Digits, seed: int = 0) -> tuple[IntArray, IntArray]:
    """Answers on images that were not learned, and what they should be."""
    X, y = digits()
    found = digits.build(config, seed)
    found.fit(X[:N_DEVELOPMENT], y[:N_DEVELOPMENT])
    return found.predict(X[N_DEVELOPMENT:900]), y[N_DEVELOPMENT:900]


def test_the_sets_have_the_classes_they_say() -> None:
    """Majority classes of about 10, 30 and 70 %; with 40 % of the labels drawn, 36 % differ."""
    shares = {name: digits.majority_share for name, (digits, _) in SETS.items()}
    assert shares["digits"] < 0.11 and 0.29 < shares["majority30"] < 0.32
    assert 0.69 < shares["majority70"] < 0.72 and shares["mixed70"] == shares["majority70"]
    X, y = SETS["digits"][0]()
    same_images, noisy = SETS["noisy"][0]()
    assert np.array_equal(X, same_images) and 0.33 < (y != noisy).mean() < 0.39
    _, merged = SETS["majority70"][0]()
    assert np.array_equal(merged, np.where(y < 7, 0, y - 6)) and SETS["majority70"][0].n_classes == 4


def test_a_good_configuration_learns_and_is_the_same_twice() -> None:
    """And another seed gives other answers."""
    found, wanted = answers(GOOD, Digits())
    assert (found == wanted).mean() > 0.85
    assert np.array_equal(found, answers(GOOD, Digits())[0])
    assert not np.array_equal(found, answers(GOOD, Digits(), seed=1)[0])


def test_images_in_the_order_of_classes_are_not_learned() -> None:
    """Without shuffling, the last class that was seen is the answer; in random order it does not matter."""
    plain = {**GOOD, "shuffle": False}
    found, wanted = answers(plain, Digits())
    assert (found == wanted).mean() < 0.5
    found, wanted = answers(plain, Digits(by_class=False))
    assert (found == wanted).mean() > 0.8


@pytest.mark.parametrize("name", ["horizontal_flip", "vertical_flip", "resize_crop"])
def test_every_change_of_images_changes_the_training(name: str) -> None:
    short = {**GOOD, "epochs": 2}
    assert not np.array_equal(answers(short, Digits())[0], answers({**short, name: True}, Digits())[0])


def test_the_rate_falls_on_a_plateau() -> None:
    """No fall is large enough: after each epoch from the second on the rate is a thousandth, and nothing is learned."""
    stuck = {**GOOD, "tolerance": 0.99, "patience": 0, "learning_rate_decay": 1000.0}
    found, wanted = answers(stuck, Digits())
    assert (found == wanted).mean() < (answers(GOOD, Digits())[0] == wanted).mean() - 0.05


def test_a_training_that_diverges_is_a_failure() -> None:
    X, y = Digits()()
    wild = {**GOOD, "learning_rate_init": 1e30, "momentum": 0.999}
    with pytest.raises(ValueError, match="diverged in epoch 1"):
        ProtocolClassifier(wild, 0).fit(X[:200], y[:200])


def test_the_problem_is_cross_validated_and_has_a_test_metric() -> None:
    problem = nas_problems.make("train-protocol-majority30", noise="seed-0")
    Z = SPACE.encode([{**GOOD, "epochs": 4}])
    found = problem.evaluate(Z, metrics=("validation_accuracy", "validation_kappa"))
    assert not found.failed.any() and 0 < found.metrics["validation_kappa"][0] < 1
    assert found.metrics["validation_accuracy"][0] > 100 * SETS["majority30"][0].majority_share
    assert problem.test_metric == "test_accuracy"
