"""The mean of the last values that were seen."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from nas_problems.array import FloatArray, check_count
from nas_problems.curve.predictor import curve_predictors, of_finite, usable_curves


@dataclass(slots=True)
class MeanOfLast:
    """The mean of the last values seen: less noise than the last one alone; needs no fit.

    Its spread is the root mean squared error on the finished curves, if there were any.

    Args:
        k: How many values; 1: the last value.

    >>> MeanOfLast(2).predict(np.array([[4.0, 3.0, 1.0]])).tolist()
    [2.0]
    """

    k: int = 1
    _spread: float = field(init=False, repr=False, default=float("nan"))

    def __post_init__(self) -> None:
        check_count(self.k, "k", minimum=1)

    def fit(self, curves: FloatArray, n_seen: int) -> None:
        """See ``CurvePredictor.fit``."""
        usable = usable_curves(curves, n_seen, at_least=0)
        error = self.predict(usable[:, :n_seen]) - usable[:, -1]
        self._spread = float(np.sqrt((error**2).mean())) if len(usable) else float("nan")

    def predict(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.predict``; also before ``fit``."""
        return of_finite(begun, lambda begun: np.asarray(begun[:, -self.k :].mean(axis=1)))

    def spread(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.spread``; NaN before ``fit``."""
        return of_finite(begun, lambda begun: np.full(len(begun), self._spread))


curve_predictors.register("last-value", summary="the last value seen", family="weightless")(MeanOfLast)
curve_predictors.register("mean-of-last", summary="the mean of the last three values seen", family="weightless")(
    partial(MeanOfLast, 3)
)
