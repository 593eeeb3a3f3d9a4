"""Extremely randomized trees."""

from nas_problems.array import FloatArray
from nas_problems.evaluators.forest import Forest
from nas_problems.space import SearchSpace
from nas_problems.surrogate.kind import register


@register("forest", stored=Forest, summary="extremely randomized trees", family="trees")
def fit_forest(X: FloatArray, y: FloatArray, *, n_trees: int, space: SearchSpace) -> Forest:
    """Trees whose splits are drawn, on all rows.

    Source: geurts2006, section 2.
    """
    return Forest.fit(X, y, n_trees=n_trees)
