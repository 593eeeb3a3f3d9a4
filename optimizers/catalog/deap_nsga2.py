"""NSGA-II of DEAP."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt, Probability
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "deap-nsga2",
    summary="NSGA-II with tournaments by domination and crowding (DEAP)",
    family="multi-objective",
    objectives="any",
)
@as_solver
def deap_nsga2(
    task: Task,
    *,
    population_size: PositiveInt = 40,
    crossover_probability: Probability = 0.9,
) -> Loop:
    """NSGA-II as in DEAP's example, with operators for choices in place of real-valued ones.

    Parents come of tournaments by domination, then crowding distance; a pair swaps each variable with
    probability 1/2, and each child then has one variable on average drawn anew. A child may equal a
    candidate that was evaluated before, and invalid children are repaired.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Parents, and children per generation; rounded up to a multiple of four, because the
            tournaments take parents four at a time.
        crossover_probability: Of a pair to swap variables.

    Source: deb2002; fortin2012.
    """
    from optimizers.adapters.deap_several import nsga2_loop

    yield from nsga2_loop(task, -(-population_size // 4) * 4, crossover_probability)
