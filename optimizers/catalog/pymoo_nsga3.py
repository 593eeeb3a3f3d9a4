"""NSGA-III of pymoo."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "pymoo-nsga3",
    summary="NSGA-III: ranks of domination, then reference directions (pymoo)",
    family="multi-objective",
    objectives="any",
)
@as_solver
def pymoo_nsga3(
    task: Task,
    *,
    population_size: PositiveInt = 40,
) -> Loop:
    """NSGA-III with uniform crossover and a mutation that draws other choices.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: At most so many reference directions, evenly spread; parents, and children per
            generation, are as many as there are directions.

    Source: deb2014; blank2020.
    """
    from pymoo.algorithms.moo.nsga3 import NSGA3

    from optimizers.adapters.pymoo_several import (
        first_population,
        n_told,
        operators,
        reference_directions,
        several_loop,
    )

    directions = reference_directions(n_told(task), population_size)
    algorithm = NSGA3(directions, sampling=first_population(task, len(directions)), **operators(task))
    yield from several_loop(algorithm, task)
