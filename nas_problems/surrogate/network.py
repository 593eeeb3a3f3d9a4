"""Ensembles of small neural networks as arrays: trained by torch, predicted and stored without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray
from nas_problems.array_file import Arrays, Layout
from nas_problems.evaluators.members import Ensemble, check_rows
from nas_problems.surrogate.graph import NEVER, GraphPlan

N_MEMBERS = 5
_ROWS = 1024  # predicted at once
_DECIMALS = 9  # of standardized predictions: what is behind depends on who is predicted together

Parameters = Mapping[str, Any]
"""Name -> array of numpy or torch, whose first axis is the members'."""


def rectified(values: Any) -> Any:
    """The larger of each number and 0, of numpy and torch alike."""
    return (values + abs(values)) / 2


def dense(values: Any, parameters: Parameters, name: str) -> Any:
    """A layer on rows (members or 1, n, inputs): (members, n, outputs)."""
    return values @ parameters[f"{name}_weights"] + parameters[f"{name}_offsets"][:, None, :]


def perceptron(parameters: Parameters, X: Any) -> Any:
    """Two hidden layers on rows (members or 1, n, columns), (members, n)."""
    hidden = rectified(dense(X, parameters, "first"))
    hidden = rectified(dense(hidden, parameters, "second"))
    return dense(hidden, parameters, "last")[..., 0]


def graph_network(parameters: Parameters, labels: Any, edges: Any, others: Any) -> Any:
    """Rounds of messages along and against the edges, then the mean over the vertices, the output and what is known
    besides, (members, n).

    Args:
        parameters: Of ``round_<k>``, ``mean``, ``output``, ``others`` and ``last``.
        labels: (members or 1, n, vertices, labels).
        edges: (members or 1, n, vertices, vertices).
        others: (members or 1, n, others).
    """
    state, k = labels, 0
    while f"round_{k}_weights" in parameters:
        weights = parameters[f"round_{k}_weights"]
        into, out_of = edges.swapaxes(-1, -2) @ state, edges @ state
        size = state.shape[-1]
        parts = ((state, weights[:, :size]), (into, weights[:, size : 2 * size]), (out_of, weights[:, 2 * size :]))
        offsets = parameters[f"round_{k}_offsets"]
        flat = sum(part.reshape(part.shape[0], -1, size) @ own for part, own in parts)
        state = rectified(flat + offsets[:, None, :]).reshape(flat.shape[0], *labels.shape[1:3], -1)
        k += 1
    hidden = dense(state.mean(-2), parameters, "mean") + state[..., -1, :] @ parameters["output_weights"]
    hidden = rectified(hidden + others @ parameters["others_weights"])
    return dense(hidden, parameters, "last")[..., 0]


@dataclass(frozen=True, eq=False)
class MlpEnsemble(Ensemble):
    """Perceptrons of two hidden layers that differ in their first weights, on standardized values.

    Args:
        parameters: See ``perceptron``.
        mean: Of the values.
        scale: Their standard deviation.
    """

    parameters: Mapping[str, FloatArray]
    mean: float
    scale: float

    layouts: ClassVar[Mapping[str, Layout]] = {
        "first_weights": Layout("f", ("members", "columns", "first")),
        "first_offsets": Layout("f", ("members", "first")),
        "second_weights": Layout("f", ("members", "first", "second")),
        "second_offsets": Layout("f", ("members", "second")),
        "last_weights": Layout("f", ("members", "second", 1)),
        "last_offsets": Layout("f", ("members", 1)),
        "range": Layout("f", (2,)),
    }
    """What a file of its arrays must hold."""

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "MlpEnsemble":
        """The inverse of ``arrays``."""
        mean, scale = arrays["range"].tolist()
        return cls({name: arrays[name].astype(np.float64) for name in cls.layouts if name != "range"}, mean, scale)

    @property
    def arrays(self) -> Arrays:
        """See ``Model.arrays``."""
        return {**self.parameters, "range": np.array([self.mean, self.scale])}

    @property
    def n_columns(self) -> int:
        """See ``Model.n_columns``."""
        return int(self.parameters["first_weights"].shape[1])

    @property
    def n_members(self) -> int:
        """See ``Model.n_members``."""
        return len(self.parameters["first_weights"])

    def predict_members(self, X: FloatArray) -> FloatArray:
        """See ``Model.predict_members``."""
        rows = check_rows(X, self.n_columns)
        return self.mean + self.scale * _by_parts(rows, lambda part: perceptron(self.parameters, part[None]))


