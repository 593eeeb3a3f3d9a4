"""A random forest as an ensemble: ten forests on bootstrap samples, whose difference is its noise."""

from nas_problems.array import FloatArray
from nas_problems.evaluators.ensemble import ForestEnsemble
from nas_problems.evaluators.forest import Forest
from nas_problems.space import SearchSpace
from nas_problems.surrogate.kind import register

_N_MEMBERS = 10


@register("ensemble", stored=ForestEnsemble, summary="random forest in ten parts", family="trees")
def fit_ensemble(X: FloatArray, y: FloatArray, *, n_trees: int, space: SearchSpace) -> ForestEnsemble:
    """A random forest as ten forests on bootstrap samples.

    Source: breiman2001, section 2.
    """
    size = max(1, n_trees // _N_MEMBERS)
    return ForestEnsemble(Forest.fit(X, y, n_trees=size * _N_MEMBERS, bootstrap=True, max_features=0.5), _N_MEMBERS)
