"""The genetic algorithm of pymoo, with the operators that its documentation gives for integers."""

import numpy as np

from nas_problems.space import SearchSpace
from optimizers.initializers.uniform import uniform
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Initializer


@solvers.register("pymoo-ga", summary="genetic algorithm with SBX and polynomial mutation (pymoo)", family="pymoo")
@as_solver
def pymoo_ga(
    space: SearchSpace,
    budget: int,
    initializer: Initializer | None,
    rng: np.random.Generator,
    *,
    population_size: PositiveInt = 20,
) -> Loop:
    """GA with binary tournaments, SBX, polynomial mutation and elimination of duplicates.

    It works on the box code of any space; a repair operator moves every child to the middle of its
    choices, as pymoo's RoundingRepair does on integer codes.

    Args:
        space: What is searched.
        budget: Evaluations of the run.
        initializer: Chooses the first population.
        rng: Source of randomness.
        population_size: Parents, and children per generation.

    Source: blank2020.
    """
    from pymoo.algorithms.soo.nonconvex.ga import GA
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM

    from optimizers.adapters.pymoo import SnapRepair, pymoo_loop, to_points

    Z = (initializer or uniform)(space, min(population_size, budget), rng)
    algorithm = GA(
        pop_size=population_size,
        sampling=to_points(space, Z),
        crossover=SBX(prob=1.0, eta=3.0),
        mutation=PM(prob=1.0, eta=3.0),
        repair=SnapRepair(space, rng),
        eliminate_duplicates=True,
    )
    yield from pymoo_loop(algorithm, space, rng)
