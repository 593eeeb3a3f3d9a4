"""How well the end of learning curves is predicted from their beginning; the predictors: ``nas_problems.curve``."""

from typing import NamedTuple

import numpy as np

from ela.correlation import spearman
from nas_problems.array import FloatArray
from nas_problems.curve import CurvePredictor, chance_below

_GOOD = 0.1  # of the curves end below the level that a stopped one should not have reached


class HeldOut(NamedTuple):
    """Predictions of curves that were not learned from, next to where they ended."""

    spearman: float
    """Rank correlation of prediction and end."""
    error: float
    """Mean absolute error."""
    stopped: float
    """Share of the curves that a stopping rule would end."""
    wrongly: float
    """Share that it would end of those that are better than its level, the best tenth."""


def held_out(
    predictor: CurvePredictor,
    curves: FloatArray,
    n_seen: int,
    *,
    n_train: int,
    rng: np.random.Generator,
    chance: float = 0.05,
) -> HeldOut:
    """Judge predictions on curves that were not learned from, and the stopping rule that follows from them.

    Args:
        predictor: It is fitted anew.
        curves: Minimised, shape (n, steps), without NaN.
        n_seen: How many of the first steps it sees.
        n_train: Curves that it learns from, drawn without replacement; the others are predicted.
        rng: Source of randomness of the draw.
        chance: The rule stops what ends below the best tenth with a smaller probability.
    """
    order = rng.permutation(len(curves))
    train, test = curves[order[:n_train]], curves[order[n_train:]]
    predictor.fit(train, n_seen)
    begun, end = test[:, :n_seen], test[:, -1]
    predicted = predictor.predict(begun)
    level = float(np.quantile(end, _GOOD))
    stopped, good = chance_below(predictor, begun, level) < chance, end <= level
    return HeldOut(
        spearman(predicted, end),
        float(np.abs(predicted - end).mean()),
        float(stopped.mean()),
        float(stopped[good].mean()),
    )
