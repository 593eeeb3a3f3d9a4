"""Perceptrons trained by torch, as an ensemble."""

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import SearchSpace
from nas_problems.surrogate.kind import register
from nas_problems.surrogate.network import MlpEnsemble, perceptron

_HIDDEN = 64


@register(
    "mlp",
    stored=MlpEnsemble,
    summary="five perceptrons of two hidden layers, by torch",
    family="networks",
    library="torch",
    install="torch==2.13.0",
)
def fit_mlp(X: FloatArray, y: FloatArray, *, n_trees: int, space: SearchSpace) -> MlpEnsemble:
    """Five perceptrons that differ in their first weights and in the order of the rows.

    Source: lakshminarayanan2017, section 2.4.
    """
    from nas_problems.surrogate.training import fit_members

    sizes = {"first": (X.shape[1], _HIDDEN), "second": (_HIDDEN, _HIDDEN), "last": (_HIDDEN, 1)}
    shapes: dict[str, tuple[int, ...]] = {f"{name}_weights": size for name, size in sizes.items()}
    shapes |= {f"{name}_offsets": size[1:] for name, size in sizes.items()}
    return MlpEnsemble(*fit_members(perceptron, shapes, [np.asarray(X)], y, n_trees=n_trees))
