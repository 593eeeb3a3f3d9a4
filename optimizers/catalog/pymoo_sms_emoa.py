"""SMS-EMOA of pymoo."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "pymoo-sms-emoa",
    summary="SMS-EMOA: ranks of domination, then contribution to the hypervolume (pymoo)",
    family="multi-objective",
    objectives="any",
)
@as_solver
def pymoo_sms_emoa(
    task: Task,
    *,
    population_size: PositiveInt = 40,
    n_offspring: PositiveInt = 10,
) -> Loop:
    """SMS-EMOA with uniform crossover and a mutation that draws other choices.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Parents.
        n_offspring: Children per generation; 1 is the algorithm as published.

    Source: beume2007; blank2020.
    """
    from pymoo.algorithms.moo.sms import SMSEMOA, LeastHypervolumeContributionSurvival

    from optimizers.adapters.pymoo_several import first_population, operators, several_loop

    algorithm = SMSEMOA(
        pop_size=population_size,
        n_offsprings=n_offspring,
        sampling=first_population(task, population_size),
        survival=LeastHypervolumeContributionSurvival(),
        **operators(task),
    )
    yield from several_loop(algorithm, task)