@dataclass(frozen=True, eq=False)
class GraphEnsemble(Ensemble):
    """Graph networks that differ in their first weights, on standardized values.

    Args:
        parameters: See ``graph_network``; two rounds.
        plan: How rows are read as graphs.
        mean: Of the values.
        scale: Their standard deviation.

    Raises:
        ValueError: Parameters that are not those of such graphs.
    """

    parameters: Mapping[str, FloatArray]
    plan: GraphPlan
    mean: float
    scale: float

    layouts: ClassVar[Mapping[str, Layout]] = {
        "round_0_weights": Layout("f", ("members", "labels x 3", "first")),
        "round_0_offsets": Layout("f", ("members", "first")),
        "round_1_weights": Layout("f", ("members", "first x 3", "second")),
        "round_1_offsets": Layout("f", ("members", "second")),
        "round_2_weights": Layout("f", ("members", "second x 3", "third")),
        "round_2_offsets": Layout("f", ("members", "third")),
        "mean_weights": Layout("f", ("members", "third", "hidden")),
        "mean_offsets": Layout("f", ("members", "hidden")),
        "output_weights": Layout("f", ("members", "third", "hidden")),
        "others_weights": Layout("f", ("members", "others", "hidden")),
        "last_weights": Layout("f", ("members", "hidden", 1)),
        "last_offsets": Layout("f", ("members", 1)),
        "range": Layout("f", (2,)),
        "edges": Layout("i", ("vertices", "vertices"), low=NEVER),
        "labels": Layout("i", ("vertices", "labels"), low=NEVER),
        "n_columns": Layout("i", (1,), low=1, high=100_000),
    }
    """What a file of its arrays must hold."""

    def __post_init__(self) -> None:
        sizes = [self.plan.labels.shape[1], *(self.parameters[f"round_{k}_offsets"].shape[1] for k in range(2))]
        shapes = [self.parameters[f"round_{k}_weights"].shape[1] for k in range(3)]
        if shapes != [3 * size for size in sizes]:
            raise ValueError(f"rounds of {shapes} inputs where {[3 * size for size in sizes]} were wanted")
        if max(self.plan.edges.max(), self.plan.labels.max()) >= self.plan.n_columns:
            raise ValueError(f"graphs that are read off more than {self.plan.n_columns} columns")

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "GraphEnsemble":
        """The inverse of ``arrays``.

        Raises:
            ValueError: See the class.
        """
        mean, scale = arrays["range"].tolist()
        names = [name for name in cls.layouts if name.endswith(("weights", "offsets"))]
        edges, labels = (arrays[name].astype(np.int64) for name in ("edges", "labels"))
        plan = GraphPlan(edges, labels, int(arrays["n_columns"][0]))
        return cls({name: arrays[name].astype(np.float64) for name in names}, plan, mean, scale)

    @property
    def arrays(self) -> Arrays:
        """See ``Model.arrays``."""
        return {
            **self.parameters,
            "range": np.array([self.mean, self.scale]),
            "edges": self.plan.edges,
            "labels": self.plan.labels,
            "n_columns": np.array([self.plan.n_columns]),
        }

    @property
    def n_columns(self) -> int:
        """See ``Model.n_columns``."""
        return self.plan.n_columns + int(self.parameters["others_weights"].shape[1])

    @property
    def n_members(self) -> int:
        """See ``Model.n_members``."""
        return len(self.parameters["mean_offsets"])

    def predict_members(self, X: FloatArray) -> FloatArray:
        """See ``Model.predict_members``."""

        def predict(rows: FloatArray) -> FloatArray:
            predicted: FloatArray = graph_network(self.parameters, *(part[None] for part in self.plan.read(rows)))
            return predicted

        return self.mean + self.scale * _by_parts(check_rows(X, self.n_columns), predict)


def _by_parts(rows: FloatArray, predict: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Predictions (members, rows) of parts of the rows, put together as (n, members)."""
    parts = [predict(rows[start : start + _ROWS]) for start in range(0, len(rows), _ROWS)]
    return np.round(np.concatenate(parts, axis=1).T, _DECIMALS) if parts else np.empty((0, 1))
