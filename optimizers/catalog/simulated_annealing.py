"""Simulated annealing: a walk that accepts worse neighbours less and less often."""

import math
from typing import Annotated

import numpy as np

from nas_problems.array import FloatArray
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import Mutator

_N_DRAWN = 4096  # random numbers at once, however large the budget is


@solvers.register("simulated-annealing", summary="Metropolis walk with geometric cooling", family="local search")
@as_solver
def simulated_annealing(
    task: Task,
    *,
    n_initial: PositiveInt = 10,
    initial_acceptance: Annotated[float, Between(0.001, 0.999)] = 0.5,
    final_temperature: Annotated[float, Between(1e-9, 1)] = 1e-3,
) -> Loop:
    """Move to a neighbour if it is not worse, else with probability exp(-difference / temperature).

    A neighbour has one variable at another value. The first temperature is found from a few candidates, so
    that the unit of the values does not matter; it falls geometrically to the end of the budget.

    Args:
        task: What is searched; its initializer chooses the first candidates; the walk begins at the best of them.
        n_initial: Candidates from which the first temperature is found.
        initial_acceptance: Probability to accept, at first, a neighbour that is worse by the median
            difference between two of the first candidates.
        final_temperature: Last temperature as a share of the first.

    Source: kirkpatrick1983; benameur2004, for a first temperature from a probability of acceptance.
    """
    space, rng = task.space, task.rng
    Z = task.start(n_initial)
    y = yield Z
    code, y_code = Z[y.argmin()].tolist(), float(y.min())
    mutate = Mutator(space, rng)
    n_steps = max(task.budget - max(len(Z) - task.n_known, 0), 1)  # known candidates cost none
    temperature = _typical_difference(y) / -math.log(initial_acceptance)
    cooling = final_temperature ** (1 / max(n_steps - 1, 1))
    done = 0
    while done < n_steps or task.n_known:  # steps to known candidates are free: others are left after the last
        for u in rng.random(min(_N_DRAWN, max(n_steps - done, 1))).tolist():
            neighbour = mutate(code)
            y_new = (yield neighbour).item()
            if y_new <= y_code or (temperature > 0 and u < math.exp((y_code - y_new) / temperature)):
                code, y_code = neighbour[0].tolist(), y_new
            done += 1
            if done < n_steps:
                temperature *= cooling


def _typical_difference(y: FloatArray) -> float:
    """Median absolute difference between two of the values (n,); ties aside; 0 where all are equal."""
    differences = np.abs(y[:, None] - y[None, :])
    differences = differences[differences > 0]
    return float(np.median(differences)) if len(differences) else 0.0
