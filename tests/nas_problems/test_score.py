"""Overall accuracy, balanced accuracy and kappa, compared with scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score

from nas_problems.score import score, score_metrics


@pytest.mark.parametrize("n_classes", [2, 5, 17])
def test_scores_are_those_of_scikit_learn(n_classes: int) -> None:
    """Three classifiers at once, one of them right."""
    rng = np.random.default_rng(n_classes)
    labels = rng.integers(n_classes, size=200)
    answers = np.stack([rng.integers(n_classes, size=200), np.where(rng.random(200) < 0.6, labels, 0), labels], axis=1)
    found = score(answers, labels)
    for k in range(3):
        assert found.accuracy[k] == pytest.approx(100 * np.mean(answers[:, k] == labels))
        assert found.balanced_accuracy[k] == pytest.approx(100 * balanced_accuracy_score(labels, answers[:, k]))
        assert found.kappa[k] == pytest.approx(cohen_kappa_score(labels, answers[:, k]))


def test_a_class_that_does_not_occur_counts_in_no_mean() -> None:
    """Balanced accuracy is over the classes among the labels, also where another one was answered."""
    found = score(np.array([[0], [2]]), np.array([0, 1]))
    assert found.balanced_accuracy.tolist() == [50.0]


def test_one_class_only() -> None:
    """Then all agree, and chance agrees as well."""
    assert score(np.array([[1], [1]]), np.array([1, 1])).kappa.tolist() == [1.0]


def test_metrics_are_minimised_between_their_bounds() -> None:
    """The worst kappa is -1, and a failure is no better."""
    kappa = score_metrics("validation")["validation_kappa"]
    assert kappa.minimised(np.array([1.0, 0.0, -1.0, np.nan])).tolist() == [-1.0, 0.0, 1.0, 1.0]
    assert kappa.minimised_range == (-1.0, 0.0)
