"""Ensembles of forests and of linear models; noise is drawn from what their members predict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray
from nas_problems.array_file import Layout
from nas_problems.evaluators.forest import Forest
from nas_problems.evaluators.members import Ensemble, check_rows


@dataclass(frozen=True, eq=False)
class ForestEnsemble(Ensemble):
    """Members that are forests of equally many trees.

    Args:
        forest: The trees of all members, one member's after the other's.
        n_members: Number of members.

    Raises:
        ValueError: A number of members that does not divide the number of trees.
    """

    forest: Forest
    n_members: int

    layouts: ClassVar[Mapping[str, Layout]] = {**Forest.layouts, "n_members": Layout("iu", (1,), low=1)}
    """What a file of its arrays must hold."""

    def __post_init__(self) -> None:
        if self.n_members < 1 or len(self.forest.feature) % self.n_members:
            raise ValueError(f"{self.n_members} members of {len(self.forest.feature)} trees")

    @classmethod
    def of(cls, members: Sequence[Forest]) -> "ForestEnsemble":
        """Forests as one ensemble; a smaller one is filled up with trees that change nothing.

        A member's prediction is the mean over its trees, so that those which are added predict the member's mean of
        zero, and the values of its own are scaled up.
        """
        n_trees = max(len(member.feature) for member in members)
        n_nodes = max(member.feature.shape[1] for member in members)
        parts = [_filled(member, n_trees, n_nodes) for member in members]
        return cls(Forest(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True))), len(members))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "ForestEnsemble":
        """The inverse of ``arrays``.

        Raises:
            ValueError: Not trees, or not so many members.
        """
        return cls(Forest.from_arrays(arrays), int(arrays["n_members"][0]))

    @property
    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Its arrays by name, for storing."""
        return {**self.forest.arrays, "n_members": np.array([self.n_members])}

    @property
    def n_columns(self) -> int:
        """Columns that its nodes look at."""
        return self.forest.n_columns

    def predict_members(self, X: FloatArray) -> FloatArray:
        """What each member predicts, (n, members)."""
        return self.forest.predict_groups(X, self.n_members)


def _filled(forest: Forest, n_trees: int, n_nodes: int) -> tuple[NDArray[Any], ...]:
    """Arrays of a forest with more trees and nodes, and the same mean over its trees."""
    old_trees, old_nodes = forest.feature.shape
    own = np.tile(np.arange(n_nodes), (n_trees, 1))
    feature, threshold = np.full((n_trees, n_nodes), -1), np.zeros((n_trees, n_nodes))
    left, right, value = own.copy(), own.copy(), np.zeros((n_trees, n_nodes))
    for new, old in zip(
        (feature, threshold, left, right), (forest.feature, forest.threshold, forest.left, forest.right), strict=True
    ):
        new[:old_trees, :old_nodes] = old
    value[:old_trees, :old_nodes] = forest.value * (n_trees / old_trees)
    return feature, threshold, left, right, value


@dataclass(frozen=True, eq=False)
class LinearEnsemble(Ensemble):
    """Linear models, each fitted to a bootstrap sample.

    Args:
        coefficients: (members, columns).
        offsets: (members,).
    """

    coefficients: FloatArray
    offsets: FloatArray

    layouts: ClassVar[Mapping[str, Layout]] = {
        "coefficients": Layout("f", ("members", "columns")),
        "offsets": Layout("f", ("members",)),
    }
    """What a file of its arrays must hold."""

    @classmethod
    def fit(cls, X: FloatArray, y: FloatArray, *, n_members: int = 10, seed: int = 0) -> "LinearEnsemble":
        """Ridge regression with the penalty that generalized cross-validation takes.

        Args:
            X: Rows, (n, columns).
            y: Values, (n,).
            n_members: Bootstrap samples.
            seed: Of the samples.

        Source: hoerl1970, section 2.
        """
        from sklearn.linear_model import RidgeCV

        rng = np.random.default_rng(seed)
        penalties = np.logspace(-2, 4, 13)
        penalty = RidgeCV(penalties).fit(X, y).alpha_  # once: rows that a sample has twice would make it too small
        coefficients, offsets = [], []
        for _ in range(n_members):
            rows = rng.integers(len(y), size=len(y))
            model = RidgeCV([penalty]).fit(X[rows], y[rows])
            coefficients.append(model.coef_)
            offsets.append(model.intercept_)
        return cls(np.array(coefficients), np.array(offsets))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "LinearEnsemble":
        """The inverse of ``arrays``."""
        return cls(arrays["coefficients"].astype(np.float64), arrays["offsets"].astype(np.float64))

    @property
    def n_members(self) -> int:
        """Number of members."""
        return len(self.offsets)

    @property
    def n_columns(self) -> int:
        """Columns of the rows."""
        return int(self.coefficients.shape[1])

    @property
    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Its arrays by name, for storing."""
        return {"coefficients": self.coefficients, "offsets": self.offsets}

    def predict_members(self, X: FloatArray) -> FloatArray:
        """What each member predicts, (n, members)."""
        rows = check_rows(X, self.n_columns)
        sums: FloatArray = (rows[:, None, :] * self.coefficients).sum(axis=2)  # a matrix product depends on the batch
        return sums + self.offsets
