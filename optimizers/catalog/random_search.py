"""Random search, the baseline of every comparison."""

from optimizers.archive import code_keys, draw_unseen, unseen_rows
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task

_BATCH = 4096


@solvers.register("random-search", summary="independent uniform draws", family="baseline", objectives="any")
@as_solver
def random_search(
    task: Task,
    *,
    n_initial: PositiveInt = 10,
    replacement: bool = True,
) -> Loop:
    """Evaluate uniformly drawn candidates.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        n_initial: How many candidates the initializer chooses.
        replacement: Draw independently; otherwise no code is evaluated twice, and the run ends early
            where every code of the space has been seen.
    """
    space, rng = task.space, task.rng
    Z = task.start(n_initial)
    seen: set[bytes] = set()
    left = task.budget + task.n_known
    if not replacement:
        Z = unseen_rows(Z, seen)
    while len(Z):
        yield Z
        left -= len(Z)
        n = max(1, min(left, _BATCH))  # a run whose trainings are stopped has more than its budget of candidates
        if replacement:
            Z = space.sample(n, rng)
        else:
            seen.update(code_keys(Z))
            Z = draw_unseen(space, n, seen, rng)
