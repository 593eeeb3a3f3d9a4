"""Gradient boosting on histograms."""

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluators.forest import Forest
from nas_problems.space import SearchSpace
from nas_problems.surrogate.kind import register


@register("boosting", stored=Forest, summary="gradient boosting on histograms by scikit-learn", family="trees")
def fit_boosting(X: FloatArray, y: FloatArray, *, n_trees: int, space: SearchSpace) -> Forest:
    """Boosted trees, kept as a forest: the mean over trees of their scaled, shifted leaves is the boosted sum.

    Source: ke2017, section 2.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingRegressor(max_iter=2 * n_trees, min_samples_leaf=5, random_state=0)
    with threadpool_limits(1):  # of a few hundred rows, threads spend their time waiting for each other
        model.fit(X.astype(np.float32), y)
    trees = [stage[0].nodes for stage in model._predictors]  # there is no public way to its trees
    n, n_nodes = len(trees), max(len(nodes) for nodes in trees)
    feature = np.full((n, n_nodes), -1, dtype=np.int64)
    left = np.tile(np.arange(n_nodes), (n, 1))
    right, threshold = left.copy(), np.zeros((n, n_nodes))
    value = np.zeros((n, n_nodes))
    for i, nodes in enumerate(trees):
        inner = np.flatnonzero(nodes["is_leaf"] == 0)
        feature[i, inner] = nodes["feature_idx"][inner]
        threshold[i, inner] = nodes["num_threshold"][inner]
        left[i, inner], right[i, inner] = nodes["left"][inner], nodes["right"][inner]
        value[i, : len(nodes)] = n * nodes["value"] + float(np.ravel(model._baseline_prediction)[0])
    return Forest(feature, threshold, left, right, value)
