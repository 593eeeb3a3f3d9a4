"""The genetic algorithm of pymoo, with the operators that its documentation gives for integers."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("pymoo-ga", summary="genetic algorithm with SBX and polynomial mutation (pymoo)", family="pymoo")
@as_solver
def pymoo_ga(
    task: Task,
    *,
    population_size: PositiveInt = 20,
) -> Loop:
    """GA with binary tournaments, SBX, polynomial mutation and elimination of duplicates.

    It works on the box code of any space; a repair operator moves every child to the middle of its
    choices, as pymoo's RoundingRepair does on integer codes.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Parents, and children per generation.

    Source: blank2020.
    """
    from pymoo.algorithms.soo.nonconvex.ga import GA
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM

    from optimizers.adapters.pymoo import SnapRepair, pymoo_loop, to_points

    space, rng = task.space, task.rng
    Z = task.start(population_size)
    algorithm = GA(
        pop_size=population_size,
        sampling=to_points(space, Z),
        crossover=SBX(prob=1.0, eta=3.0),
        mutation=PM(prob=1.0, eta=3.0),
        repair=SnapRepair(space, rng),
        eliminate_duplicates=True,
    )
    yield from pymoo_loop(algorithm, space, rng)
