"""Regression models of scikit-learn that say how sure they are, for Bayesian optimization."""

import warnings
from typing import Any, Literal

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from threadpoolctl import threadpool_limits

from nas_problems.array import FloatArray
from optimizers.randomness import draw_seed

Model = Literal["gaussian-process", "random-forest"]

_N_TREES = 10  # as many as SMAC has
_GROWTH = 1.1  # kernels are learnt anew where the data has grown by a tenth


class SurrogateModel:
    """Predicts mean and standard deviation of new candidates.

    Args:
        model: ``gaussian-process``: Matérn 5/2 with one length scale, amplitude and noise, learnt by maximum
            likelihood; ``random-forest``: the trees' mean and standard deviation.
        rng: Seeds the forests.
    """

    def __init__(self, model: Model, rng: np.random.Generator) -> None:
        self._model, self._rng = model, rng
        self._kernel: Any = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(1.0, (1e-1, 1e2), nu=2.5) + WhiteKernel(
            1e-2, (1e-6, 1.0)
        )
        self._n_learnt = 0

    def predict(self, X: FloatArray, y: FloatArray, X_new: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Fit, and predict.

        Args:
            X: Encoded candidates, shape (n, columns).
            y: Their values, about standard normal, (n,).
            X_new: Encoded candidates, shape (k, columns), k >= 1.

        Returns:
            Mean and standard deviation, both (k,).
        """
        with warnings.catch_warnings(), threadpool_limits(1):  # for such sizes threads only wait
            warnings.simplefilter("ignore", ConvergenceWarning)  # a length scale at its bound is as good as any
            if self._model == "random-forest":
                return self._predict_by_forest(X, y, X_new)
            return self._predict_by_process(X, y, X_new)

    def _predict_by_forest(self, X: FloatArray, y: FloatArray, X_new: FloatArray) -> tuple[FloatArray, FloatArray]:
        forest = RandomForestRegressor(
            _N_TREES, min_samples_split=3, max_features=5 / 6, random_state=draw_seed(self._rng)
        ).fit(X, y)
        predictions = np.array([tree.predict(X_new) for tree in forest.estimators_])
        return predictions.mean(axis=0), predictions.std(axis=0)

    def _predict_by_process(self, X: FloatArray, y: FloatArray, X_new: FloatArray) -> tuple[FloatArray, FloatArray]:
        is_due = len(X) >= _GROWTH * self._n_learnt
        process = GaussianProcessRegressor(self._kernel, optimizer="fmin_l_bfgs_b" if is_due else None).fit(X, y)
        if is_due:
            self._kernel, self._n_learnt = process.kernel_, len(X)
        mean, deviation = process.predict(X_new, return_std=True)
        return np.asarray(mean), np.asarray(deviation)
