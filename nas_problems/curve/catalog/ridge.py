"""Ridge regression of the end on features of the beginning."""

from dataclasses import dataclass, field

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.curve.predictor import check_begun, curve_predictors, of_finite, usable_curves


@dataclass(slots=True)
class RidgeOfCurve:
    """Ridge regression of the last value on seven features of the beginning.

    Last value, mean and standard deviation of the last fifth, mean and minimum of all, slope over the last half and
    first value, standardized on the finished curves. Its spread is the root mean squared error when each finished
    curve is left out in turn.

    Args:
        penalty: Of the squared coefficients.
    """

    penalty: float = 1.0
    _mean: FloatArray = field(init=False, repr=False)
    _scale: FloatArray = field(init=False, repr=False)
    _coefficients: FloatArray = field(init=False, repr=False)
    _level: float = field(init=False, repr=False, default=0.0)
    _spread: float = field(init=False, repr=False, default=float("nan"))
    _n_seen: int = field(init=False, repr=False, default=0)

    def fit(self, curves: FloatArray, n_seen: int) -> None:
        """See ``CurvePredictor.fit``.

        Raises:
            ValueError: Fewer than two usable curves, or not 1 <= ``n_seen`` <= steps.
        """
        usable = usable_curves(curves, n_seen, at_least=2)
        features, end = _features(usable[:, :n_seen]), usable[:, -1]
        scale = np.asarray(features.std(axis=0))
        self._mean, self._scale = np.asarray(features.mean(axis=0)), np.where(scale > 0, scale, 1.0)
        X, self._level = (features - self._mean) / self._scale, float(end.mean())
        gram = X.T @ X + self.penalty * np.eye(X.shape[1])
        self._coefficients = np.asarray(np.linalg.solve(gram, X.T @ (end - self._level)))
        leverage = 1 / len(X) + np.einsum("ij,ji->i", X, np.linalg.solve(gram, X.T))
        error = end - self._level - X @ self._coefficients
        self._spread = float(np.sqrt(((error / np.maximum(1 - leverage, 1e-9)) ** 2).mean()))
        self._n_seen = n_seen

    def predict(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.predict``."""
        check_begun(begun, self._n_seen, predictor=self)
        return of_finite(begun, self._predicted)

    def _predicted(self, begun: FloatArray) -> FloatArray:
        standardized = (_features(begun) - self._mean) / self._scale
        return np.asarray(self._level + standardized @ self._coefficients)

    def spread(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.spread``."""
        check_begun(begun, self._n_seen, predictor=self)
        return of_finite(begun, lambda begun: np.full(len(begun), self._spread))


def _features(begun: FloatArray) -> FloatArray:
    n = begun.shape[1]
    late, half = begun[:, -max(1, n // 5) :], begun[:, n // 2 :]
    slope = (half[:, -1] - half[:, 0]) / max(1, half.shape[1] - 1)
    columns = (begun[:, -1], late.mean(1), late.std(1), begun.mean(1), begun.min(1), slope, begun[:, 0])
    return np.column_stack(columns)


curve_predictors.register("ridge", summary="ridge regression on seven features of the beginning", family="learned")(
    RidgeOfCurve
)
