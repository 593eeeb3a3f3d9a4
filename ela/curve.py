"""How well the end of learning curves is predicted from their beginning; the predictors: ``nas_problems.curve``."""

import numpy as np

from ela.correlation import spearman
from nas_problems.array import FloatArray
from nas_problems.curve import CurvePredictor


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
