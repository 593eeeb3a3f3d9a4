"""How good a classifier's answers are: overall accuracy, balanced accuracy and Cohen's kappa."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray
from nas_problems.evaluation import Metric


@dataclass(frozen=True, slots=True)
class Scores:
    """Of K classifiers on the same images; NaN where a classifier has no answers.

    Args:
        accuracy: Share of right answers in percent, (K,); remote sensing calls it overall accuracy (OA).
        balanced_accuracy: Mean over the classes that occur of the share that is found, in percent, (K,); there it is
            called average accuracy (AA).
        kappa: Cohen's kappa, agreement beyond that of chance, at most 1, (K,).

    Source: cohen1960, eq. 1.
    """

    accuracy: FloatArray
    balanced_accuracy: FloatArray
    kappa: FloatArray

    @property
    def is_finite(self) -> bool:
        """Whether every classifier has answers."""
        return bool(np.isfinite(self.accuracy).all())

    def named(self, part: str) -> dict[str, FloatArray]:
        """The scores by the name of their metric, such as ``validation_kappa``."""
        return {
            f"{part}_accuracy": self.accuracy,
            f"{part}_balanced_accuracy": self.balanced_accuracy,
            f"{part}_kappa": self.kappa,
        }


def score(answers: NDArray[np.integer], labels: NDArray[np.integer]) -> Scores:
    """Compare answers with labels.

    Args:
        answers: Classes 0, 1, ... of n images by K classifiers, (n, K).
        labels: True classes, (n,), n >= 1.

    Where there is one class only, in labels and answers, kappa is 1.

    >>> found = score(np.array([[0], [0], [1], [0]]), np.array([0, 0, 1, 1]))
    >>> found.accuracy.tolist(), found.balanced_accuracy.tolist(), found.kappa.tolist()
    ([75.0], [75.0], [0.5])
    """
    n, n_classifiers = answers.shape
    n_classes = int(max(answers.max(), labels.max())) + 1
    cell = (np.arange(n_classifiers) * n_classes + labels[:, None]) * n_classes + answers
    confusion = np.bincount(cell.ravel(), minlength=n_classifiers * n_classes**2)
    confusion = confusion.reshape(n_classifiers, n_classes, n_classes)
    right = np.diagonal(confusion, axis1=1, axis2=2)
    occurs, answered = confusion.sum(axis=2), confusion.sum(axis=1)
    is_class = occurs[0] > 0
    balanced = 100.0 * (right[:, is_class] / occurs[:, is_class]).mean(axis=1)
    agreed = right.sum(axis=1) / n
    chance = (occurs * answered).sum(axis=1) / n**2
    kappa = np.where(chance < 1.0, (agreed - chance) / np.where(chance < 1.0, 1.0 - chance, 1.0), 1.0)
    return Scores(100.0 * right.sum(axis=1) / n, balanced, kappa)


def score_metrics(part: str) -> dict[str, Metric]:
    """The metrics of ``Scores.named``."""
    percent = (f"{part}_accuracy", f"{part}_balanced_accuracy")
    metrics = {name: Metric(name, "%", maximize=True, penalty=100.0) for name in percent}
    kappa = Metric(f"{part}_kappa", maximize=True, penalty=1.0, range=(1.0, 0.0), lower_bound=-1.0)
    return metrics | {kappa.name: kappa}
