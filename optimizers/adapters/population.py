"""Initializers for searches that are not run by ``optimizers.run``: DEAP's populations, Nevergrad's suggestions."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from nas_problems.parameter import Value
from nas_problems.space import SearchSpace
from optimizers.solver import Initializer

T = TypeVar("T")


def deap_population(
    individual: Callable[[list[Any]], T],
    initializer: Initializer,
    space: SearchSpace,
    rng: np.random.Generator,
    n: int,
) -> list[T]:
    """A population for DEAP, for ``toolbox.register("population", deap_population, ...)``.

    Args:
        individual: Makes one of a list of d codes; ``creator.Individual`` or any list type.
        initializer: Any, such as fitted ``Centroids``.
        space: What is searched.
        rng: Source of randomness.
        n: Individuals, which the toolbox's caller gives.

    >>> from deap import base
    >>> import nas_problems
    >>> from optimizers.initializers.sobol import sobol
    >>> toolbox, space = base.Toolbox(), nas_problems.make("nb201-cifar10").space
    >>> toolbox.register("population", deap_population, list, sobol, space, np.random.default_rng(1))
    >>> [len(individual) for individual in toolbox.population(n=3)]
    [6, 6, 6]
    """
    return [individual(code) for code in initializer(space, n, rng).tolist()]


def suggestions(
    initializer: Initializer, space: SearchSpace, n: int, rng: np.random.Generator
) -> list[dict[str, Value]]:
    """Keyword arguments for the ``suggest`` of a Nevergrad optimizer, one dict per candidate.

    Nevergrad asks for the latest suggestion first.

    Args:
        initializer: Any, such as fitted ``Centroids``.
        space: What is searched.
        n: Candidates.
        rng: Source of randomness.

    >>> import nas_problems, nevergrad as ng
    >>> from nas_problems.adapters.nevergrad import as_function
    >>> from optimizers.initializers.sobol import sobol
    >>> function, space = as_function("nb201-cifar10"), nas_problems.make("nb201-cifar10").space
    >>> optimizer = ng.optimizers.DE(function.parametrization, budget=60)
    >>> for config in suggestions(sobol, space, 3, np.random.default_rng(1)):
    ...     optimizer.suggest(**config)
    """
    return space.decode(initializer(space, n, rng))
