"""What predicts the end of a learning curve, and the registry of those that do."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from nas_problems.array import BoolArray, FloatArray
from nas_problems.registry import Registry

_ROUNDING = 1e-9  # of values, relative where they are large


class CurvePredictor(Protocol):
    """Predicts the end of learning curves from their beginning."""

    def fit(self, curves: FloatArray, n_seen: int) -> None:
        """Learn from finished curves; before every prediction of curves of another length.

        Args:
            curves: Minimised values, shape (n, steps); what needs none takes (0, steps).
            n_seen: How many of the first steps will be known when predicting, 1 <= ``n_seen`` <= steps.

        Raises:
            ValueError: Fewer curves than it needs; see ``check_curves``.
        """
        ...

    def predict(self, begun: FloatArray) -> FloatArray:
        """The last values of curves, shape (n,), from their first ``n_seen`` values, (n, n_seen)."""
        ...

    def spread(self, begun: FloatArray) -> FloatArray:
        """Standard deviations of ``predict``, shape (n,); NaN where nothing says how far it is off."""
        ...


@runtime_checkable
class EndDistribution(Protocol):
    """A predictor whose distribution of the end is not a normal one."""

    def chance_below(self, begun: FloatArray, level: float) -> FloatArray:
        """Probability that the curves (n, n_seen) end below ``level``, shape (n,)."""
        ...


CurvePredictorFactory = Callable[[], CurvePredictor]
"""Makes a predictor that has not been fitted."""

curve_predictors: Registry[CurvePredictorFactory] = Registry("curve predictor", catalog="nas_problems.curve.catalog")
"""All registered predictors; a factory without arguments makes one."""


def make(name: str) -> CurvePredictor:
    """Make a predictor.

    Raises:
        KeyError: Unknown name; the message has the nearest ones.
    """
    return curve_predictors[name].factory()


def chance_below(predictor: CurvePredictor, begun: FloatArray, level: float) -> FloatArray:
    """Probability that curves end below a level: the predictor's own, or by a normal distribution of its spread.

    A tie counts as below, so that nothing is stopped for being as good as the best: 1 for a curve that has stood still
    at the level, and for an end that is predicted there without any spread. Equal is what rounding cannot tell apart.

    Args:
        predictor: Fitted for curves of this length.
        begun: Minimised, shape (n, n_seen).
        level: As a rule the best value so far.

    Returns:
        Shape (n,); 1 where the spread is not known, so that nothing is stopped.
    """
    from scipy.special import ndtr

    is_tie = _equals(begun, level).all(axis=1)
    if isinstance(predictor, EndDistribution):
        return np.where(is_tie, 1.0, predictor.chance_below(begun, level))
    mean, sd = predictor.predict(begun), predictor.spread(begun)
    is_tie |= _equals(mean, level) & _equals(sd, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.asarray(ndtr((level - mean) / sd))
    return np.where(is_tie | np.isnan(chance), 1.0, chance)


def _equals(values: FloatArray, level: float) -> BoolArray:
    """Which values are the level but for rounding; of any shape."""
    return np.asarray(np.abs(values - level) <= _ROUNDING * max(1.0, abs(level)))


def check_curves(curves: FloatArray, n_seen: int, *, at_least: int) -> None:
    """Refuse what cannot be learned from.

    Raises:
        ValueError: Fewer than ``at_least`` curves, or not 1 <= ``n_seen`` <= steps.
    """
    if curves.ndim != 2 or len(curves) < at_least or not 1 <= n_seen <= curves.shape[1]:
        raise ValueError(f"curves: wanted >= {at_least} of >= {n_seen} steps, found shape {curves.shape}")
