"""Models of what a space's candidates give: fitted by scikit-learn, kept as arrays, stored without pickles."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray
from nas_problems.array_file import Layout
from nas_problems.evaluators.forest import Forest


class Model(Protocol):
    """A fitted model."""

    @property
    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Its arrays by name, for storing."""
        ...

    def predict(self, X: FloatArray) -> FloatArray:
        """Predictions for rows (n, columns), shape (n,)."""
        ...


@dataclass(frozen=True, eq=False)
class Perceptron:
    """A network of two hidden layers with ReLU, on standardized values.

    Args:
        weights: Of each layer, (inputs, outputs).
        offsets: Of each layer, (outputs,).
        mean: Of the values.
        scale: Their standard deviation.
    """

    weights: tuple[FloatArray, ...]
    offsets: tuple[FloatArray, ...]
    mean: float
    scale: float

    layouts: ClassVar[Mapping[str, Layout]] = {
        "weights_0": Layout("f", ("columns", "first")),
        "weights_1": Layout("f", ("first", "second")),
        "weights_2": Layout("f", ("second", 1)),
        "offsets_0": Layout("f", ("first",)),
        "offsets_1": Layout("f", ("second",)),
        "offsets_2": Layout("f", (1,)),
        "range": Layout("f", (2,)),
    }
    """What a file of its arrays must hold."""

    @classmethod
    def fit(cls, X: FloatArray, y: FloatArray, *, seed: int = 0) -> "Perceptron":
        """Fit with Adam, stopped where a tenth of the rows, held out, gets no better."""
        from sklearn.neural_network import MLPRegressor

        mean, scale = float(y.mean()), float(y.std()) or 1.0
        many = len(y) >= 100  # of few rows none can be held out
        model = MLPRegressor(
            hidden_layer_sizes=(64, 64), early_stopping=many, max_iter=400, n_iter_no_change=20, random_state=seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it ended before it converged: how good it is, is measured
            model.fit(X, (y - mean) / scale)
        return cls(tuple(model.coefs_), tuple(model.intercepts_), mean, scale)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Perceptron":
        """The inverse of ``arrays``."""
        mean, scale = arrays["range"].tolist()
        weights = tuple(arrays[f"weights_{i}"].astype(np.float64) for i in range(3))
        return cls(weights, tuple(arrays[f"offsets_{i}"].astype(np.float64) for i in range(3)), mean, scale)

    @property
    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """See ``Model.arrays``."""
        found: dict[str, NDArray[np.generic]] = {f"weights_{i}": array for i, array in enumerate(self.weights)}
        found |= {f"offsets_{i}": array for i, array in enumerate(self.offsets)}
        return {**found, "range": np.array([self.mean, self.scale])}

    def predict(self, X: FloatArray) -> FloatArray:
        """See ``Model.predict``."""
        found = np.empty(len(X))
        for row, hidden in enumerate(np.asarray(X, dtype=np.float64)):  # row by row: sums do not depend on the batch
            for i, (weights, offsets) in enumerate(zip(self.weights, self.offsets, strict=True)):
                hidden = hidden @ weights + offsets
                if i < len(self.weights) - 1:
                    hidden = np.maximum(hidden, 0.0)
            found[row] = hidden[0]
        return found * self.scale + self.mean


def fit_forest(X: FloatArray, y: FloatArray, *, n_trees: int = 100) -> Forest:
    """Extremely randomized trees.

    Source: geurts2006, section 2.
    """
    return Forest.fit(X, y, n_trees=n_trees)


def fit_boosting(X: FloatArray, y: FloatArray, *, n_trees: int = 100) -> Forest:
    """Gradient boosting on histograms, kept as a forest: the mean over trees of their scaled, shifted leaves is the
    boosted sum.
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


def fit_perceptron(X: FloatArray, y: FloatArray, *, n_trees: int = 100) -> Perceptron:
    """A perceptron; the number of trees is of no matter."""
    return Perceptron.fit(X, y)


MODELS: Mapping[str, Callable[..., Model]] = {
    "forest": fit_forest,
    "boosting": fit_boosting,
    "perceptron": fit_perceptron,
}
"""Kinds of models: ``(X, y, *, n_trees) -> Model``."""


def layouts_of(kind: str) -> Mapping[str, Layout]:
    """What the arrays of a kind of model must be."""
    return Perceptron.layouts if kind == "perceptron" else Forest.layouts


def read_model(kind: str, arrays: Mapping[str, NDArray[Any]]) -> Model:
    """A model from its arrays."""
    return Perceptron.from_arrays(arrays) if kind == "perceptron" else Forest.from_arrays(arrays)
