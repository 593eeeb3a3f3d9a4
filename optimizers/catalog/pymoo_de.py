"""Differential evolution of pymoo on the box code."""

from typing import Annotated, Literal

from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt, Probability
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("pymoo-de", summary="differential evolution (pymoo)", family="pymoo")
@as_solver
def pymoo_de(
    task: Task,
    *,
    population_size: PositiveInt = 20,
    selection: Literal["best", "rand"] = "best",
    crossover: Literal["bin", "exp"] = "bin",
    scale: Annotated[float, Between(0.01, 2)] = 0.5,
    crossover_rate: Probability = 0.2,
) -> Loop:
    """DE/best/1/bin, or another variant: a child replaces its parent unless it is worse.

    The vectors stay real; a vector is evaluated as the candidate whose intervals of the box it lies in, and
    moved only where that candidate is invalid. A candidate may be evaluated more than once.

    Args:
        task: What is searched; its initializer chooses the first population; its size is that of all.
        population_size: Vectors.
        selection: Which vector a difference is added to: the best, or a random one.
        crossover: Binomial or exponential.
        scale: F, the factor of the difference.
        crossover_rate: CR, of each variable to come of the new vector.

    Source: storn1997; blank2020.
    """
    from pymoo.algorithms.soo.nonconvex.de import DE

    from optimizers.adapters.pymoo import ValidRepair, pymoo_loop, to_points

    space, rng = task.space, task.rng
    Z = task.start(population_size)
    algorithm = DE(
        pop_size=len(Z),
        sampling=to_points(space, Z),
        variant=f"DE/{selection}/1/{crossover}",
        F=scale,
        CR=crossover_rate,
        repair=ValidRepair(space, rng),
    )
    yield from pymoo_loop(algorithm, space, rng)
