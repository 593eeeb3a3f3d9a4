"""MOEA/D of pymoo."""

from optimizers.loop import Loop, as_solver
from optimizers.option import AtLeastTwo, Probability
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "pymoo-moead",
    summary="MOEA/D: one weighted problem per direction, neighbours mate (pymoo)",
    family="multi-objective",
    objectives="any",
)
@as_solver
def pymoo_moead(
    task: Task,
    *,
    population_size: AtLeastTwo = 40,
    n_neighbors: AtLeastTwo = 10,
    neighbor_mating_probability: Probability = 0.9,
) -> Loop:
    """MOEA/D with Tchebycheff decomposition (of more than two objectives: penalty boundary intersection).

    After its first population it asks for one candidate at a time. Duplicates are not removed. Objectives are
    compared in units of the first population's interquartile range: the decomposition adds them up as they are.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: At most so many directions, evenly spread, each with one parent.
        n_neighbors: Directions from which parents come, and whose parents a child may replace.
        neighbor_mating_probability: Probability that parents are neighbours, not any two.

    Source: zhang2007; blank2020.
    """
    from pymoo.algorithms.moo.moead import MOEAD

    from optimizers.adapters.pymoo_several import (
        first_population,
        n_told,
        operators,
        reference_directions,
        several_loop,
    )

    directions = reference_directions(n_told(task), population_size)
    algorithm = MOEAD(
        directions,
        n_neighbors=n_neighbors,
        prob_neighbor_mating=neighbor_mating_probability,
        sampling=first_population(task, len(directions)),
        **operators(task),
    )
    yield from several_loop(algorithm, task, scaled=True)
