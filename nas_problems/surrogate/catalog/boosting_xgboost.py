"""Gradient boosting by XGBoost."""

import json

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluators.forest import Forest
from nas_problems.space import SearchSpace
from nas_problems.surrogate.boosted import read_xgboost
from nas_problems.surrogate.kind import register


@register("xgboost", stored=Forest, summary="gradient boosting by XGBoost", family="trees", library="xgboost")
def fit_xgboost(X: FloatArray, y: FloatArray, *, n_trees: int, space: SearchSpace) -> Forest:
    """Gradient boosting by XGBoost, kept as a forest.

    Source: chen2016.
    """
    import xgboost

    options = {"eta": 0.1, "max_depth": 8, "subsample": 0.8, "colsample_bytree": 0.5, "seed": 0, "nthread": 1}
    trained = xgboost.train(options, xgboost.DMatrix(X.astype(np.float32), y), num_boost_round=2 * n_trees)
    return read_xgboost(json.loads(bytes(trained.save_raw("json"))))
