"""Optuna's Hyperband: a pruner that stops trials of TPE, which start in brackets drawn by their number."""

from typing import Annotated

from nas_problems.evaluation import Fidelities
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.randomness import draw_seed
from optimizers.registry import solvers
from optimizers.rung import Lowest, values_from
from optimizers.solver import Task


def stops(fidelities: Fidelities, eta: int, lowest: float = 0.0) -> tuple[float, ...]:
    """The fidelities at which the pruner decides: the first ones from lowest * eta**k on, and the full one.

    The library counts in whole multiples of the lowest one; where the full one is the same multiple as another, it
    alone is left.

    Raises:
        ValueError: ``lowest`` is above the full fidelity.

    >>> stops(Fidelities("epochs", tuple(range(1, 53))), 3)
    (1, 3, 9, 27, 52)
    >>> stops(Fidelities("epochs", (8, 9)), 3)
    (9,)
    """
    values = values_from(fidelities, lowest)
    decided, wanted = [], values[0]
    while wanted <= values[-1] * (1 + 1e-9):
        decided.append(next(value for value in values if value >= wanted * (1 - 1e-9)))
        wanted *= eta
    multiples = [int(value / values[0] + 1e-9) for value in (*decided, values[-1])]
    below = [value for value, multiple in zip(decided, multiples[:-1], strict=True) if multiple < multiples[-1]]
    return (*dict.fromkeys(below), values[-1])


@solvers.register(
    "optuna-hyperband", summary="TPE with the pruner Hyperband (Optuna)", family="fidelity", fidelities=True
)
@as_solver
def optuna_hyperband(
    task: Task,
    *,
    eta: Annotated[int, Between(2, 1000)] = 3,
    lowest: Lowest = 0.0,
    n_initial: PositiveInt = 10,
    n_candidates: PositiveInt = 24,
    multivariate: bool = True,
) -> Loop:
    """Ask Optuna's TPE for trials, as many at a time as there are workers; its HyperbandPruner stops them.

    Values are reported where the pruner can decide, and at the full fidelity, which ends a trial. A pruned candidate
    is never taken up again. The sampler sees the trials of one bracket only, as in Optuna. A candidate that fails
    the validity test is repaired, and its value told for the original.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        eta: One in ``eta`` trials goes on; the library's ``reduction_factor``.
        lowest: Fidelity at which the pruner decides first; 0: the lowest one of the task.
        n_initial: Candidates of a bracket before its first model.
        n_candidates: Draws from the model among which the one of the greatest expected improvement is taken.
        multivariate: Whether the model is of all parameters at once, or one model per parameter.

    Source: akiba2019; li2018; bergstra2011.
    """
    from optimizers.adapters.optuna_space import pruned_loop, tpe_sampler

    sampler = tpe_sampler(
        seed=draw_seed(task.rng),
        n_initial=n_initial,
        n_candidates=n_candidates,
        multivariate=multivariate,
        batch_size=task.n_parallel,
    )
    yield from pruned_loop(sampler, task, task.start(n_initial), stops(task.fidelities, eta, lowest), eta)
