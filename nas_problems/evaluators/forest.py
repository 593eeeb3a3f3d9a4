"""Evaluation by a surrogate: a forest of regression trees fitted on recorded trainings.

The trees are kept as arrays, so that a stored forest gives the same predictions on every machine and
answers a batch without scikit-learn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray, IntArray, brief
from nas_problems.array_file import Layout
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.space import Codes

SURROGATE = Fidelities("surrogate", (1.0,))
"""A surrogate has one fidelity."""


@dataclass(frozen=True, eq=False)
class Forest:
    """Regression trees as arrays of shape (trees, nodes); the prediction is the mean over trees.

    Args:
        feature: Column that a node compares; -1 at a leaf.
        threshold: A row goes left where its value is at most this.
        left: Number of the left child; at a leaf its own number.
        right: Number of the right child; at a leaf its own number.
        value: Prediction of a leaf.
    """

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    value: FloatArray

    @classmethod
    def fit(
        cls,
        X: FloatArray,
        y: FloatArray,
        *,
        n_trees: int = 100,
        seed: int = 0,
        bootstrap: bool = False,
        max_features: float = 1.0,
    ) -> "Forest":
        """Fit randomized trees of at least two rows per leaf.

        Args:
            X: Rows, shape (n, d).
            y: Values, shape (n,).
            n_trees: Number of trees.
            seed: Seed of the trees.
            bootstrap: Whether every tree is the best one for a sample of the rows drawn with replacement, as in random
                forests; else it is extremely randomized, on all rows.
            max_features: Share of the columns that a split looks at.

        Source: geurts2006, section 2.
        """
        from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

        kind = RandomForestRegressor if bootstrap else ExtraTreesRegressor
        model = kind(n_trees, min_samples_leaf=2, max_features=max_features, random_state=seed)
        model.fit(X.astype(np.float32), y)
        trees = [estimator.tree_ for estimator in model.estimators_]
        n_nodes = max(tree.node_count for tree in trees)
        feature = np.full((n_trees, n_nodes), -1, dtype=np.int64)
        left = np.tile(np.arange(n_nodes), (n_trees, 1))
        right = left.copy()
        threshold, value = np.zeros((n_trees, n_nodes)), np.zeros((n_trees, n_nodes))
        for i, tree in enumerate(trees):
            inner = np.flatnonzero(tree.children_left >= 0)
            feature[i, inner] = tree.feature[inner]
            threshold[i, inner] = tree.threshold[inner]
            left[i, inner], right[i, inner] = tree.children_left[inner], tree.children_right[inner]
            value[i, : tree.node_count] = tree.value[:, 0, 0]
        return cls(feature, threshold, left, right, value)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Forest":
        """The inverse of ``arrays``.

        Raises:
            ValueError: Not trees: a node that leads to itself or back, or out of its tree, or to no value.
        """
        forest = cls(
            arrays["feature"].astype(np.int64),
            arrays["threshold"].astype(np.float64),
            arrays["left"].astype(np.int64),
            arrays["right"].astype(np.int64),
            arrays["value"].astype(np.float64),
        )
        forest._check()
        return forest

    layouts: ClassVar[Mapping[str, Layout]] = {
        "feature": Layout("iu", ("trees", "nodes"), low=-1),
        "threshold": Layout("f", ("trees", "nodes")),
        "left": Layout("iu", ("trees", "nodes"), low=0),
        "right": Layout("iu", ("trees", "nodes"), low=0),
        "value": Layout("f", ("trees", "nodes")),
    }
    """What a file of its arrays must hold."""

    def _check(self) -> None:
        """A walk from the first node must end, and in the tree: children come after their parents."""
        shape = self.feature.shape
        if len(shape) != 2 or 0 in shape or any(array.shape != shape for array in self.arrays.values()):
            raise ValueError(f"trees of the shapes {[array.shape for array in self.arrays.values()]}")
        node = np.broadcast_to(np.arange(shape[1]), shape)
        is_leaf = (self.left == node) & (self.right == node)
        is_inner = (self.left > node) & (self.right > node) & (self.feature >= 0)
        if not (is_leaf | is_inner).all() or max(self.left.max(), self.right.max()) >= shape[1]:
            raise ValueError("trees with a node that leads back, or out of its tree")
        if not (np.isfinite(self.threshold).all() and np.isfinite(self.value).all()):
            raise ValueError("trees with numbers that are not finite")

    @property
    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Its arrays by name, for storing."""
        return {
            "feature": self.feature.astype(np.int16),
            "threshold": self.threshold,
            "left": self.left.astype(np.int32),
            "right": self.right.astype(np.int32),
            "value": self.value,
        }

    @cached_property
    def _flat(self) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
        n_trees, n_nodes = self.feature.shape
        offset = np.arange(n_trees)[:, None] * n_nodes
        children = np.stack([(self.right + offset).ravel(), (self.left + offset).ravel()], axis=1).ravel()
        return np.maximum(self.feature, 0).ravel(), self.threshold.ravel(), children, self.value.ravel()

    n_members: ClassVar[int] = 1

    @property
    def n_columns(self) -> int:
        """Columns that its nodes look at."""
        return int(self.feature.max()) + 1

    def predict(self, X: FloatArray) -> FloatArray:
        """Predictions for rows (n, d), shape (n,)."""
        return self.predict_members(X)[:, 0]

    def predict_members(self, X: FloatArray) -> FloatArray:
        """The same as a column, (n, 1): a forest is an ensemble of one member."""
        return self.predict_groups(X, 1)

    def predict_groups(self, X: FloatArray, n_groups: int) -> FloatArray:
        """Means over groups of trees that follow each other, (n, groups): what members of an ensemble predict.

        Args:
            X: Rows, (n, d).
            n_groups: A divisor of the number of trees.
        """
        feature, threshold, children, value = self._flat
        n_trees, n_nodes = self.feature.shape
        rows = X.astype(np.float32).astype(np.float64)  # as the trees were fitted
        means = np.zeros((len(rows), n_groups))
        for start in range(0, len(rows), 1024):
            part = rows[start : start + 1024]
            node = np.repeat((np.arange(n_trees) * n_nodes)[:, None], len(part), axis=1)
            columns = np.arange(len(part))
            while True:
                goes_left = part[columns, feature[node]] <= threshold[node]
                following = children[2 * node + goes_left]
                if np.array_equal(following, node):
                    break
                node = following
            # Row by row: along the other axis the order of summation would depend on the size of the batch.
            leaves = np.ascontiguousarray(value[node].T).reshape(len(part), n_groups, -1)
            means[start : start + 1024] = leaves.mean(axis=2)
        return means


