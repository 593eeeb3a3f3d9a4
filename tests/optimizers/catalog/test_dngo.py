"""DNGO's model, and a Gaussian process on edits, next to references."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern, WhiteKernel
from sklearn.linear_model import BayesianRidge

import nas_problems
import optimizers
from nas_problems import Categorical, Real, SearchSpace
from optimizers.adapters.deep_network import bayesian_regression, deep_predictions
from optimizers.catalog.gp_edit_distance import process

SPACE = SearchSpace(tuple(Categorical(f"op_{i}", tuple("ab")) for i in range(6)))


def test_the_regression_is_the_one_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    A, A_new = rng.standard_normal((40, 5)), rng.standard_normal((7, 5))
    y = A @ np.arange(5.0) + 0.3 * rng.standard_normal(40)
    tiny = dict.fromkeys(("alpha_1", "alpha_2", "lambda_1", "lambda_2"), 1e-12)
    theirs = BayesianRidge(fit_intercept=False, max_iter=300, tol=1e-8, **tiny).fit(A, y)
    mean, sd = bayesian_regression(A, y, A_new)
    wanted_mean, wanted_sd = theirs.predict(A_new, return_std=True)
    assert mean == pytest.approx(wanted_mean, rel=1e-3)
    assert sd == pytest.approx(wanted_sd, rel=1e-3)


def test_the_network_is_surer_where_it_has_seen_candidates() -> None:
    rng = np.random.default_rng(2)
    X = rng.integers(0, 2, (60, 8)).astype(float)
    y = X @ np.linspace(-1, 1, 8)
    mean, sd = deep_predictions(X[:40], y[:40], X, rng)
    assert np.corrcoef(mean[40:], y[40:])[0, 1] > 0.8
    assert sd[:40].mean() < sd[40:].mean()


def test_edits_of_choices_are_a_laplacian_kernel() -> None:
    """On 0/1 columns exp(-edits / l) is Matern 1/2 of the city-block distance: checked against its closed form."""
    rng = np.random.default_rng(3)
    Z, y, Z_new = SPACE.sample(12, rng), rng.standard_normal(12), SPACE.sample(5, rng)
    mean, sd = process(SPACE, Z, y, Z_new, 3.0)
    K = np.exp(-(Z[:, None] != Z[None]).sum(axis=2) / 3.0) + 1e-2 * np.eye(12)
    across = np.exp(-(Z_new[:, None] != Z[None]).sum(axis=2) / 3.0)
    assert mean == pytest.approx(across @ np.linalg.solve(K, y))
    assert sd**2 == pytest.approx(1 - np.diag(across @ np.linalg.solve(K, across.T)))


def test_one_real_variable_is_an_ornstein_uhlenbeck_process_of_scikit_learn() -> None:
    space, rng = SearchSpace((Real("rate", 0.0, 1.0),)), np.random.default_rng(4)
    Z, y, Z_new = space.sample(9, rng), rng.standard_normal(9), space.sample(4, rng)
    kernel = Matern(0.5, "fixed", nu=0.5) + WhiteKernel(1e-2, "fixed")
    theirs = GaussianProcessRegressor(kernel).fit(Z, y)
    mean, sd = process(space, Z, y, Z_new, 0.5)
    wanted_mean, wanted_sd = theirs.predict(Z_new, return_std=True)
    assert mean == pytest.approx(wanted_mean, rel=1e-4)
    assert sd**2 + 1e-2 == pytest.approx(wanted_sd**2, rel=1e-4)  # theirs is of a noisy value


@pytest.mark.parametrize("name", ["dngo", "gp-edit-distance", pytest.param("nasbot", marks=pytest.mark.slow)])
def test_they_find_good_cells_sooner_than_random_search(name: str) -> None:
    problem = nas_problems.make("nb201-cifar10")

    def median(solver: str) -> float:
        return float(np.median([optimizers.run(solver, problem, budget=45, seed=seed).y.min() for seed in range(5)]))

    assert median(name) < median("random-search")
