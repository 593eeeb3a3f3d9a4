"""Particle swarm optimization of pymoo on the box code."""

from typing import Annotated

import numpy as np

from optimizers.loop import Loop, as_solver
from optimizers.option import AtLeastTwo, Between
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("pymoo-pso", summary="particle swarm optimization (pymoo)", family="pymoo")
@as_solver
def pymoo_pso(
    task: Task,
    *,
    population_size: AtLeastTwo = 25,
    inertia: Annotated[float, Between(0, 2)] = 0.9,
    cognitive_weight: Annotated[float, Between(0, 4)] = 2.0,
    social_weight: Annotated[float, Between(0, 4)] = 2.0,
    adaptive: bool = True,
) -> Loop:
    """A swarm with a global best, with pymoo's adaptation of the weights and mutation of the best.

    The particles stay real; a particle is evaluated as the candidate whose intervals of the box it lies in,
    and moved only where that candidate is invalid. A candidate may be evaluated more than once.

    Args:
        task: What is searched; its initializer chooses the first positions; a second one is drawn where there is
            only one.
        population_size: Particles.
        inertia: w.
        cognitive_weight: c1, of the particle's own best.
        social_weight: c2, of the swarm's best.
        adaptive: Whether the three weights change with the spread of the swarm.

    Source: kennedy1995; blank2020.
    """
    from pymoo.algorithms.soo.nonconvex.pso import PSO

    from optimizers.adapters.pymoo import ValidRepair, pymoo_loop, to_points

    space, rng = task.space, task.rng
    Z = task.start(population_size)
    Z = np.concatenate([Z, space.sample(max(2 - len(Z), 0), rng)])
    algorithm = PSO(
        pop_size=len(Z),
        sampling=to_points(space, Z),
        w=inertia,
        c1=cognitive_weight,
        c2=social_weight,
        adaptive=adaptive,
        repair=ValidRepair(space, rng),
    )
    yield from pymoo_loop(algorithm, space, rng)
