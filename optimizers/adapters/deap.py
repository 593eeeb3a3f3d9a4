"""Codes as DEAP's individuals: what the evolutionary algorithms of DEAP share.

DEAP draws from Python's global ``random``, so its calls stand inside a ``PrivatePythonRandom``.
"""

import random
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
from deap import algorithms, base, tools

from nas_problems.array import FloatArray
from nas_problems.parameter import Integer, Parameter, Real
from nas_problems.space import Codes, SearchSpace
from optimizers.loop import Loop
from optimizers.randomness import PrivatePythonRandom
from optimizers.solver import Task
from optimizers.variation import repair

Mutation = Literal["other", "round-robin", "uniform"]

_MOST_DRAWS = 20  # of a step that leaves a parameter where it is or its range
_STEP = 0.2  # standard deviation of a step, as a share of the range


class Fitness(base.Fitness):  # type: ignore[misc]  # DEAP has no types
    """A value to be minimised; empty until it is set."""

    weights = (-1.0,)

    def __init__(self) -> None:  # DEAP's checks the weights of every individual anew
        pass


class Individual(list[Any]):
    """A code as DEAP wants it: a list of numbers with a fitness; ``creator`` would register it globally."""

    __slots__ = ("fitness",)

    def __init__(self, code: Sequence[Any]) -> None:
        super().__init__(code)
        self.fitness = Fitness()


def clone(individual: Individual) -> Individual:
    """A copy that shares nothing; ten times as fast as DEAP's default, ``copy.deepcopy``."""
    copied = Individual(individual)
    copied.fitness.wvalues = individual.fitness.wvalues
    return copied


def toolbox(space: SearchSpace, mutation: Mutation, variable_probability: float) -> base.Toolbox:
    """What DEAP's variation wants: clone, mate (one-point crossover) and mutate.

    Args:
        space: The space of the individuals.
        mutation: ``other``: any choice but the present one; integer and real ranges move by a normal step on
            their scale, as in DEAP's ``mutGaussian``. ``round-robin``: the next choice, after the last one the
            first, so a bit is flipped; ``uniform``: any choice, as ``mutUniformInt`` of DEAP. Under these two real
            variables, and under round-robin integer ones of more than two values, get a value that is drawn anew,
            on its scale.
        variable_probability: Of each variable of a mutated individual to be changed; 0: one over the number of
            variables that have a choice, and at least one of them is changed.
    """
    renewals = {j: _renewal(p, mutation) for j, p in enumerate(space.parameters) if p.n_choices != 1}
    box = base.Toolbox()
    box.register("clone", clone)
    box.register("mate", tools.cxOnePoint if space.n_parameters > 1 else _keep)
    mutate = partial(_mutate, probability=variable_probability) if variable_probability else _mutate_some
    box.register("mutate", mutate, renewals=renewals)
    return box


def _keep(first: Individual, second: Individual) -> tuple[Individual, Individual]:
    return first, second


Renewals = Mapping[int, Callable[[Any], Any]]
"""Position of a variable that has a choice -> what gives it a new code."""


def _mutate(individual: Individual, renewals: Renewals, probability: float) -> tuple[Individual]:
    for j, renewal in renewals.items():
        if random.random() < probability:  # noqa: S311  # not for cryptography
            individual[j] = renewal(individual[j])
    return (individual,)


def _mutate_some(individual: Individual, renewals: Renewals) -> tuple[Individual]:
    """Each variable with probability one over their number; if that is none of them, any one."""
    draw, n = random.random, len(renewals)
    chosen = [j for j in renewals if draw() * n < 1]
    for j in chosen or random.sample(list(renewals), min(len(renewals), 1)):
        individual[j] = renewals[j](individual[j])
    return (individual,)


def _renewal(parameter: Parameter, mutation: Mutation) -> Callable[[Any], Any]:
    n_choices = parameter.n_choices
    if mutation == "other" and isinstance(parameter, (Integer, Real)):
        return partial(_step, parameter)
    if n_choices is None or not parameter.equally_likely:
        return partial(_any_on_scale, parameter)
    if mutation == "other":
        return partial(_other_choice, n_choices)
    is_wide = isinstance(parameter, Integer) and n_choices > 2
    return partial(_any_choice if mutation == "uniform" or is_wide else _next_choice, n_choices)


