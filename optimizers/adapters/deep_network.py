"""A neural network of scikit-learn whose last layer is a Bayesian linear regression: DNGO's model."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_limits

from nas_problems.array import FloatArray
from optimizers.randomness import draw_seed

_ROUNDS = 20  # of the evidence's fixed point


def deep_predictions(
    X: FloatArray, y: FloatArray, X_new: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Fit the network, then a linear regression on its last hidden layer, and predict.

    Args:
        X: Encoded candidates, shape (n, columns).
        y: Their values, about standard normal, (n,).
        X_new: Encoded candidates, (k, columns).
        rng: Seeds the network.

    Returns:
        Mean and standard deviation, noise included, both (k,).

    Source: snoek2015, section 3.
    """
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
        warnings.simplefilter("ignore", ConvergenceWarning)  # that it stops early is a regularization
        network = MLPRegressor(
            hidden_layer_sizes=(50, 50, 50), activation="tanh", solver="lbfgs", max_iter=50, random_state=draw_seed(rng)
        ).fit(X, y)
    return bayesian_regression(_last_layer(network, X), y, _last_layer(network, X_new))


def _last_layer(network: MLPRegressor, X: FloatArray) -> FloatArray:
    """Outputs of the last hidden layer and a constant, (n, 51)."""
    for weights, bias in zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True):
        X = np.tanh(X @ weights + bias)
    return np.column_stack([X, np.ones(len(X))])


def bayesian_regression(A: FloatArray, y: FloatArray, A_new: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Linear regression with a normal prior, whose precision and noise maximise the evidence.

    Args:
        A: Features, shape (n, p).
        y: Values, (n,).
        A_new: Features, (k, p).

    Returns:
        Mean and standard deviation, noise included, both (k,).

    >>> mean, sd = bayesian_regression(np.arange(9.0)[:, None], 2 * np.arange(9.0), np.array([[10.0]]))
    >>> mean.round(2).tolist(), bool(sd[0] < 0.1)
    ([20.0], True)
    """
    values, vectors = np.linalg.eigh(A.T @ A)
    values, projected = np.maximum(values, 0.0), vectors.T @ (A.T @ y)
    prior, noise = 1.0, 100.0  # precisions
    for _ in range(_ROUNDS):
        weights = noise * projected / (prior + noise * values)
        n_effective = float((noise * values / (prior + noise * values)).sum())
        error = float(((y - A @ (vectors @ weights)) ** 2).sum())
        prior = float(np.clip(n_effective / max(float(weights @ weights), 1e-12), 1e-6, 1e6))
        noise = float(np.clip(max(len(y) - n_effective, 1e-3) / max(error, 1e-12), 1e-6, 1e6))
    rotated = A_new @ vectors
    weights = noise * projected / (prior + noise * values)
    variance = 1 / noise + (rotated**2 / (prior + noise * values)).sum(axis=1)
    return np.asarray(rotated @ weights), np.sqrt(variance)
