"""Random sampling: how good the average architecture of a search space is."""

import numpy as np

from nas_problems.space import SearchSpace
from optimizers.initializers.uniform import uniform
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Initializer


@solvers.register("random-sampling", summary="the average of a few uniform draws, without search", family="baseline")
@as_solver
def random_sampling(
    space: SearchSpace,
    budget: int,
    initializer: Initializer | None,
    rng: np.random.Generator,
    *,
    n_samples: PositiveInt = 8,
) -> Loop:
    """Evaluate a few candidates, and finish.

    This is not random search, which spends its budget on draws and keeps the best of them. Nothing is
    searched here: the result of a run is the mean of its values, see ``optimizers.baseline``, and says
    what the space and the training give without a search. A best value or a regret of such a run means
    nothing.

    Args:
        space: What is sampled.
        budget: Evaluations of the run; fewer than ``n_samples`` cut the sample.
        initializer: Chooses the sample; the baseline of the paper is the uniform one.
        rng: Source of randomness.
        n_samples: Candidates; the paper takes 8.

    Source: yang2020, section 3.
    """
    yield (initializer or uniform)(space, min(n_samples, budget), rng)
