"""Random search, the baseline of every comparison."""

import numpy as np

from nas_problems.space import SearchSpace
from optimizers.archive import code_keys, draw_unseen
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
    yield Z
    seen = set(code_keys(Z))
    left = budget - len(Z)
    while left > 0:
        n = min(left, _BATCH)
        Z = space.sample(n, rng) if replacement else draw_unseen(space, n, seen, rng)
        if not len(Z):
            return
        yield Z
        seen.update(code_keys(Z))
        left -= len(Z)
