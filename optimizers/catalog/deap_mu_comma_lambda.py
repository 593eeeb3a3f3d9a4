"""The (mu, lambda) evolutionary algorithm of DEAP."""

from typing import Literal

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt, Probability
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("deap-mu-comma-lambda", summary="(mu, lambda) evolutionary algorithm (DEAP)", family="deap")
@as_solver
def deap_mu_comma_lambda(
    task: Task,
    *,
    population_size: PositiveInt = 3,
    n_offspring: PositiveInt = 20,
    crossover_probability: Probability = 0.0,
    mutation_probability: Probability = 0.8,
    variable_probability: Probability = 0.0,
    mutation: Literal["other", "round-robin", "uniform"] = "other",
    evaluate_copies: bool = False,
) -> Loop:
    """Children of parents drawn uniformly; the best of the children replace them all.

    DEAP's ``eaMuCommaLambda``: a child comes of one-point crossover, or of mutation, or else is a copy of
    a parent. Invalid children are repaired. The probabilities are those of deap-mu-plus-lambda. Selection
    works on the children only, so there are seven times as many as survivors, the classical ratio; of
    equal numbers nothing would be selected.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: mu, the survivors.
        n_offspring: lambda, the children per generation, >= mu.
        crossover_probability: Of a child to come of crossover; needs two parents.
        mutation_probability: mut_p: of a child to come of mutation.
        variable_probability: ind_pb: of each variable of a mutated child to be changed; 0: one over the
            number of variables, and at least one of them.
        mutation: ``other``: any choice but the present one, and a normal step on the scale of an integer or real
            range. ``round-robin``: the next choice, after the last one the first; integers of more than two values
            and real variables are drawn anew. ``uniform``: any choice, also the old one.
        evaluate_copies: Whether unchanged children are evaluated as well; eaMuCommaLambda leaves them their
            parent's value.

    Raises:
        ValueError: At the first ask: the probabilities of crossover and mutation sum to more than 1; or
            fewer children than survivors.

    Source: fortin2012.
    """
    from deap import tools

    from optimizers.adapters.deap import generations, toolbox

    if n_offspring < population_size:
        raise ValueError(f"n_offspring: wanted at least population_size ({population_size}), found {n_offspring}")
    yield from generations(
        task,
        population_size=population_size,
        n_offspring=n_offspring,
        crossover_probability=crossover_probability,
        mutation_probability=mutation_probability,
        box=toolbox(task.space, mutation, variable_probability),
        evaluate_copies=evaluate_copies,
        survivors=lambda parents, children: tools.selBest(children, population_size),
    )
