"""Models of what a space's candidates give: fitted by scikit-learn, kept as arrays, stored without pickles."""

import importlib.util
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray
from nas_problems.array_file import Layout
from nas_problems.evaluators.ensemble import ForestEnsemble, LinearEnsemble
from nas_problems.evaluators.forest import Forest
from nas_problems.registry import unknown_name
from nas_problems.table.boosted import read_lightgbm, read_xgboost

_N_MEMBERS = 10  # of an ensemble


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


def fit_xgboost(X: FloatArray, y: FloatArray, *, n_trees: int = 100) -> Forest:
    """Gradient boosting by XGBoost, kept as a forest.

    Source: chen2016.
    """
    import xgboost

    options = {"eta": 0.1, "max_depth": 8, "subsample": 0.8, "colsample_bytree": 0.5, "seed": 0, "nthread": 1}
    trained = xgboost.train(options, xgboost.DMatrix(X.astype(np.float32), y), num_boost_round=2 * n_trees)
    return read_xgboost(json.loads(bytes(trained.save_raw("json"))))


def fit_lightgbm(X: FloatArray, y: FloatArray, *, n_trees: int = 100) -> Forest:
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


def fit_ensemble(X: FloatArray, y: FloatArray, *, n_trees: int = 100) -> ForestEnsemble:
    """A random forest as ten forests on bootstrap samples; the difference between them is its noise.

    Source: breiman2001, section 2.
    """
    size = max(1, n_trees // _N_MEMBERS)
    forest = Forest.fit(X, y, n_trees=size * _N_MEMBERS, bootstrap=True, max_features=0.5)
    return ForestEnsemble(forest, _N_MEMBERS)


def fit_linear(X: FloatArray, y: FloatArray, *, n_trees: int = 100) -> LinearEnsemble:
    """Ten linear models on bootstrap samples; the number of trees is of no matter."""
    return LinearEnsemble.fit(X, y, n_members=_N_MEMBERS)


def fit_perceptron(X: FloatArray, y: FloatArray, *, n_trees: int = 100) -> Perceptron:
    """A perceptron; the number of trees is of no matter."""
    return Perceptron.fit(X, y)


MODELS: Mapping[str, Callable[..., Model]] = {
    "forest": fit_forest,
    "boosting": fit_boosting,
    "perceptron": fit_perceptron,
    "linear": fit_linear,
    "ensemble": fit_ensemble,
    "xgboost": fit_xgboost,
    "lightgbm": fit_lightgbm,
}
"""Kinds of models: ``(X, y, *, n_trees) -> Model``. ``lightgbm`` needs the extra ``boosting``,
``xgboost`` that library."""

_EXTRA = ("xgboost", "lightgbm")
_STORED: Mapping[str, type[Perceptron] | type[LinearEnsemble] | type[ForestEnsemble]] = {
    "perceptron": Perceptron,
    "linear": LinearEnsemble,
    "ensemble": ForestEnsemble,
}


def available_models() -> tuple[str, ...]:
    """Kinds of models whose library is installed."""
    return tuple(kind for kind in MODELS if kind not in _EXTRA or importlib.util.find_spec(kind) is not None)


def check_model(kind: str) -> None:
    """See that a kind of model can be fitted.

    Raises:
        KeyError: There is no such kind.
        ImportError: Its library is not installed; the message has the command that installs it.
    """
    if kind not in MODELS:
        raise unknown_name("model", kind, ("best", *MODELS))
    if kind not in available_models():
        what = "'iohnas[boosting]'" if kind == "lightgbm" else kind
        raise ImportError(f"the model {kind} needs {kind}: pip install {what}")


def layouts_of(kind: str) -> Mapping[str, Layout]:
    """What the arrays of a kind of model must be."""
    return _STORED[kind].layouts if kind in _STORED else Forest.layouts


def read_model(kind: str, arrays: Mapping[str, NDArray[Any]]) -> Model:
    """A model from its arrays.

    Raises:
        ValueError: Arrays that do not make such a model.
    """
    return _STORED[kind].from_arrays(arrays) if kind in _STORED else Forest.from_arrays(arrays)


def members_of(model: Model) -> int:
    """Members of an ensemble; 1 of any other model."""
    return model.n_members if isinstance(model, ForestEnsemble | LinearEnsemble) else 1


def predict_members(model: Model, X: FloatArray) -> FloatArray:
    """What each member predicts, (n, members)."""
    if isinstance(model, ForestEnsemble | LinearEnsemble):
        return model.predict_members(X)
    return model.predict(X)[:, None]
