"""Random sampling: how good the average architecture of a search space is."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "random-sampling", summary="the average of a few uniform draws, without search", family="baseline", samples=True
)
@as_solver
def random_sampling(
    task: Task,
    *,
    n_samples: PositiveInt = 8,
) -> Loop:
    """Evaluate a few candidates, and finish.

    This is not random search, which spends its budget on draws and keeps the best of them. Nothing is
    searched here: the result of a run is the mean of its values, see ``optimizers.baseline``, and says
    what the space and the training give without a search. A best value or a regret of such a run means
    nothing.

    Args:
        task: What is sampled; its initializer chooses the sample; the baseline of the paper is the uniform one. A
            small budget cuts it.
        n_samples: Candidates; the paper takes 8.

    Source: yang2020, section 3.
    """
    yield task.start(n_samples)
