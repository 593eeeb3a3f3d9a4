"""The tree-structured Parzen estimator of Optuna."""

from optimizers.loop import Loop, as_solver
from optimizers.option import BatchSize, PositiveInt
from optimizers.randomness import draw_seed
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "optuna-tpe", summary="tree-structured Parzen estimator (Optuna)", family="model-based", objectives="any"
)
@as_solver
def optuna_tpe(
    task: Task,
    *,
    n_initial: PositiveInt = 10,
    n_candidates: PositiveInt = 24,
    multivariate: bool = True,
    batch_size: BatchSize = 0,
) -> Loop:
    """TPE on the parameters of the space, one candidate at a time, or several with Optuna's constant liar.

    A candidate that fails the validity test is repaired, and its value told for the original. A candidate
    may be evaluated more than once. A step takes longer the more steps went before: 10 ms at 300.
    Of several objectives, good candidates are those of the first ranks of domination, split by hypervolume.

    Args:
        task: What is searched; its initializer chooses the first candidates; where it gives fewer, Optuna draws the
            others.
        n_initial: Candidates before the first model.
        n_candidates: Draws from the model among which the one of the greatest expected improvement is taken.
        multivariate: Whether the model is of all parameters at once, or one model per parameter.
        batch_size: Candidates that are evaluated at a time; 0: as many as there are workers.

    Source: bergstra2011; ozaki2020; akiba2019.
    """
    from optimizers.adapters.optuna_space import optuna_loop, tpe_sampler

    batch_size = task.batch(batch_size)
    Z = task.start(max(n_initial, task.n_known))
    sampler = tpe_sampler(
        seed=draw_seed(task.rng),
        n_initial=n_initial,
        n_candidates=n_candidates,
        multivariate=multivariate,
        batch_size=batch_size,
    )
    yield from optuna_loop(sampler, task, Z, batch_size)
