"""Learning curves that have begun, and what they say of their end.

A curve has one value per step, as measured, minimised. Every predictor has the same two methods: ``fit`` on finished
curves, ``predict`` the last value of curves of which only the first steps are known. What counts in a search is the
order of the predictions, see ``held_out``.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ela.correlation import spearman
from nas_problems.array import FloatArray, check_count


class CurvePredictor(Protocol):
    """Predicts the end of learning curves from their beginning."""

    def fit(self, curves: FloatArray, n_seen: int) -> None:
        """Learn from finished curves.

        Args:
            curves: Minimised values, shape (n, steps).
            n_seen: How many of the first steps will be known when predicting.
        """
        ...

    def predict(self, begun: FloatArray) -> FloatArray:
        """The last values of curves, shape (n,), from their first ``n_seen`` values, (n, n_seen)."""
        ...


@dataclass(slots=True)
class MeanOfLast:
    """The mean of the last values seen: less noise than the last one alone; needs no fit.

    Args:
        k: How many values; 1: the last value.

    >>> MeanOfLast(2).predict(np.array([[4.0, 3.0, 1.0]])).tolist()
    [2.0]
    """

    k: int = 1

    def __post_init__(self) -> None:
        check_count(self.k, "k", minimum=1)

    def fit(self, curves: FloatArray, n_seen: int) -> None:
        """Nothing to learn."""

    def predict(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.predict``."""
        return np.asarray(begun[:, -self.k :].mean(axis=1))


@dataclass(slots=True)
class RidgeOfCurve:
    """Ridge regression of the last value on seven features of the beginning.

    Last value, mean and standard deviation of the last fifth, mean and minimum of all, slope over the last half and
    first value, standardized on the finished curves.

    Args:
        penalty: Of the squared coefficients.
    """

    penalty: float = 1.0
    _mean: FloatArray = field(init=False, repr=False)
    _scale: FloatArray = field(init=False, repr=False)
    _coefficients: FloatArray = field(init=False, repr=False)
    _level: float = field(init=False, repr=False, default=0.0)

    def fit(self, curves: FloatArray, n_seen: int) -> None:
        """See ``CurvePredictor.fit``.

        Raises:
            ValueError: Fewer than two curves, or not 1 <= ``n_seen`` <= steps.
        """
        if len(curves) < 2 or not 1 <= n_seen <= curves.shape[1]:
            raise ValueError(f"curves: wanted >= 2 of >= {n_seen} steps, found shape {curves.shape}")
        features = _features(curves[:, :n_seen])
        scale = np.asarray(features.std(axis=0))
        self._mean, self._scale = np.asarray(features.mean(axis=0)), np.where(scale > 0, scale, 1.0)
        X, self._level = (features - self._mean) / self._scale, float(curves[:, -1].mean())
        gram = X.T @ X + self.penalty * np.eye(X.shape[1])
        self._coefficients = np.asarray(np.linalg.solve(gram, X.T @ (curves[:, -1] - self._level)))

    def predict(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.predict``; after ``fit``."""
        standardized = (_features(begun) - self._mean) / self._scale
        return np.asarray(self._level + standardized @ self._coefficients)


def _features(begun: FloatArray) -> FloatArray:
    n = begun.shape[1]
    late, half = begun[:, -max(1, n // 5) :], begun[:, n // 2 :]
    slope = (half[:, -1] - half[:, 0]) / max(1, half.shape[1] - 1)
    columns = (begun[:, -1], late.mean(1), late.std(1), begun.mean(1), begun.min(1), slope, begun[:, 0])
    return np.column_stack(columns)


def held_out(
    predictor: CurvePredictor, curves: FloatArray, n_seen: int, *, n_train: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Rank correlation and mean absolute error of predictions on curves that were not learned from.

    Args:
        predictor: It is fitted anew.
        curves: Minimised, shape (n, steps), without NaN.
        n_seen: How many of the first steps it sees.
        n_train: Curves that it learns from, drawn without replacement; the others are predicted.
        rng: Source of randomness of the draw.

    Returns:
        Spearman's correlation with the last values, and the mean absolute error.
    """
    order = rng.permutation(len(curves))
    train, test = curves[order[:n_train]], curves[order[n_train:]]
    predictor.fit(train, n_seen)
    predicted = predictor.predict(test[:, :n_seen])
    return spearman(predicted, test[:, -1]), float(np.abs(predicted - test[:, -1]).mean())
