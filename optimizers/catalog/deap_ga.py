"""The generational genetic algorithm of DEAP, which Traoré et al. use for NAS."""

from typing import Literal

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt, Probability
from optimizers.randomness import PrivatePythonRandom
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("deap-ga", summary="generational genetic algorithm (DEAP)", family="deap")
@as_solver
def deap_ga(
    task: Task,
    *,
    population_size: PositiveInt = 19,
    tournament_size: PositiveInt = 4,
    crossover_probability: Probability = 0.5,
    mutation_probability: Probability = 0.8,
    variable_probability: Probability = 0.0,
    mutation: Literal["other", "round-robin", "uniform"] = "other",
    evaluate_copies: bool = False,
) -> Loop:
    """Parents of tournaments, one-point crossover, mutation; the children replace the population.

    DEAP's ``eaSimple`` with its ``selTournament`` and ``cxOnePoint``. Nothing protects the best: the
    incumbent of a run may be lost to the population. Invalid children are repaired.

    Differs: the paper sets tournament_size=2, mutation_probability=0.2, variable_probability=0.05, round-robin
    mutation and evaluate_copies: of the children that are not crossed, 19 of 20 in a space of six variables are
    copies then, and the search is worse than random search on most tables. It has no integer or real variables.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Parents, and children per generation.
        tournament_size: Members drawn with replacement, of which the best is a parent.
        crossover_probability: cx_p: of a pair of parents to be crossed.
        mutation_probability: mut_p: of a child to be mutated.
        variable_probability: ind_p: of each variable of a mutated child to be changed; 0: one over the
            number of variables, and at least one of them.
        mutation: ``other``: any choice but the present one, and a normal step on the scale of an integer or real
            range. ``round-robin``: the next choice, after the last one the first; integers of more than two values
            and real variables are drawn anew. ``uniform``: any choice, also the old one.
        evaluate_copies: Whether unchanged children are evaluated as well, as the paper counts; eaSimple
            leaves them their parent's value.

    Source: traore2023, Algorithm 1 and section 5.5; fortin2012.
    """
    from deap import algorithms, tools

    from optimizers.adapters.deap import Individual, evaluate, toolbox

    space, rng = task.space, task.rng
    private = PrivatePythonRandom(rng)
    box = toolbox(space, mutation, variable_probability)
    Z = task.start(population_size)
    population = yield from evaluate(space, [Individual(code) for code in Z.tolist()], rng, copies=True)
    while True:
        with private:
            parents = tools.selTournament(population, len(population), tournament_size)
            children = algorithms.varAnd(parents, box, crossover_probability, mutation_probability)
        population = yield from evaluate(space, children, rng, copies=evaluate_copies)