@dataclass(frozen=True, eq=False)
class ForestEvaluator:
    """A surrogate: one forest per metric, over the codes of a space.

    Args:
        load: Gives the forests, by metric; called at the first evaluation, so that a problem can be
            made where its data is not available.
        metrics: The metrics, by name.
        cost_metric: Name of the metric that is the cost in seconds.

    Raises:
        ValueError: A cost metric that is not among the metrics.
    """

    load: Callable[[], Mapping[str, Forest]]
    metrics: Mapping[str, Metric]
    cost_metric: str
    fidelities: Fidelities = SURROGATE

    def __post_init__(self) -> None:
        if self.cost_metric not in self.metrics:
            raise ValueError(f"cost_metric: wanted one of {sorted(self.metrics)}, found {brief(self.cost_metric)}")

    @property
    def kind(self) -> EvaluatorKind:
        """A model."""
        return "computed"

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """Only ``mean``: one training was recorded per network."""
        return frozenset({"mean"})

    @cached_property
    def _forests(self) -> Mapping[str, Forest]:
        return self.load()

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``.

        Raises:
            DataUnavailableError: The recorded trainings are not available and cannot be downloaded.
        """
        points = np.asarray(Z, dtype=np.float64)
        predicted = {name: self._forests[name].predict(points) for name in {*metrics, self.cost_metric}}
        failed = np.zeros(len(points), dtype=np.bool_)
        return Evaluations({name: predicted[name] for name in metrics}, predicted[self.cost_metric], failed)
