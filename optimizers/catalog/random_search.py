"""Random search, the baseline of every comparison."""

import numpy as np

from nas_problems.space import SearchSpace
from optimizers.archive import code_keys, draw_unseen, unseen_rows
from optimizers.initializers.uniform import uniform
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Initializer

_BATCH = 4096


@solvers.register("random-search", summary="independent uniform draws", family="baseline")
@as_solver
def random_search(
    space: SearchSpace,
    budget: int,
    initializer: Initializer | None,
    rng: np.random.Generator,
    *,
    n_initial: PositiveInt = 10,
    replacement: bool = True,
) -> Loop:
    """Evaluate uniformly drawn candidates.

    Args:
        space: What is searched.
        budget: Evaluations of the run.
        initializer: Chooses the first candidates.
        rng: Source of randomness.
        n_initial: How many candidates the initializer chooses.
        replacement: Draw independently; otherwise no code is evaluated twice, and the run ends early
            where every code of the space has been seen.
    """
    Z = (initializer or uniform)(space, min(n_initial, budget), rng)
    seen: set[bytes] = set()
    left = budget
    if not replacement:
        Z = unseen_rows(Z, seen)
    while len(Z):
        yield Z
        left -= len(Z)
        n = min(left, _BATCH)
        if replacement:
            Z = space.sample(n, rng)
        else:
            seen.update(code_keys(Z))
            Z = draw_unseen(space, n, seen, rng)
