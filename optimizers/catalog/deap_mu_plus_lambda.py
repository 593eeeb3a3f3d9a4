"""The (mu + lambda) evolutionary algorithm of DEAP, which Traoré et al. use for NAS."""

from typing import Literal

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt, Probability
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("deap-mu-plus-lambda", summary="(mu + lambda) evolutionary algorithm (DEAP)", family="deap")
@as_solver
def deap_mu_plus_lambda(
    task: Task,
    *,
    population_size: PositiveInt = 10,
    n_offspring: PositiveInt = 10,
    crossover_probability: Probability = 0.0,
    mutation_probability: Probability = 0.8,
    variable_probability: Probability = 0.0,
    mutation: Literal["other", "round-robin", "uniform"] = "other",
    evaluate_copies: bool = False,
) -> Loop:
    """Children of parents drawn uniformly; the best of parents and children survive.

    DEAP's ``eaMuPlusLambda``: a child comes of one-point crossover, or of mutation, or else is a copy of
    a parent. Invalid children are repaired.

    Differs: the paper sets population_size=19, n_offspring=19, variable_probability=0.1, round-robin mutation and
    evaluate_copies, with which three of five children in a space of six variables are copies of a parent; the search
    is then no better than random search on most tables. It has binary and categorical variables only.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: mu, the survivors; where the initializer gives fewer, so many until there are more.
        n_offspring: lambda, the children per generation.
        crossover_probability: Of a child to come of crossover; needs two parents.
        mutation_probability: mut_p: of a child to come of mutation.
        variable_probability: ind_pb: of each variable of a mutated child to be changed; 0: one over the
            number of variables, and at least one of them.
        mutation: ``other``: any choice but the present one, and a normal step on the scale of an integer or real
            range. ``round-robin``: the next choice, after the last one the first; integers of more than two values
            and real variables are drawn anew. ``uniform``: any choice, also the old one.
        evaluate_copies: Whether unchanged children are evaluated as well, as the paper counts;
            eaMuPlusLambda leaves them their parent's value.

    Raises:
        ValueError: At the first ask: the probabilities of crossover and mutation sum to more than 1.

    Source: traore2023, Algorithm 2 and section 5.5; fortin2012.
    """
    from deap import tools

    from optimizers.adapters.deap import generations, toolbox

    yield from generations(
        task,
        population_size=population_size,
        n_offspring=n_offspring,
        crossover_probability=crossover_probability,
        mutation_probability=mutation_probability,
        box=toolbox(task.space, mutation, variable_probability),
        evaluate_copies=evaluate_copies,
        survivors=lambda parents, children: tools.selBest(parents + children, population_size),
    )
