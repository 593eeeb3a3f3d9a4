"""NSGA-II of Optuna."""

from optimizers.loop import Loop, as_solver
from optimizers.option import AtLeastTwo
from optimizers.randomness import draw_seed
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "optuna-nsga2", summary="NSGA-II with Optuna's own operators (Optuna)", family="multi-objective", objectives="any"
)
@as_solver
def optuna_nsga2(
    task: Task,
    *,
    population_size: AtLeastTwo = 40,
) -> Loop:
    """NSGA-II with uniform crossover and a mutation that draws a variable anew, one candidate at a time.

    A candidate that fails the validity test is repaired, and its value told for the original. A candidate
    may be evaluated more than once.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Parents, and children per generation.

    Source: deb2002; akiba2019.
    """
    from optuna.samplers import NSGAIISampler

    from optimizers.adapters.optuna_space import optuna_loop

    Z = task.start(population_size)
    sampler = NSGAIISampler(population_size=population_size, seed=draw_seed(task.rng))
    yield from optuna_loop(sampler, task, Z, task.n_parallel)
