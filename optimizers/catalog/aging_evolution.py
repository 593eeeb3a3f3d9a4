"""Aging (regularized) evolution: tournament selection, mutation only, and the oldest one dies."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from optimizers.loop import Loop, as_solver
from optimizers.option import BatchSize, Count, PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import Mutator

_BLOCK = 256  # tournaments drawn at once
_LARGEST_BLOCK = 2**22  # numbers


@solvers.register("aging-evolution", summary="regularized evolution of Real et al.", family="evolution")
@as_solver
def aging_evolution(
    task: Task,
    *,
    population_size: PositiveInt = 30,
    tournament_size: PositiveInt = 10,
    batch_size: BatchSize = 0,
    initial_size: Count = 0,
    mutation: Literal["one", "each-kind"] = "one",
) -> Loop:
    """Mutate the winner of a tournament; the child takes the place of the oldest.

    A mutation gives one variable another value, or one of each kind. The default sizes are those of the code of
    white2021, for budgets of a few hundred evaluations; real2019 uses 100 and 25 for 20,000.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: P in the paper.
        tournament_size: S in the paper: members drawn with replacement, of which the best is the parent.
        initial_size: Candidates before the first mutation; none is removed until there are ``population_size``.
            white2021 has 10; 0: ``population_size``, as in real2019.
        batch_size: Children that are evaluated at a time; 0: as many as there are workers.
        mutation: ``one``: of one variable. ``each-kind``: of one variable of each kind, all that have the same choices;
            on cells of NAS-Bench-101 an edge and an operation, as traore2023 has it.

    Source: real2019, Algorithm 1.
    """
    space, rng, batch_size = task.space, task.rng, task.batch(batch_size)
    Z = task.start(min(initial_size or population_size, population_size))
    if task.n_known:
        Z = Z[::-1]  # known candidates come best first, and the first is the oldest
    y = yield Z
    population, values = Z.tolist(), y.tolist()
    mutate = Mutator(space, rng, each_kind=mutation == "each-kind")
    oldest = 0  # a ring: the oldest stands right after the youngest
    while initial_size and len(population) < population_size:
        n = min(batch_size, population_size - len(population))
        rivals = rng.integers(0, len(population), size=(n, tournament_size)).tolist()
        born = np.concatenate([mutate(population[min(few, key=values.__getitem__)]) for few in rivals])
        y = yield born
        population += born.tolist()
        values += y.tolist()
    batch_size = min(batch_size, task.budget)
    drawn = tournaments(len(population), tournament_size, rng)
    while True:
        parents = [min(next(drawn), key=values.__getitem__) for _ in range(batch_size)]
        children = [mutate(population[parent]) for parent in parents]
        y = yield children[0] if batch_size == 1 else np.concatenate(children)
        for child, value in zip(children, y.tolist(), strict=True):
            population[oldest], values[oldest] = child[0].tolist(), value
            oldest = (oldest + 1) % len(population)


def tournaments(n: int, size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Endless rows of ``size`` members of 0 ... n-1, with replacement."""
    n_drawn = max(min(_BLOCK, _LARGEST_BLOCK // size), 1)
    while True:
        yield from rng.integers(0, n, size=(n_drawn, size)).tolist()
