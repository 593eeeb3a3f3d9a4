"""CMA-ES of the library cma, with its integer handling."""

from typing import Annotated

from optimizers.loop import Loop, as_solver
from optimizers.option import LARGEST_COUNT, Between
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("cma-es", summary="CMA-ES with integer handling and restarts (cma)", family="cma")
@as_solver
def cma_es(
    task: Task,
    *,
    initial_step: Annotated[float, Between(0.01, 1)] = 0.25,
    population_size: Annotated[int, Between(2, LARGEST_COUNT, also=0)] = 0,
) -> Loop:
    """CMA-ES, started again whenever one of its own stopping criteria holds.

    A categorical parameter of more than two choices has a coordinate per choice, of which the largest says what is
    chosen; in the coordinate of another finite parameter a choice is one wide, because that is the step of the
    library's integer handling; real and logarithmic integer ranges are searched on their scale.

    Args:
        task: What is searched; its initializer chooses the first mean; those of restarts are drawn uniformly.
        initial_step: Initial standard deviation as a share of a variable's range.
        population_size: lambda; 0: the library's 4 + 3 ln(d).

    Source: hansen2016, with the integer handling of the library.
    """
    from cma import CMAEvolutionStrategy

    from optimizers.adapters.cma import Coordinates, descent

    space, rng = task.space, task.rng
    private = PrivateRandomState(rng)
    coordinates = Coordinates(space)
    settings = coordinates.settings(population_size)
    first = task.start(1)
    while True:
        mean = coordinates.from_codes(first)[0]
        with private:
            es = CMAEvolutionStrategy(mean, initial_step, settings | {"seed": draw_seed(rng)})
        yield from descent(es, space, coordinates, private, rng)
        first = space.sample(1, rng)
