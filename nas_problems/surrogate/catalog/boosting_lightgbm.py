"""Gradient boosting by LightGBM."""

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluators.forest import Forest
from nas_problems.space import SearchSpace
from nas_problems.surrogate.boosted import read_lightgbm
from nas_problems.surrogate.kind import register


@register(
    "lightgbm",
    stored=Forest,
    summary="gradient boosting by LightGBM",
    family="trees",
    library="lightgbm",
    install="'iohnas[boosting]'",
)
def fit_lightgbm(X: FloatArray, y: FloatArray, *, n_trees: int, space: SearchSpace) -> Forest:
    """Gradient boosting by LightGBM, kept as a forest.

    Source: ke2017.
    """
    import lightgbm

    options = {
        "objective": "regression",
        "learning_rate": 0.1,
        "min_data_in_leaf": 5,
        "feature_fraction": 0.5,
        "seed": 0,
        "num_threads": 1,
        "deterministic": True,
        "verbose": -1,
    }
    trained = lightgbm.train(options, lightgbm.Dataset(X.astype(np.float32), y), num_boost_round=2 * n_trees)
    return read_lightgbm(trained.dump_model())
