"""Ridge regression on bootstrap samples."""

from nas_problems.array import FloatArray
from nas_problems.evaluators.ensemble import LinearEnsemble
from nas_problems.space import SearchSpace
from nas_problems.surrogate.kind import register


@register("linear", stored=LinearEnsemble, summary="ten linear models on bootstrap samples", family="linear")
def fit_linear(X: FloatArray, y: FloatArray, *, n_trees: int, space: SearchSpace) -> LinearEnsemble:
    """Ten linear models on bootstrap samples.

    Source: hoerl1970, section 2.
    """
    return LinearEnsemble.fit(X, y, n_members=10)
