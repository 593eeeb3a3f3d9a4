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
            curves: Minimised values, shape (n, steps); what needs none takes (0, steps). Those of failed trainings are
                left out, see ``usable_curves``.
            n_seen: How many of the first steps will be known when predicting, 1 <= ``n_seen`` <= steps.

        Raises:
            ValueError: Fewer curves than it needs; see ``usable_curves``.
        """
        ...

    def predict(self, begun: FloatArray) -> FloatArray:
        """The last values of curves, shape (n,), from their first ``n_seen`` values, (n, n_seen).

        NaN for a curve with a value that is not finite, as of a training that has failed.

        Raises:
            RuntimeError: Before ``fit``, where it needs one.
            ValueError: Another number of values than it was fitted for, where it was.
        """
        ...

    def spread(self, begun: FloatArray) -> FloatArray:
        """Standard deviations of ``predict``, shape (n,); NaN where nothing says how far it is off, or it is NaN.

        Raises:
            RuntimeError: See ``predict``.
            ValueError: See ``predict``.
        """
        ...


@runtime_checkable
class EndDistribution(Protocol):
    """A predictor whose distribution of the end is not a normal one."""

    def chance_below(self, begun: FloatArray, level: float) -> FloatArray:
        """Probability that the curves (n, n_seen) end below ``level``, shape (n,); NaN where ``predict`` is NaN.

        Raises:
            RuntimeError: See ``CurvePredictor.predict``.
            ValueError: See ``CurvePredictor.predict``.
        """
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
        Shape (n,); 1 where the spread is not known, or a curve has a value that is not finite, so that nothing is
        stopped.

    Raises:
        RuntimeError: See ``CurvePredictor.predict``.
        ValueError: See ``CurvePredictor.predict``.
    """
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore"):
        is_tie = _equals(begun, level).all(axis=1)
        if isinstance(predictor, EndDistribution):
            chance = predictor.chance_below(begun, level)
        else:
            mean, sd = predictor.predict(begun), predictor.spread(begun)
            is_tie |= _equals(mean, level) & _equals(sd, 0.0)
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


def usable_curves(curves: FloatArray, n_seen: int, *, at_least: int) -> FloatArray:
    """The curves that can be learned from: their first ``n_seen`` values and their last one are finite.

    Raises:
        ValueError: Fewer than ``at_least`` such curves, or see ``check_curves``.
    """
    check_curves(curves, n_seen, at_least=at_least)
    is_usable = np.isfinite(curves[:, :n_seen]).all(axis=1) & np.isfinite(curves[:, -1])
    if is_usable.all():
        return curves
    if is_usable.sum() < at_least:
        wanted = f"wanted >= {at_least} whose first {n_seen} values and last one are finite"
        raise ValueError(f"curves: {wanted}, found {is_usable.sum()} of {len(curves)}")
    return curves[is_usable]


def check_begun(begun: FloatArray, n_seen: int, *, predictor: object) -> None:
    """Refuse curves that a predictor has not been fitted for.

    Args:
        begun: The curves.
        n_seen: How many steps it has been fitted for; 0: it has not been fitted.
        predictor: The predictor.

    Raises:
        RuntimeError: It has not been fitted.
        ValueError: Curves of another length.
    """
    if n_seen == 0:
        raise RuntimeError(f"{type(predictor).__name__}: wanted a call of fit before predictions, found none")
    if begun.ndim != 2 or begun.shape[1] != n_seen:
        raise ValueError(f"begun: wanted shape (n, {n_seen}), as in fit, found {begun.shape}")


def of_finite(begun: FloatArray, answer: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """What a function of curves (n, n_seen) gives, shape (n,); NaN for those with a value that is not finite."""
    is_finite = np.isfinite(begun).all(axis=1)
    if is_finite.all():
        return answer(begun)
    answers = np.full(len(begun), np.nan)
    if is_finite.any():
        answers[is_finite] = answer(begun[is_finite])
    return answers
