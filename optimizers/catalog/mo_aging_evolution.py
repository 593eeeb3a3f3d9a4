"""Aging evolution for several objectives: tournaments by domination, mutation only, and the oldest one dies."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from optimizers.catalog.aging_evolution import tournaments
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import Mutator


@solvers.register(
    "mo-aging-evolution",
    summary="regularized evolution with tournaments by domination",
    family="multi-objective",
    objectives="any",
)
@as_solver
def mo_aging_evolution(
    task: Task,
    *,
    population_size: PositiveInt = 50,
    tournament_size: PositiveInt = 10,
) -> Loop:
    """Mutate a member of a tournament that no other one dominates; the child takes the place of the oldest.

    A mutation gives one variable another value. As many children are evaluated at a time as there are workers. Of one
    objective it is ``aging-evolution``.

    Differs: where real2019 takes the best of a tournament, one of its non-dominated members is drawn uniformly.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: P in the paper.
        tournament_size: S in the paper: members drawn with replacement.

    Source: real2019, Algorithm 1.
    """
    space, rng = task.space, task.rng
    Z = task.start(population_size)
    y = yield Z
    population = Z.tolist()
    values = [tuple(row) for row in y.reshape(len(y), -1).tolist()]
    mutate = Mutator(space, rng)
    oldest = 0  # a ring: the oldest stands right after the youngest
    drawn = tournaments(len(population), tournament_size, rng)
    while True:
        children = []
        for tournament in islice(drawn, task.n_parallel):
            winners = _nondominated(tournament, values)
            parent = winners[tournament[0] % len(winners)]  # as good as drawn: the tournament's order is random
            children.append(mutate(population[parent]))
        y = yield np.concatenate(children)
        for child, value in zip(children, y.reshape(len(y), -1).tolist(), strict=True):
            population[oldest], values[oldest] = child[0].tolist(), tuple(value)
            oldest = (oldest + 1) % len(population)


def _nondominated(tournament: Sequence[int], values: Sequence[tuple[float, ...]]) -> list[int]:
    """Members whose values no other member dominates, each once."""
    ordered = sorted(set(tournament), key=values.__getitem__)  # none dominates one before it
    kept = ordered[:1]
    for member in ordered[1:]:
        value = values[member]
        for other in kept:
            if values[other] != value and all(map(_is_at_most, values[other], value)):
                break
        else:
            kept.append(member)
    return kept


_is_at_most = float.__le__
