"""The genetic algorithm of pymoo for variables of different kinds."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "pymoo-mixed", summary="genetic algorithm with operators per kind of variable (pymoo)", family="pymoo"
)
@as_solver
def pymoo_mixed(
    task: Task,
    *,
    population_size: PositiveInt = 10,
) -> Loop:
    """MixedVariableGA: categorical variables are exchanged and redrawn; SBX and polynomial mutation for the others.

    Parents are drawn at random and the best of parents and children survive; duplicates are eliminated. The
    run ends early where no new candidate can be made.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Parents, and children per generation.

    Source: blank2020.
    """
    from pymoo.core.mixed import MixedVariableDuplicateElimination, MixedVariableGA, MixedVariableMating
    from pymoo.core.population import Population

    from nas_problems.adapters.pymoo import to_mixed
    from optimizers.adapters.pymoo import MixedRepair, mixed_loop, mixed_mutation

    space, rng = task.space, task.rng
    Z = task.start(population_size)
    algorithm = MixedVariableGA(
        pop_size=population_size,
        sampling=Population.new(X=to_mixed(space, Z)),
        mating=MixedVariableMating(
            mutation=mixed_mutation(space),
            eliminate_duplicates=MixedVariableDuplicateElimination(),
            repair=MixedRepair(space, rng),
        ),
    )
    yield from mixed_loop(algorithm, space, rng)
