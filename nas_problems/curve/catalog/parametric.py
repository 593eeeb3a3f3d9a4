"""The eleven parametric families of Domhan et al., averaged by how well they fit the beginning of a curve."""

from dataclasses import dataclass, field

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.curve.family import FAMILIES, curves_of, fit, gradient, normalised
from nas_problems.curve.predictor import check_begun, curve_predictors, of_finite, usable_curves

_LEAST_NOISE = 0.005  # standard deviation, in units of what the curve has gained: measurements are rounded
_LARGEST_SPREAD = 10.0  # beyond which a family says nothing


@dataclass(slots=True)
class ParametricCurves:
    """Every family fitted to the beginning of one curve; their ends, weighted by the Bayesian information criterion.

    The end is a mixture of normal distributions: of each family the end of its best fit, with the variance of its
    parameters (Laplace's approximation) and of the noise. It needs no finished curves but their number of steps.

    Differs: In domhan2015 parameters, weights and noise are sampled by MCMC, a minute a curve; here it is least
    squares and Laplace's approximation, for many curves at once.

    Source: domhan2015.
    """

    _n_steps: int = field(init=False, repr=False, default=0)
    _n_seen: int = field(init=False, repr=False, default=0)

    def fit(self, curves: FloatArray, n_seen: int) -> None:
        """Only the number of steps is looked at: ``curves`` may be of shape (0, steps)."""
        usable_curves(curves, n_seen, at_least=0)
        self._n_steps, self._n_seen = curves.shape[1], n_seen

    def predict(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.predict``."""

        def mean(begun: FloatArray) -> FloatArray:
            weight, end, _ = self._mixture(begun)
            return np.asarray((weight * end).sum(axis=0))

        check_begun(begun, self._n_seen, predictor=self)
        return of_finite(begun, mean)

    def spread(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.spread``."""

        def deviation(begun: FloatArray) -> FloatArray:
            weight, end, sd = self._mixture(begun)
            mean = (weight * end).sum(axis=0)
            return np.asarray(np.sqrt((weight * (sd**2 + (end - mean) ** 2)).sum(axis=0)))

        check_begun(begun, self._n_seen, predictor=self)
        return of_finite(begun, deviation)

    def chance_below(self, begun: FloatArray, level: float) -> FloatArray:
        """See ``EndDistribution.chance_below``."""
        from scipy.special import ndtr

        def chance(begun: FloatArray) -> FloatArray:
            weight, end, sd = self._mixture(begun)
            added = (weight * ndtr((level - end) / sd)).sum(axis=0)
            return np.asarray(np.minimum(added, 1.0))  # weights add up to 1 but for rounding

        check_begun(begun, self._n_seen, predictor=self)
        return of_finite(begun, chance)

    def _mixture(self, begun: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weight, end and standard deviation of every family, each (families, n), in the units of the curves."""
        n, n_seen = begun.shape
        Y, level, unit = normalised(begun)
        x, last = np.arange(1.0, n_seen + 1), np.array([float(self._n_steps)])
        score, end, variance = (np.empty((len(FAMILIES), n)) for _ in range(3))
        for row, family in enumerate(FAMILIES):
            P = fit(family, x, Y)
            n_parameters = P.shape[1]
            squares = ((curves_of(family, x, P) - Y) ** 2).sum(axis=1)
            noise = np.maximum(squares / max(n_seen - n_parameters, 1), _LEAST_NOISE**2)
            score[row] = -0.5 * (n_seen * np.log(np.maximum(squares / n_seen, _LEAST_NOISE**2)))
            score[row] -= 0.5 * n_parameters * np.log(n_seen)
            J, toward = gradient(family, x, P), gradient(family, last, P)[:, 0]
            start = np.maximum(np.abs(np.array(family.start)), 0.1)
            information = np.einsum("ntp,ntq->npq", J, J) / noise[:, None, None] + np.diag(1 / start**2)
            along = np.linalg.solve(information, toward[:, :, None])[:, :, 0]
            end[row] = curves_of(family, last, P)[:, 0]
            variance[row] = noise + np.maximum((toward * along).sum(axis=1), 0.0)
        is_lost = ~(np.abs(end) < _LARGEST_SPREAD) | ~(variance < _LARGEST_SPREAD**2)
        is_lost[-1] &= ~is_lost.all(axis=0)  # ilog2, which cannot leave
        score[is_lost] = -np.inf
        weight = np.exp(score - score.max(axis=0))
        weight /= weight.sum(axis=0)
        end, variance = np.where(is_lost, 0.0, end), np.where(is_lost, 1.0, variance)
        return weight, level - unit * end, unit * np.sqrt(variance)


curve_predictors.register(
    "parametric", summary="eleven families of saturating curves, averaged (Domhan et al.)", family="parametric"
)(ParametricCurves)