def _next_choice(n_choices: int, code: Any) -> Any:
    return (code + 1) % n_choices


def _other_choice(n_choices: int, code: Any) -> Any:
    return (code + 1 + _below(n_choices - 1)) % n_choices


def _below(n: int) -> int:
    """``random.randrange(n)`` of the same bits, without its checks; n >= 1."""
    n_bits = n.bit_length()
    drawn = random.getrandbits(n_bits)
    while drawn >= n:
        drawn = random.getrandbits(n_bits)
    return drawn


def _any_choice(n_choices: int, code: Any) -> int:
    return random.randint(0, n_choices - 1)  # noqa: S311


def _any_on_scale(parameter: Parameter, code: Any) -> Any:
    return parameter.from_unit(np.array([random.random()]))[0].item()  # noqa: S311


def _step(parameter: Integer | Real, code: Any) -> Any:
    """A normal step on the unit scale; an integer moves by at least one, one over an end is drawn again."""
    start = float(parameter.to_unit(np.array([code]))[0])
    for _ in range(_MOST_DRAWS):
        unit = random.gauss(start, _STEP)
        if 0 <= unit <= 1:
            moved = parameter.from_unit(np.array([unit]))[0].item()
            if moved != code:
                return moved
    return _any_on_scale(parameter, code)


def evaluate(
    space: SearchSpace, individuals: Sequence[Individual], rng: np.random.Generator, *, copies: bool
) -> Generator[Codes, FloatArray, list[Individual]]:
    """Ask for the values of individuals; those that fail the validity test are repaired before.

    Args:
        space: The space of the individuals.
        individuals: At least one. A copy of a parent still has the parent's value.
        rng: Source of randomness for repairs.
        copies: Whether copies of parents are evaluated as well. A generation of nothing but copies
            always is.

    Returns:
        The individuals in their order, all with values.
    """
    asked = [individual for individual in individuals if not individual.fitness.valid]
    offspring = list(individuals)
    if copies or not asked:
        # DEAP's varOr hands out the parent itself, whose value must stay.
        offspring = asked = [clone(parent) if parent.fitness.valid else parent for parent in individuals]
    Z = np.array(asked, dtype=space.dtype)
    valid = repair(space, Z, rng)
    if valid is not Z:
        for individual, code in zip(asked, valid.tolist(), strict=True):
            individual[:] = code
    y = yield valid
    for individual, value in zip(asked, y.tolist(), strict=True):
        individual.fitness.wvalues = (-value,)
    return offspring


def generations(
    task: Task,
    *,
    population_size: int,
    n_offspring: int,
    crossover_probability: float,
    mutation_probability: float,
    box: base.Toolbox,
    evaluate_copies: bool,
    survivors: Callable[[list[Individual], list[Individual]], list[Individual]],
) -> Loop:
    """The loop of DEAP's evolution strategies: children by ``varOr``, then the choice of survivors.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: Size of the first population.
        n_offspring: Children per generation.
        crossover_probability: That a child comes of crossover; needs two parents.
        mutation_probability: That a child comes of mutation.
        box: See ``toolbox``.
        evaluate_copies: Whether copies of parents are evaluated as well.
        survivors: Parents and children of a generation -> the next parents.

    Raises:
        ValueError: At the first ask: the probabilities sum to more than 1.
    """
    space, rng = task.space, task.rng
    total = crossover_probability + mutation_probability
    if total > 1:
        raise ValueError(f"crossover_probability + mutation_probability: wanted at most 1, found {total:g}")
    private = PrivatePythonRandom(rng)
    start = [Individual(code) for code in task.start(population_size).tolist()]
    population = yield from evaluate(space, start, rng, copies=True)
    while True:
        cross = crossover_probability if len(population) > 1 else 0.0
        with private:
            children = algorithms.varOr(population, box, n_offspring, cross, mutation_probability)
        children = yield from evaluate(space, children, rng, copies=evaluate_copies)
        population = survivors(population, children)
