"""DEAP's NSGA-II on codes."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from deap import base, tools

from nas_problems.space import Codes
from optimizers.adapters.deap import Fitness, toolbox
from optimizers.loop import Loop
from optimizers.randomness import PrivatePythonRandom
from optimizers.solver import Task
from optimizers.variation import repair


class _Individual(list[Any]):
    """A code with a fitness of several values; ``creator`` would register the class globally."""

    __slots__ = ("fitness",)

    def __init__(self, code: Sequence[Any], fitness: type[Fitness]) -> None:
        super().__init__(code)
        self.fitness = fitness()


def nsga2_loop(task: Task, population_size: int, crossover_probability: float) -> Loop:
    """Generations of NSGA-II, to the end of the budget.

    Args:
        task: What is searched; its initializer gives the first population.
        population_size: A multiple of four.
        crossover_probability: Of a pair of parents.
    """
    space, rng = task.space, task.rng
    fitness = type("SeveralFitness", (Fitness,), {"weights": (-1.0,) * task.n_objectives})
    private = PrivatePythonRandom(rng)
    box = toolbox(space, "uniform", 1.0 / space.n_parameters)
    Z = task.start(population_size)
    if len(Z) < population_size:
        Z = np.concatenate([Z, space.sample(population_size - len(Z), rng)])
    population: list[_Individual] = []
    while True:
        y = yield Z
        children = [_Individual(code, fitness) for code in Z.tolist()]
        for child, values in zip(children, y.reshape(len(y), -1).tolist(), strict=True):
            child.fitness.values = values
        # also the first population: the tournaments want crowding distances
        population = tools.selNSGA2(population + children, population_size)
        with private:
            Z = _offspring(population, box, fitness, crossover_probability, space.dtype)
        Z = repair(space, Z, rng)


def _offspring(
    population: list[_Individual],
    box: base.Toolbox,
    fitness: type[Fitness],
    crossover_probability: float,
    dtype: np.dtype[Any],
) -> Codes:
    parents = tools.selTournamentDCD(population, len(population))
    children = [_Individual(parent, fitness) for parent in parents]
    for first, second in zip(children[::2], children[1::2], strict=True):
        if random.random() <= crossover_probability:  # noqa: S311  # not for cryptography
            tools.cxUniform(first, second, 0.5)
        box.mutate(first)
        box.mutate(second)
    return np.array(children, dtype=dtype)
