"""Bayesian optimization with a Gaussian process on the number of edits between two candidates."""

from typing import Annotated

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace
from optimizers.improvement import search_by_improvement
from optimizers.loop import Loop, as_solver
from optimizers.option import BatchSize, Between, PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task

_NOISE = 1e-2  # variance, of values with variance 1


@solvers.register(
    "gp-edit-distance",
    summary="expected improvement under a Gaussian process on edit distances",
    family="model-based",
)
@as_solver
def gp_edit_distance(
    task: Task,
    *,
    length_scale: Annotated[float, Between(1e-3, 1e3)] = 3.0,
    n_initial: PositiveInt = 10,
    n_candidates: PositiveInt = 1000,
    batch_size: BatchSize = 0,
) -> Loop:
    """A Gaussian process with kernel exp(-d / l) of the edit distance d, the number of variables that differ.

    Of cells that is the number of edges and operations to be changed, of ranges the distance on their unit scale
    (Gower's, times the number of variables). Values are the normal scores of their ranks; candidates are those of
    ``bayesian-optimization``. A step takes longer the more steps went before: 10 ms at 100.

    Differs: white2021 has the kernel exp(-(d / l)^2), which is not positive definite for numbers of edits, and an upper
    confidence bound over mutants of the best; here it is expected improvement.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        length_scale: l, in edits.
        n_initial: Candidates before the first model.
        n_candidates: Among which the next one is chosen, half of them neighbours of the best.
        batch_size: Candidates that are evaluated at a time; 0: as many as there are workers.

    Source: white2021, for the solver that is compared there.
    """

    def predict(Z: Codes, scores: FloatArray, Z_new: Codes) -> tuple[FloatArray, FloatArray]:
        return process(task.space, Z, scores, Z_new, length_scale)

    yield from search_by_improvement(
        task, predict, n_initial=n_initial, n_candidates=n_candidates, batch_size=task.batch(batch_size)
    )


def process(
    space: SearchSpace, Z: Codes, y: FloatArray, Z_new: Codes, length_scale: float
) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of new candidates (k, d), (k,) each, from codes (n, d) and their values (n,)."""
    from scipy.linalg import cho_factor, cho_solve

    def kernel(Za: Codes, Zb: Codes) -> FloatArray:
        edits = space.n_parameters * space.distance(Za, Zb, metric="gower")
        return np.asarray(np.exp(-edits / length_scale))

    across = kernel(Z_new, Z)
    factor = cho_factor(kernel(Z, Z) + _NOISE * np.eye(len(Z)), lower=True)
    variance = 1.0 - np.einsum("kn,nk->k", across, cho_solve(factor, across.T))
    return across @ cho_solve(factor, y), np.sqrt(np.maximum(variance, 1e-12))
