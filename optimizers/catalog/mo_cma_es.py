"""COMO-CMA-ES: several CMA-ES, each of which improves the hypervolume of all."""

from typing import Annotated

from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "mo-cma-es",
    summary="COMO-CMA-ES, one CMA-ES per point of the front (comocma)",
    family="multi-objective",
    objectives="any",
)
@as_solver
def mo_cma_es(
    task: Task,
    *,
    n_kernels: PositiveInt = 10,
    initial_step: Annotated[float, Between(0.01, 1)] = 0.25,
) -> Loop:
    """COMO-CMA-ES on the coordinates of ``cma-es``, whose kernels are asked one after the other.

    The reference point is the worst of the first values, in units of their interquartile range. Kernels that have
    stopped stay; when all have, the search starts anew. Invalid candidates are repaired, and their values told for
    the originals.

    Args:
        task: What is searched; its initializer chooses the first means.
        n_kernels: Points of the front that are sought.
        initial_step: Initial standard deviation as a share of a variable's range.

    Raises:
        ImportError: comocma is not installed.

    Source: toure2019.
    """
    from optimizers.adapters.comocma import como_loop

    yield from como_loop(task, n_kernels, initial_step)
