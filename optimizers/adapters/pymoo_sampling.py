"""Initializers as the sampling operator of pymoo's algorithms.

>>> import numpy as np, nas_problems
>>> from nas_problems.adapters.pymoo import as_pymoo
>>> from optimizers.initializers.centroid import Recipe, fit_centroids
>>> from pymoo.algorithms.moo.nsga2 import NSGA2
>>> problem = nas_problems.make("nb201-cifar10")
>>> start = fit_centroids(problem, 8, rng=np.random.default_rng(1), recipe=Recipe("300", method="k-means"))
>>> algorithm = NSGA2(pop_size=8, sampling=InitializerSampling(start))
>>> algorithm.setup(as_pymoo(problem)).ask().get("X").shape
(8, 6)
"""

from typing import Any

import numpy as np
from pymoo.core.sampling import Sampling

from nas_problems.adapters.pymoo import PymooProblem, to_mixed
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes
from optimizers.solver import Initializer


class InitializerSampling(Sampling):  # type: ignore[misc]  # pymoo has no types
    """Lets an initializer choose the first population of a problem made by ``as_pymoo``.

    Args:
        initializer: Any, such as fitted ``Centroids``.
    """

    def __init__(self, initializer: Initializer) -> None:
        super().__init__()
        self.initializer = initializer

    def _do(self, problem: Any, n_samples: int, *_: Any, random_state: Any = None, **__: Any) -> Any:
        """Points in the problem's code, ``n_samples`` rows; dicts where it is ``mixed``.

        Raises:
            TypeError: A problem that ``as_pymoo`` did not make.
        """
        if not isinstance(problem, PymooProblem):
            raise TypeError(f"problem: wanted one that as_pymoo made, found {problem!r}")
        rng = random_state if isinstance(random_state, np.random.Generator) else np.random.default_rng()
        return _points(problem, self.initializer(problem.problem.space, n_samples, rng))


def _points(problem: PymooProblem, Z: Codes) -> Any:
    """The inverse of ``PymooProblem.to_codes``."""
    space = problem.problem.space
    if problem.code == "integer":
        return Z
    if problem.code == "box":
        return np.minimum(np.maximum(space.to_box(Z), BOX_LOWER), BOX_UPPER)
    return np.array(to_mixed(space, Z), dtype=object)
