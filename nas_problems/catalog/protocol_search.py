"""Live problem: twelve hyperparameters of the training of one small residual network, on digits.

The hyperparameters are those of DS-2019, where a ResNet-18 is trained on ten image sets; ranges are ours, for a network
that is trained within a second. The digits can be made like its sets: some classes merged into a majority class, a
share of labels drawn at random, images given class by class, as from a folder per class, or in random order.

Source: sharma2019.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

import nas_problems
from nas_problems.array import FloatArray, IntArray
from nas_problems.catalog.estimators import load_digits
from nas_problems.evaluators.estimators import METRICS, Estimator, EstimatorEvaluator, Task
from nas_problems.network.available import check_torch
from nas_problems.parameter import Config
from nas_problems.problem import Problem
from nas_problems.space import Categorical, Integer, Real, SearchSpace

SPACE = SearchSpace(
    (
        Integer("batch_size", 8, 64, log=True),
        Integer("epochs", 2, 20),
        Categorical("horizontal_flip", (False, True)),
        Real("learning_rate_decay", 2.0, 100.0, log=True),
        Real("learning_rate_init", 1e-3, 1.0, log=True),
        Real("momentum", 0.1, 0.999),
        Integer("patience", 1, 10),
        Categorical("resize_crop", (False, True)),
        Categorical("shuffle", (False, True)),
        Real("tolerance", 1e-5, 1e-1, log=True),
        Categorical("vertical_flip", (False, True)),
        Real("weight_decay", 1e-6, 1e-1, log=True),
    )
)
"""Names as in DS-2019."""

N_DEVELOPMENT = 400
"""Images for cross-validation in two folds; 1,397 are for the test."""

N_DIGITS = 10
_SEED = 2019


@dataclass(frozen=True, slots=True)
class Digits:
    """Digits with a majority class and noisy labels; a function without arguments.

    Args:
        merged: How many digits, from 0 on, are one class.
        label_noise: Share of images whose class is drawn uniformly.
        by_class: Whether they are learned class by class where they are not shuffled, else in random order.
    """

    merged: int = 1
    label_noise: float = 0.0
    by_class: bool = True

    @property
    def n_classes(self) -> int:
        """Number of classes; the majority class is the first."""
        return N_DIGITS - self.merged + 1

    def __call__(self) -> tuple[FloatArray, IntArray]:
        """Images (1797, 64) and their classes (1797,)."""
        X, digits = load_digits()
        y = np.maximum(digits - (self.merged - 1), 0)
        rng = np.random.default_rng(_SEED)
        is_drawn = rng.random(len(y)) < self.label_noise
        return X, np.where(is_drawn, rng.integers(0, self.n_classes, len(y)), y)

    @property
    def majority_share(self) -> float:
        """Share of the images that the largest class has: the accuracy of a model without knowledge."""
        _, y = self()
        return float(np.bincount(y).max() / len(y))

    def build(self, config: Config, seed: int) -> Estimator:
        """A small residual network that is trained as the configuration says."""
        from nas_problems.network.protocol_search import ProtocolClassifier

        return ProtocolClassifier(config, seed, n_classes=self.n_classes, by_class=self.by_class)


SETS: Mapping[str, tuple[Digits, str]] = {
    "digits": (Digits(), "digits"),
    "majority30": (Digits(merged=3), "digits of which three are one class"),
    "majority70": (Digits(merged=7), "digits of which seven are one class"),
    "mixed70": (Digits(merged=7, by_class=False), "digits of which seven are one class, in random order"),
    "noisy": (Digits(label_noise=0.4), "digits, 40 % of the labels drawn at random"),
}
"""Name behind ``train-protocol-`` -> images, and what they are."""


@cache
def _evaluator(digits: Digits) -> EstimatorEvaluator:
    task = Task(digits.build, digits, N_DEVELOPMENT, n_folds=2, limit_seconds=60.0, side=8, size_parameter="epochs")
    return EstimatorEvaluator(SPACE, task)


def _problem(name: str, function_id: int, digits: Digits) -> Problem:
    check_torch(name)
    return Problem(
        name=name,
        function_id=function_id,
        base_space=SPACE,
        evaluator=_evaluator(digits),
        objectives=(METRICS["validation_accuracy"],),
        source="sharma2019",
        test_metric="test_accuracy",
    )


for _i, (_name, (_digits, _what)) in enumerate(SETS.items()):
    nas_problems.register(
        f"train-protocol-{_name}",
        summary=f"12 hyperparameters of a small ResNet's training on {_what}, cross-validated error, trained live",
        family="train",
    )(partial(_problem, f"train-protocol-{_name}", 22_851 + _i, _digits))
