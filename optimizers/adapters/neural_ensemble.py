"""An ensemble of small neural networks that predicts which candidates are better."""

from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.special import ndtri
from scipy.stats import rankdata
from threadpoolctl import ThreadpoolController

from nas_problems.array import FloatArray
from optimizers.lbfgs import minimise
from optimizers.randomness import draw_seed

_HIDDEN = (20, 20)
_MOST_STEPS = 50  # that it stops early is a regularization
_WEIGHT_DECAY = 1e-4
_SPARSE = 0.1  # share of entries that are not 0 below which a sparse product is faster


def normal_scores(y: FloatArray) -> FloatArray:
    """What a standard normal sample of as many values would have at the ranks of ``y`` (n,); ties share a mean rank.

    >>> normal_scores(np.array([3.0, 1e6, 5.0])).round(2) + 0.0
    array([-0.97,  0.97,  0.  ])
    """
    return np.asarray(ndtri((rankdata(y) - 0.5) / len(y)), dtype=np.float64)


def ensemble_predictions(
    X: FloatArray, y: FloatArray, X_new: FloatArray, *, n_predictors: int, rng: np.random.Generator
) -> FloatArray:
    """Fit networks that differ in their first weights, and predict the normal scores of new candidates.

    Args:
        X: Encoded candidates, shape (n, columns).
        y: Their values, (n,).
        X_new: Encoded candidates, shape (k, columns), k >= 1.
        n_predictors: Networks, two hidden layers of 20 units each.
        rng: Seeds the networks.

    Returns:
        Predicted scores, shape (n_predictors, k).
    """
    scores = normal_scores(y)
    X, X_new = np.asarray(X, dtype=np.float64), np.asarray(X_new, dtype=np.float64)
    with _threads().limit(limits=1, user_api="blas"):  # for such sizes threads only wait
        return np.array([Network.fit(X, scores, seed=draw_seed(rng)).predict(X_new) for _ in range(n_predictors)])


@cache
def _threads() -> ThreadpoolController:
    """What limits threads; to find the libraries takes as long as to fit a network."""
    return ThreadpoolController()


class Network:
    """A perceptron of rectified units with two hidden layers and one output.

    The same as scikit-learn's ``MLPRegressor(solver="lbfgs")``, first weights included, without what that spends on
    checks and on packing weights in each of its steps.

    Args:
        weights: All weights and intercepts of the layers in one vector.
        n_columns: Inputs.
    """

    def __init__(self, weights: FloatArray, n_columns: int) -> None:
        self._weights, self._n_columns = weights, n_columns

    @classmethod
    def fit(cls, X: FloatArray, y: FloatArray, *, seed: int) -> "Network":
        """Least squares with weight decay by at most 50 steps of L-BFGS.

        Args:
            X: Inputs, shape (n, columns).
            y: Wanted outputs, (n,).
            seed: Of the first weights, 0 ... 2**32 - 1.

        Source: glorot2010, eq. 16, for the first weights.
        """
        drawn = np.random.RandomState(seed)
        start, sizes = [], (X.shape[1], *_HIDDEN, 1)
        for n_in, n_out in pairwise(sizes):
            bound = np.sqrt(6.0 / (n_in + n_out))
            start += [drawn.uniform(-bound, bound, n_in * n_out), drawn.uniform(-bound, bound, n_out)]
        inputs = _Inputs.of(X)
        weights = minimise(
            lambda weights: _loss(weights, inputs, y), np.concatenate(start), max_steps=_MOST_STEPS, tolerance=1e-4
        )
        return cls(weights, X.shape[1])

    def predict(self, X: FloatArray) -> FloatArray:
        """Outputs, (n,), of inputs (n, columns)."""
        W1, b1, W2, b2, w3, b3 = _layers(self._weights, self._n_columns)
        hidden = np.maximum(np.maximum(X @ W1 + b1, 0.0) @ W2 + b2, 0.0)
        return np.asarray(hidden @ w3 + b3)


def _layers(weights: FloatArray, n_columns: int) -> tuple[FloatArray, ...]:
    """Views of the weights: two matrices and their intercepts, the output's weights (units,) and intercept (1,)."""
    first, second = _HIDDEN
    a = n_columns * first
    b = a + first
    c = b + first * second
    d = c + second
    return (
        weights[:a].reshape(n_columns, first),
        weights[a:b],
        weights[b:c].reshape(first, second),
        weights[c:d],
        weights[d : d + second],
        weights[d + second :],
    )


class _Inputs(NamedTuple):
    """A matrix (n, columns) and its transpose, both sparse where most entries are 0, as in a path encoding."""

    X: Any
    T: Any
    n_columns: int

    @classmethod
    def of(cls, X: FloatArray) -> "_Inputs":
        if np.count_nonzero(X) < _SPARSE * X.size:
            return cls(csr_array(X), csr_array(X.T), X.shape[1])
        return cls(X, X.T, X.shape[1])


def _loss(weights: FloatArray, inputs: _Inputs, y: FloatArray) -> tuple[float, FloatArray]:
    """Half the mean squared error plus the decay of the weights, not of the intercepts, and its gradient."""
    n = len(y)
    W1, b1, W2, b2, w3, b3 = _layers(weights, inputs.n_columns)
    first = inputs.X @ W1
    first += b1
    np.maximum(first, 0.0, out=first)
    second = first @ W2
    second += b2
    np.maximum(second, 0.0, out=second)
    error = second @ w3
    error += b3 - y
    decay = _WEIGHT_DECAY / n
    penalty = 0.5 * decay * (np.vdot(W1, W1) + np.vdot(W2, W2) + w3 @ w3)
    gradient = np.empty_like(weights)
    dW1, db1, dW2, db2, dw3, db3 = _layers(gradient, inputs.n_columns)
    step = error / n
    dw3[:] = step @ second + decay * w3
    db3[:] = step.sum()
    back = step[:, None] * w3
    back *= second > 0
    dW2[:] = first.T @ back + decay * W2
    db2[:] = back.sum(axis=0)
    back = back @ W2.T
    back *= first > 0
    dW1[:] = inputs.T @ back + decay * W1
    db1[:] = back.sum(axis=0)
    return float(0.5 * (error @ error) / n + penalty), gradient
