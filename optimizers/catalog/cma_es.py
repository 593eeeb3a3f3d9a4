"""CMA-ES of the library cma, with its integer handling."""

from typing import Annotated

import numpy as np

from nas_problems.space import SearchSpace
from optimizers.initializers.uniform import uniform
from optimizers.loop import Loop, as_solver
from optimizers.option import Between
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.registry import solvers
from optimizers.solver import Initializer


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
    from cma import CMAEvolutionStrategy

    from optimizers.adapters.cma import Coordinates, descent

    private = PrivateRandomState(rng)
    coordinates = Coordinates(space)
    settings = coordinates.settings(population_size)
    draw_mean = initializer or uniform
    while True:
        mean = coordinates.from_codes(draw_mean(space, 1, rng))[0]
        with private:
            es = CMAEvolutionStrategy(mean, initial_step, settings | {"seed": draw_seed(rng)})
        yield from descent(es, space, coordinates, private, rng)
        draw_mean = uniform
