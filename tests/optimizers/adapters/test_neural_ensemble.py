"""The networks of BANANAS compared with scikit-learn's."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from optimizers.adapters.neural_ensemble import Network


@pytest.mark.parametrize("n", [10, 60])
def test_a_network_is_that_of_scikit_learn(n: int) -> None:
    """First weights, steps and predictions are the same; later steps amplify rounding."""
    rng = np.random.default_rng(n)
    X, y = (rng.random((n, 12)) < 0.3).astype(np.float64), rng.normal(size=n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        reference = MLPRegressor(hidden_layer_sizes=(20, 20), solver="lbfgs", max_iter=50, random_state=7).fit(X, y)
    assert Network.fit(X, y, seed=7).predict(X) == pytest.approx(reference.predict(X), abs=1e-4)
