"""Main effects of hyperparameters by functional ANOVA, and those published for DS-2019.

Source: hutter2014; sharma2019.
"""

from collections.abc import Mapping

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Categorical, Codes, SearchSpace

PUBLISHED: Mapping[str, tuple[float, float, float]] = {
    "batch_size": (0.0018, 0.0254, 0.1584),
    "epochs": (0.0013, 0.0128, 0.1654),
    "horizontal_flip": (0.0000, 0.0017, 0.0662),
    "learning_rate_decay": (0.0005, 0.0054, 0.0566),
    "learning_rate_init": (0.0009, 0.0700, 0.1835),
    "momentum": (0.0015, 0.0161, 0.1564),
    "patience": (0.0027, 0.0063, 0.0535),
    "resize_crop": (0.0002, 0.0026, 0.0187),
    "shuffle": (0.0000, 0.0022, 0.9225),
    "tolerance": (0.0002, 0.0009, 0.0115),
    "vertical_flip": (0.0000, 0.0010, 0.0160),
    "weight_decay": (0.0001, 0.0403, 0.1535),
}
"""Smallest, median and largest share of variance over ten image sets."""

_LEVELS = 16
_BACKGROUND = 400


def main_effects(space: SearchSpace, Z: Codes, y: FloatArray, *, n_trees: int, seed: int) -> dict[str, float]:
    """Share of the variance that each parameter explains alone, by the marginals of a forest.

    Of a forest fitted to the sample: the variance of its mean prediction at levels of one parameter, over uniform draws
    of the others, divided by the variance of its predictions.

    Args:
        space: Of the codes.
        Z: Codes, (n, d).
        y: Values, (n,).
        n_trees: Of the forest.
        seed: Of the forest and of the draws.

    Returns:
        Parameter -> share in [0, 1].
    """
    from sklearn.ensemble import RandomForestRegressor

    rng = np.random.default_rng(seed)
    forest = RandomForestRegressor(n_trees, min_samples_leaf=2, random_state=seed).fit(space.to_box(Z), y)
    background = space.to_box(space.sample(_BACKGROUND, rng))
    levels = space.to_box(space.sample(_LEVELS, rng))
    variance = float(forest.predict(background).var())
    shares = {}
    for j, parameter in enumerate(space.parameters):
        if isinstance(parameter, Categorical):
            values = np.unique(space.to_box(space.sample(200, rng))[:, j])
        else:
            values = np.quantile(np.concatenate([background[:, j], levels[:, j]]), (np.arange(_LEVELS) + 0.5) / _LEVELS)
        rows = np.repeat(background, len(values), axis=0)
        rows[:, j] = np.tile(values, len(background))
        means = forest.predict(rows).reshape(len(background), len(values)).mean(axis=0)
        shares[parameter.name] = float(min(means.var() / variance, 1.0)) if variance > 0 else 0.0
    return shares
