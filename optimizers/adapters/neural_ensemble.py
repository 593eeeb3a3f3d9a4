"""An ensemble of small neural networks of scikit-learn that predicts which candidates are better."""

import warnings

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_limits

from nas_problems.array import FloatArray
from optimizers.randomness import draw_seed


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
    predictions = []
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):  # for such sizes threads only wait
        warnings.simplefilter("ignore", ConvergenceWarning)  # that it stops early is a regularization
        for _ in range(n_predictors):
            network = MLPRegressor(
                hidden_layer_sizes=(20, 20), solver="lbfgs", max_iter=50, random_state=draw_seed(rng)
            )
            predictions.append(network.fit(X, scores).predict(X_new))
    return np.array(predictions)
