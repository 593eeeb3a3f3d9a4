"""NSGA-II of pymoo."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "pymoo-nsga2",
    summary="NSGA-II: ranks of domination, then crowding distance (pymoo)",
    family="multi-objective",
    objectives="any",
)
@as_solver
def pymoo_nsga2(
    task: Task,
    *,
    population_size: PositiveInt = 40,
) -> Loop:
    """NSGA-II with binary tournaments, uniform crossover and a mutation that draws other choices.

    No candidate occurs twice in a population and its offspring; later it may be evaluated again.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Parents, and children per generation.

    Source: deb2002; blank2020.
    """
    from pymoo.algorithms.moo.nsga2 import NSGA2

    from optimizers.adapters.pymoo_several import first_population, operators, several_loop

    algorithm = NSGA2(pop_size=population_size, sampling=first_population(task, population_size), **operators(task))
    yield from several_loop(algorithm, task)
