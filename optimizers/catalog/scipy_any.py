"""The minimisers of scipy that know bounds, as ``scipy:<method>``."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray
from optimizers.ioh_algorithm import IohAlgorithm
from optimizers.minimizer import from_minimizer
from optimizers.registry import collections
from optimizers.solver import Traits

LOCAL = ("COBYLA", "L-BFGS-B", "Nelder-Mead", "Powell", "SLSQP", "TNC", "trust-constr")
"""Methods of ``scipy.optimize.minimize``, started anew from a random point when they have converged."""

GLOBAL = ("differential_evolution", "dual_annealing")
"""Functions of ``scipy.optimize``. Left out: ``direct``, which draws no random numbers, so that all runs of a study
would be one, and ``shgo``, which looks at all 2**d corners of the box first."""


@dataclass(frozen=True, slots=True)
class ScipyMethod:
    """One of scipy's minimisers.

    Args:
        method: A name of ``LOCAL`` or ``GLOBAL``.
    """

    method: str

    def __call__(
        self,
        f: Callable[[FloatArray], float],
        bounds: Sequence[tuple[float, float]],
        x0: FloatArray,
        budget: int,
        rng: np.random.Generator,
    ) -> None:
        """Minimise once.

        Args:
            f: Function of a point (d,).
            bounds: Its d ranges.
            x0: Start of a local method, (d,).
            budget: Evaluations that are left; no method stops for another reason than convergence before.
            rng: Source of randomness.

        Source: virtanen2020.
        """
        from scipy import optimize

        if self.method in LOCAL:
            optimize.minimize(f, x0, method=self.method, bounds=bounds, options=_patience(self.method, budget))
            return
        function = getattr(optimize, self.method)
        takes_rng = "rng" in inspect.signature(function).parameters  # since scipy 1.15
        function(f, bounds, maxiter=budget, **{"rng" if takes_rng else "seed": rng})


_LIMITS = {
    "L-BFGS-B": ("maxfun", "maxiter"),
    "Nelder-Mead": ("maxfev", "maxiter"),
    "Powell": ("maxfev", "maxiter"),
    "TNC": ("maxfun",),
}


def _patience(method: str, budget: int) -> dict[str, int]:
    """Options under which a method does not stop before the budget."""
    return dict.fromkeys(_LIMITS.get(method, ("maxiter",)), budget + 1)


class ScipyRegistry:
    """scipy's minimisers as a collection of solvers."""

    def names(self) -> tuple[str, ...]:
        """Names of all methods, sorted."""
        return tuple(sorted((*LOCAL, *GLOBAL)))

    def factory(self, name: str) -> IohAlgorithm:
        """One method, on the box [-5, 5]^d."""
        return from_minimizer(ScipyMethod(name), label=name)

    def traits(self, name: str) -> Traits:
        """One objective, at one fidelity."""
        return Traits()


collections.register("scipy", summary="every minimiser of scipy.optimize that knows bounds", family="scipy")(
    ScipyRegistry()
)
