"""Density of fitness, and theoretical distributions fitted to it."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ela.landscape.check import check_fitness
from nas_problems.array import FloatArray, brief
from nas_problems.checked import checked

if TYPE_CHECKING:
    from scipy.stats import rv_continuous

FAMILIES = ("beta", "weibull", "lognormal")
"""The three distributions of the paper."""


@dataclass(frozen=True)
class DensityFit:
    """A distribution with two parameters, fitted by maximum likelihood.

    Args:
        family: One of ``FAMILIES``.
        parameters: Shapes a, b (beta); shape, scale (weibull); sigma, median (lognormal).
        log_likelihood: Sum of the log density over the values.
        n: Number of values.

    >>> fit = fit_density(np.random.default_rng(1).beta(5, 2, 500), "beta")
    >>> fit.family, np.round(fit.parameters, 1)
    ('beta', array([4.9, 1.9]))
    """

    family: str
    parameters: tuple[float, float]
    log_likelihood: float
    n: int

    @property
    def aic(self) -> float:
        """Akaike's criterion ``2 k - 2 log L`` with k = 2; lower is better."""
        return 4.0 - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Bayesian criterion ``k log n - 2 log L`` with k = 2; lower is better."""
        return 2.0 * math.log(self.n) - 2.0 * self.log_likelihood

    def pdf(self, x: FloatArray) -> FloatArray:
        """Density at ``x``."""
        return np.asarray(self._frozen().pdf(x), dtype=np.float64)

    def cdf(self, x: FloatArray) -> FloatArray:
        """Distribution function at ``x``: one axis of a P-P plot."""
        return np.asarray(self._frozen().cdf(x), dtype=np.float64)

    def quantile(self, p: FloatArray) -> FloatArray:
        """Quantiles: one axis of a Q-Q plot."""
        return np.asarray(self._frozen().ppf(p), dtype=np.float64)

    def _frozen(self) -> Any:  # scipy has no public type of a frozen distribution
        first, second = self.parameters
        if self.family == "beta":
            return _distribution("beta")(first, second)
        return _distribution(self.family)(first, loc=0, scale=second)


@checked
def fit_density(values: FloatArray, family: str) -> DensityFit:
    """Fit a distribution to fitness that lies in (0, 1), an accuracy for example.

    The location is fixed at 0 (and beta's scale at 1): the two free parameters are what reproduces the
    paper's AIC and BIC from its likelihoods.

    Args:
        values: At least 3 values in [0, 1], not all equal. Values at the ends, where a density may be
            zero or infinite, are moved in by 1e-9.
        family: One of ``FAMILIES``.

    Raises:
        ValueError: Another family, or values that cannot be fitted.

    Source: traore2021, section 5.1 and tables 1 and 2.
    """
    if family not in FAMILIES:
        raise ValueError(f"family: wanted one of {FAMILIES}, found {brief(family)}")
    values = check_fitness(values, name="values")
    if len(values) < 3 or not ((values >= 0) & (values <= 1)).all() or np.ptp(values) == 0:
        raise ValueError(f"values: wanted at least 3 different numbers in [0, 1], found {len(values)}")
    inside = np.clip(values, 1e-9, 1 - 1e-9)
    distribution = _distribution(family)
    if family == "beta":
        first, second, _, _ = distribution.fit(inside, floc=0, fscale=1)
        likelihood = float(distribution.logpdf(inside, first, second).sum())
    else:
        first, _, second = distribution.fit(inside, floc=0)
        likelihood = float(distribution.logpdf(inside, first, loc=0, scale=second).sum())
    return DensityFit(family, (float(first), float(second)), likelihood, len(values))


def _distribution(family: str) -> "rv_continuous":
    from scipy import stats  # slow to import

    distribution: rv_continuous = {"beta": stats.beta, "weibull": stats.weibull_min, "lognormal": stats.lognorm}[family]
    return distribution
