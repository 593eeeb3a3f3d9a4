"""Steps of L-BFGS compared with those of scipy's L-BFGS-B."""

import numpy as np
import pytest
from scipy.optimize import fmin_l_bfgs_b, rosen, rosen_der

from nas_problems.array import FloatArray
from optimizers.lbfgs import Function, minimise


def rosenbrock(x: FloatArray) -> tuple[float, FloatArray]:
    """Curved valley: many trials per line search."""
    return float(rosen(x)), np.asarray(rosen_der(x))


def waves(x: FloatArray) -> tuple[float, FloatArray]:
    """Many local minima, so that trials overshoot and slopes change their sign."""
    return float((x**2 / 20 - np.cos(3 * x)).sum()), x / 10 + 3 * np.sin(3 * x)


def flat(x: FloatArray) -> tuple[float, FloatArray]:
    """Slopes that fall with the distance, so that steps are stretched."""
    root = np.sqrt(1 + x**2)
    return float(root.sum()), x / root


@pytest.mark.parametrize("function", [rosenbrock, waves, flat])
@pytest.mark.parametrize("n_steps", [1, 2, 5, 14, 25])
@pytest.mark.parametrize("seed", range(3))
def test_steps_are_those_of_scipy(function: Function, n_steps: int, seed: int) -> None:
    """The same points after any number of steps, the memory's length and more among them."""
    x = np.random.default_rng(seed).normal(scale=2.0, size=8)
    wanted, _, _ = fmin_l_bfgs_b(function, x, maxiter=n_steps, pgtol=1e-4)
    assert minimise(function, x, max_steps=n_steps, tolerance=1e-4) == pytest.approx(wanted, rel=1e-5, abs=1e-5)


def test_it_ends_at_once_where_the_gradient_is_small() -> None:
    """A point that is good enough comes back unchanged."""
    x = np.full(3, 1e-6)
    assert minimise(flat, x, max_steps=50, tolerance=1e-4) is x


def test_a_slope_without_a_bottom_ends() -> None:
    """No length satisfies the search: the point stays finite, and the call ends."""
    found = minimise(lambda x: (float(x.sum()), np.ones_like(x)), np.zeros(2), max_steps=5, tolerance=1e-4)
    assert np.isfinite(found).all()
