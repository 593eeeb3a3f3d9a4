"""SPEA2 of pymoo."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "pymoo-spea2",
    summary="SPEA2: strength of dominators, then distance to neighbors (pymoo)",
    family="multi-objective",
    objectives="any",
)
@as_solver
def pymoo_spea2(
    task: Task,
    *,
    population_size: PositiveInt = 40,
) -> Loop:
    """SPEA2 with uniform crossover and a mutation that draws other choices; distances are normalised.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Parents, and children per generation.

    Source: zitzler2001; blank2020.
    """
    from pymoo.algorithms.moo.spea2 import SPEA2, SPEA2Survival

    from optimizers.adapters.pymoo_several import first_population, operators, several_loop

    algorithm = SPEA2(
        pop_size=population_size,
        sampling=first_population(task, population_size),
        survival=SPEA2Survival(normalize=True),  # pymoo's default object is shared between runs, and remembers
        **operators(task),
    )
    yield from several_loop(algorithm, task)
