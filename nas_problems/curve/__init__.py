"""Learning curves that have begun, and what they say of their end.

A curve has one value per step, as measured, minimised. Every predictor has the same methods: ``fit`` on finished
curves, ``predict`` the last value of curves of which only the first steps are known, and ``spread``, the standard
deviation of that prediction. One file in ``nas_problems/curve/catalog`` adds one.
"""

from nas_problems.curve.predictor import (
    CurvePredictor,
    CurvePredictorFactory,
    chance_below,
    check_begun,
    check_curves,
    curve_predictors,
    make,
    of_finite,
    usable_curves,
)

__all__ = [
    "CurvePredictor",
    "CurvePredictorFactory",
    "chance_below",
    "check_begun",
    "check_curves",
    "curve_predictors",
    "make",
    "of_finite",
    "usable_curves",
]
