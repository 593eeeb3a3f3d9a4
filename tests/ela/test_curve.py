"""Predictors of the end of learning curves."""

import numpy as np
import pytest

from ela.curve import held_out
from nas_problems.curve import CurvePredictor
from nas_problems.curve.catalog.mean_of_last import MeanOfLast
from nas_problems.curve.catalog.ridge import RidgeOfCurve


def curves(n: int, *, noise: float, seed: int = 1) -> np.ndarray:
    """Errors that fall exponentially to a level of their own, at a rate that depends on it."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(5, 30, size=(n, 1))
    falling = level + 50 * np.exp(-np.arange(40) / (2 + level / 3))
    return np.asarray(falling + noise * rng.standard_normal(falling.shape))


def test_the_last_value_is_the_mean_of_one() -> None:
    begun = curves(5, noise=1.0)[:, :7]
    assert MeanOfLast().predict(begun) == pytest.approx(begun[:, -1])
    assert MeanOfLast(7).predict(begun) == pytest.approx(begun.mean(axis=1))
    with pytest.raises(ValueError, match="k: wanted an integer >= 1"):
        MeanOfLast(0)


def test_a_ridge_without_noise_knows_the_end_from_the_beginning() -> None:
    correlation, error, stopped, wrongly = held_out(
        RidgeOfCurve(1e-3), curves(300, noise=0.0), 10, n_train=100, rng=np.random.default_rng(1)
    )
    assert correlation > 0.999
    assert error < 0.5
    assert stopped > 0.8
    assert wrongly == 0


def test_under_noise_a_mean_orders_better_than_the_last_value_and_a_ridge_better_than_both() -> None:
    noisy = curves(1500, noise=4.0)

    def rank(predictor: CurvePredictor) -> float:
        return held_out(predictor, noisy, 12, n_train=200, rng=np.random.default_rng(2))[0]

    assert rank(MeanOfLast(1)) < rank(MeanOfLast(4)) < rank(RidgeOfCurve())


def test_the_curves_that_are_predicted_were_not_learned_from() -> None:
    class Spy(MeanOfLast):
        learned = np.empty(0)

        def fit(self, curves: np.ndarray, n_seen: int) -> None:
            self.learned = curves[:, 0]

        def predict(self, begun: np.ndarray) -> np.ndarray:
            assert not np.isin(begun[:, 0], self.learned).any()
            return super().predict(begun)

    held_out(Spy(), curves(50, noise=1.0), 5, n_train=20, rng=np.random.default_rng(1))


def test_too_few_curves_are_refused() -> None:
    with pytest.raises(ValueError, match=r"curves: wanted >= 2 of >= 5 steps, found shape \(1, 40\)"):
        RidgeOfCurve().fit(curves(1, noise=0.0), 5)
    with pytest.raises(ValueError, match="wanted >= 2 of >= 50 steps"):
        RidgeOfCurve().fit(curves(9, noise=0.0), 50)
