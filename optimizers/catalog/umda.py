"""UMDA, the univariate marginal distribution algorithm: the simplest estimation of distribution."""

import math
from typing import Annotated

import numpy as np

from nas_problems.parameter import Integer, Parameter, Real
from nas_problems.space import Codes
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import repair

_MIN_SPREAD = 0.01  # of a range's normal distribution, on the unit scale, so that it never stands still


@solvers.register("umda", summary="univariate marginal distribution algorithm", family="estimation of distribution")
@as_solver
def umda(
    task: Task,
    *,
    population_size: PositiveInt = 20,
    selected_share: Annotated[float, Between(0.01, 1)] = 0.5,
) -> Loop:
    """Estimate each variable's distribution among the best, draw the next population from it, and repeat.

    Variables are independent of each other. A listed value has its frequency among the selected, kept in
    [1 / ((r - 1) d), 1 - 1 / d] for one of r values of d variables, so that none is lost; an integer or real
    range has a normal distribution on its unit scale, cut at its ends. Invalid candidates are repaired.

    Differs: a frequency is mixed with the uniform distribution to stay inside its bounds, which lets all
    values share alike; the paper clamps it.

    Args:
        task: What is searched; its initializer chooses the first population.
        population_size: lambda, candidates per generation.
        selected_share: mu / lambda, the best of a generation from which the next is estimated.

    Source: muhlenbein1996; benjedidia2024, for more than two values; larranaga2000, for ranges.
    """
    space, rng = task.space, task.rng
    Z = task.start(population_size)
    while True:
        y = yield Z
        selected = Z[np.argsort(y, kind="stable")[: math.ceil(selected_share * len(Z))]]
        columns = [
            _draw(parameter, selected[:, j], population_size, space.n_parameters, rng)
            for j, parameter in enumerate(space.parameters)
        ]
        Z = repair(space, np.stack(columns, axis=1).astype(space.dtype), rng)


def _draw(parameter: Parameter, codes: Codes, n: int, d: int, rng: np.random.Generator) -> Codes:
    """Codes (n,) of one of ``d`` parameters, distributed as those of the selected (m,)."""
    if isinstance(parameter, (Integer, Real)):
        unit = parameter.to_unit(codes)
        smallest = max(_MIN_SPREAD, 0.5 / (parameter.n_choices or math.inf))
        drawn = rng.normal(unit.mean(), max(unit.std(), smallest), size=n)
        return parameter.from_unit(np.minimum(np.maximum(drawn, 0.0), 1.0))
    r = parameter.n_choices
    lowest = 1 / ((r - 1) * max(d, 2)) if r > 1 else 0.0
    frequencies = np.bincount(codes.astype(np.int64), minlength=r) / len(codes)
    limits = np.cumsum(lowest + (1 - r * lowest) * frequencies)
    return np.minimum(np.searchsorted(limits, rng.random(n), side="right"), r - 1)
