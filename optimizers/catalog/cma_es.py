"""CMA-ES of the library cma, with its integer handling."""

from typing import Annotated, Any

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.parameter import Integer, Real
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, SearchSpace
from optimizers.initializers.uniform import uniform
from optimizers.loop import Loop, as_solver
from optimizers.option import Between
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.registry import solvers
from optimizers.solver import Initializer
from optimizers.variation import repair


@solvers.register("cma-es", summary="CMA-ES with integer handling and restarts (cma)", family="cma")
@as_solver
def cma_es(
    space: SearchSpace,
    budget: int,
    initializer: Initializer | None,
    rng: np.random.Generator,
    *,
    initial_step: Annotated[float, Between(0.01, 1)] = 0.25,
    population_size: Annotated[int, Between(0)] = 0,
) -> Loop:
    """CMA-ES on the box code, started again whenever one of its own stopping criteria holds.

    The library works on a rescaled box in which a choice is one wide, because that is the step of its
    integer handling; the choices of real and of logarithmic integer parameters are searched as they are.

    Args:
        space: What is searched.
        budget: Evaluations of the run.
        initializer: Chooses the first mean; those of restarts are drawn uniformly.
        rng: Source of randomness.
        initial_step: Initial standard deviation as a share of a variable's range.
        population_size: lambda; 0: the library's 4 + 3 ln(d).

    Source: hansen2016, with the integer handling of the library.
    """
    import cma

    private = PrivateRandomState(rng)
    coordinates = _Coordinates(space)
    draw_mean = initializer or uniform
    settings: dict[str, Any] = {
        "bounds": [coordinates.lower, coordinates.lower + coordinates.width],
        "CMA_stds": coordinates.width,
        "integer_variables": coordinates.integer_variables,
        "signals_filename": "",
        "verbose": -9,
    }
    if population_size:
        settings["popsize"] = population_size
    while True:
        mean = coordinates.from_codes(draw_mean(space, 1, rng))[0]
        with private:
            es = cma.CMAEvolutionStrategy(mean, initial_step, settings | {"seed": draw_seed(rng)})
        while not es.stop():
            with private:
                X = es.ask()
            y = yield repair(space, coordinates.to_codes(np.array(X)), rng)
            with private:
                es.tell(X, y.tolist())
        draw_mean = uniform


class _Coordinates:
    """The box with every variable stretched so that a choice is one wide.

    A space with one parameter gets a second coordinate that nobody reads: the library cannot do with one.
    """

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        width = [10.0 if isinstance(p, Real) or _is_log(p) else float(p.n_choices or 0) for p in space.parameters]
        lower = [-5.0 if isinstance(p, Real) or _is_log(p) else -0.5 for p in space.parameters]
        self.integer_variables = [j for j, low in enumerate(lower) if low == -0.5]
        n_padding = max(2 - space.n_parameters, 0)
        self.width: FloatArray = np.array(width + [1.0] * n_padding)
        self.lower: FloatArray = np.array(lower + [-0.5] * n_padding)

    def from_codes(self, Z: Codes) -> FloatArray:
        """Codes (n, d) to coordinates (n, max(d, 2))."""
        unit = (self._space.to_box(Z) - BOX_LOWER) / (BOX_UPPER - BOX_LOWER)
        padded = np.pad(unit, ((0, 0), (0, len(self.width) - unit.shape[1])), constant_values=0.5)
        return np.asarray(self.lower + self.width * padded, dtype=np.float64)

    def to_codes(self, X: FloatArray) -> Codes:
        """The inverse of ``from_codes``."""
        unit = ((X - self.lower) / self.width)[:, : self._space.n_parameters]
        box = BOX_LOWER + (BOX_UPPER - BOX_LOWER) * unit
        return self._space.from_box(np.minimum(np.maximum(box, BOX_LOWER), BOX_UPPER))  # rounding at the bounds


def _is_log(parameter: object) -> bool:
    return isinstance(parameter, Integer) and parameter.log
