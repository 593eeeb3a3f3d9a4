"""An ensemble of ten-layer perceptrons, fitted together: the predictors of BANANAS in its authors' code."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from threadpoolctl import threadpool_limits

from nas_problems.array import FloatArray

LossName = Literal["mae", "mape"]

_LAYERS, _WIDTH = 10, 20
_BATCH = 32
_FIRST, _SECOND, _EPSILON = 0.9, 0.99, 1e-7  # Adam's, the last one Keras's


@dataclass(frozen=True, slots=True)
class Fit:
    """How the networks are fitted.

    Args:
        loss: ``mae``, mean absolute error, or ``mape``, the mean of |(f(x) - lb) / (y - lb) - 1|.
        lower_bound: lb; of ``mape`` alone, smaller than every value.
        n_epochs: Passes over the data, in batches of 32 drawn anew.
        learning_rate: Of Adam, whose rates are .9 and .99.
    """

    loss: LossName = "mae"
    lower_bound: float = 0.0
    n_epochs: int = 150
    learning_rate: float = 0.01


def deep_ensemble_predictions(
    X: FloatArray, y: FloatArray, X_new: FloatArray, *, n_predictors: int, fit: Fit, rng: np.random.Generator
) -> FloatArray:
    """Fit networks of ten layers of 20 rectified units that differ in first weights and batches, and predict.

    Args:
        X: Encoded candidates, shape (n, columns).
        y: Their values as they are, (n,).
        X_new: Encoded candidates, (k, columns).
        n_predictors: Networks.
        fit: How they are fitted.
        rng: Draws the first weights (glorot2010) and the batches.

    Returns:
        Predicted values, shape (n_predictors, k).

    Raises:
        ValueError: Loss ``mape``, and a value that is not above the lower bound.

    Source: white2021bananas, released code.
    """
    if fit.loss == "mape" and float(y.min()) <= fit.lower_bound:
        raise ValueError(f"lower_bound: wanted a number below all values, found {fit.lower_bound:g} and {y.min():g}")
    weigh = 1.0 / (y - fit.lower_bound) if fit.loss == "mape" else np.ones(len(y))
    networks = _Networks(n_predictors, X.shape[1], rng)
    with threadpool_limits(1, user_api="blas"):  # for such sizes threads only wait
        for _ in range(fit.n_epochs):
            order = rng.permuted(np.tile(np.arange(len(y)), (n_predictors, 1)), axis=1)
            for start in range(0, len(y), _BATCH):
                rows = order[:, start : start + _BATCH]
                networks.step(X[rows], y[rows], weigh[rows] / rows.shape[1], fit.learning_rate)
        return networks.predict(np.broadcast_to(X_new, (n_predictors, *X_new.shape)))[0]


class _Networks:
    """Networks side by side: weights of a layer are (networks, inputs, units), all of them views of one vector."""

    def __init__(self, n: int, n_columns: int, rng: np.random.Generator) -> None:
        sizes = [n_columns, *[_WIDTH] * _LAYERS, 1]
        shapes = [(n, a, b) for a, b in pairwise(sizes)]
        total = sum(n * (a + 1) * b for _, a, b in shapes)
        self._values, self._gradient = np.zeros(total), np.zeros(total)
        self._weights, self._biases = _views(self._values, shapes)
        self._d_weights, self._d_biases = _views(self._gradient, shapes)
        for weights, (_, a, b) in zip(self._weights, shapes, strict=True):
            bound = np.sqrt(6.0 / (a + b))
            weights[:] = rng.uniform(-bound, bound, weights.shape)
        self._first, self._second, self._n_steps = np.zeros(total), np.zeros(total), 0

    def predict(self, X: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        """Outputs (networks, n) of inputs (networks, n, columns), and what each layer reads."""
        read = [X]
        for weights, biases in zip(self._weights[:-1], self._biases[:-1], strict=True):
            hidden = read[-1] @ weights
            hidden += biases
            read.append(np.maximum(hidden, 0.0, out=hidden))
        return (read[-1] @ self._weights[-1] + self._biases[-1])[:, :, 0], read

    def step(self, X: FloatArray, y: FloatArray, weigh: FloatArray, learning_rate: float) -> None:
        """One step of Adam on a batch: inputs (networks, n, columns), values and their weights (networks, n)."""
        outputs, read = self.predict(X)
        back = (np.sign(outputs - y) * weigh)[:, :, None]
        for layer in reversed(range(len(self._weights))):
            np.matmul(read[layer].transpose(0, 2, 1), back, out=self._d_weights[layer])
            np.sum(back, axis=1, keepdims=True, out=self._d_biases[layer])
            if layer:
                back = (back @ self._weights[layer].transpose(0, 2, 1)) * (read[layer] > 0)
        self._descend(learning_rate)

    def _descend(self, learning_rate: float) -> None:
        self._n_steps += 1
        self._first += (1 - _FIRST) * (self._gradient - self._first)
        self._second += (1 - _SECOND) * (self._gradient * self._gradient - self._second)
        rate = learning_rate * np.sqrt(1 - _SECOND**self._n_steps) / (1 - _FIRST**self._n_steps)
        self._values -= rate * self._first / (np.sqrt(self._second) + _EPSILON)


def _views(values: FloatArray, shapes: list[tuple[int, int, int]]) -> tuple[list[FloatArray], list[FloatArray]]:
    weights, biases, start = [], [], 0
    for n, a, b in shapes:
        weights.append(values[start : start + n * a * b].reshape(n, a, b))
        start += n * a * b
        biases.append(values[start : start + n * b].reshape(n, 1, b))
        start += n * b
    return weights, biases
