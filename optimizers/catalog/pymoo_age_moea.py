"""AGE-MOEA of pymoo."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "pymoo-age-moea",
    summary="AGE-MOEA: adapts to the geometry of the front (pymoo, numba)",
    family="multi-objective",
    objectives="any",
)
@as_solver
def pymoo_age_moea(
    task: Task,
    *,
    population_size: PositiveInt = 40,
) -> Loop:
    """AGE-MOEA with uniform crossover and a mutation that draws other choices.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Parents, and children per generation.

    Raises:
        ImportError: numba is not installed.

    Source: panichella2019; blank2020.
    """
    try:
        import numba  # noqa: F401  # pymoo raises a bare Exception without it
    except ImportError as error:
        raise ImportError('pymoo-age-moea needs numba: pip install "iohnas[multi-objective]"') from error
    from pymoo.algorithms.moo.age import AGEMOEA

    from optimizers.adapters.pymoo_several import first_population, operators, several_loop

    algorithm = AGEMOEA(pop_size=population_size, sampling=first_population(task, population_size), **operators(task))
    yield from several_loop(algorithm, task)
