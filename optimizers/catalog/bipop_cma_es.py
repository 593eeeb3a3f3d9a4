"""BIPOP-CMA-ES: restarts with large and with small populations, of the library cma."""

from typing import Annotated

import numpy as np

from optimizers.loop import Loop, as_solver
from optimizers.option import LARGEST_COUNT, Between
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("bipop-cma-es", summary="CMA-ES with two regimes of restarts (cma)", family="cma")
@as_solver
def bipop_cma_es(
    task: Task,
    *,
    initial_step: Annotated[float, Between(0.01, 1)] = 0.25,
    population_size: Annotated[int, Between(2, LARGEST_COUNT, also=0)] = 0,
) -> Loop:
    """CMA-ES, restarted with populations that double, and with small ones and steps.

    The restarts are those of the library's ``fmin2(..., bipop=True)``, which cannot be asked and told;
    of the two regimes the one that has used fewer evaluations is next. No final means are evaluated.
    Coordinates, means and the handling of invalid candidates are those of cma-es.

    Args:
        task: What is searched; its initializer chooses the first mean; those of restarts are drawn uniformly.
        initial_step: Initial standard deviation as a share of a variable's range; in the small regime
            times 0.01**u with u uniform in [0, 1].
        population_size: lambda of the first descent; 0: the library's 4 + 3 ln(d).

    Source: hansen2009.
    """
    from cma import CMAEvolutionStrategy

    from optimizers.adapters.cma import Coordinates, descent

    space, rng = task.space, task.rng
    private = PrivateRandomState(rng)
    coordinates = Coordinates(space)
    mean = coordinates.from_codes(task.start(1))[0]
    with private:
        es = CMAEvolutionStrategy(mean, initial_step, coordinates.settings(population_size) | {"seed": draw_seed(rng)})
    settings = es.opts  # with the library's defaults worked out for the first population size, which restarts keep
    first_size, first_iterations = settings["popsize"], settings["maxiter"]
    n_small = yield from descent(es, space, coordinates, private, rng)
    n_large, n_doublings = 0, 0
    while True:
        is_small = n_small < max(1, n_large)
        step = initial_step
        mean = coordinates.from_codes(space.sample(1, rng))[0]
        with private:
            if is_small:
                step *= 0.01 ** np.random.uniform()  # noqa: NPY002  # as fmin2
                size = int(first_size * (2**n_doublings) ** (np.random.uniform() ** 2))  # noqa: NPY002
                n_iterations = min(first_iterations, 0.5 * n_large / size)
            else:
                n_doublings += 1
                size, n_iterations = first_size * 2**n_doublings, first_iterations
            settings.update(popsize=size, maxiter=n_iterations, seed=settings["seed"] + 1)
            es = CMAEvolutionStrategy(mean, step, settings)
        n_evaluations = yield from descent(es, space, coordinates, private, rng)
        n_small, n_large = n_small + is_small * n_evaluations, n_large + (not is_small) * n_evaluations
