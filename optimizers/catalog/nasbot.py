"""NASBOT: Bayesian optimization with a Gaussian process on optimal-transport distances between cells."""

from collections.abc import Callable
from itertools import product
from typing import Annotated

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace
from optimizers.cell import Cell, read_cell
from optimizers.improvement import search_by_improvement
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.otmann import Transport
from optimizers.registry import solvers
from optimizers.solver import Task

Distances = Callable[[Codes, Codes], tuple[FloatArray, FloatArray]]
"""Distances of codes (n, d) and (m, d), and the same as shares of both, (n, m) each."""

_NOISE = 1e-2  # variance, of values with variance 1
_SCALES = (0.25, 0.5, 1.0, 2.0)  # length scales that are tried, as shares of the mean distance


@solvers.register(
    "nasbot",
    summary="expected improvement under a Gaussian process on transport distances of cells (NASBOT)",
    family="model-based",
)
@as_solver
def nasbot(
    task: Task,
    *,
    structural: Annotated[float, Between(0.0, 100.0)] = 0.5,
    n_initial: PositiveInt = 10,
    n_candidates: PositiveInt = 100,
) -> Loop:
    """A Gaussian process with the kernel (exp(-d / l) + exp(-d' / l')) / 2 of OTMANN's distances d and d'.

    d is the cost of turning the layers of one cell into those of another, see ``optimizers.otmann``, and d' the same as
    a share of both cells' layers. l and l' have the largest likelihood among a few. Values are the normal scores of
    their ranks; candidates are those of ``bayesian-optimization``. On spaces that are not cells d is the number of
    edits. A step takes longer the more steps went before: .2 s at 100.

    Differs: in kandasamy2018 networks are whole, an evolutionary algorithm looks for the largest acquisition, and all
    of the kernel's numbers are sampled.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        structural: Weight of a difference in the path lengths to input and output.
        n_initial: Candidates before the first model.
        n_candidates: Among which the next one is chosen, half of them neighbours of the best.

    Source: kandasamy2018.
    """
    distances = _distances(task.space, structural)

    def predict(Z: Codes, scores: FloatArray, Z_new: Codes) -> tuple[FloatArray, FloatArray]:
        return process(distances(Z, Z), scores, distances(Z_new, Z))

    yield from search_by_improvement(task, predict, n_initial=n_initial, n_candidates=n_candidates)


def _distances(space: SearchSpace, structural: float) -> Distances:
    try:
        cell: Cell = read_cell(space)
    except ValueError:

        def edits(Za: Codes, Zb: Codes) -> tuple[FloatArray, FloatArray]:
            share = space.distance(Za, Zb, metric="gower")
            return space.n_parameters * share, share

        return edits
    return Transport(cell, structural=structural).distances


def process(
    known: tuple[FloatArray, FloatArray], y: FloatArray, across: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of new candidates, (k,) each.

    The kernel of transport distances need not be positive definite: negative eigenvalues count as 0.

    Args:
        known: Both distances among n candidates, (n, n) each.
        y: Their values, (n,).
        across: Both distances from the new candidates, (k, n) each.
    """
    means = [max(float(d.mean()), 1e-9) for d in known]
    best = -np.inf
    for scales in product(_SCALES, repeat=2):
        lengths = [scale * mean for scale, mean in zip(scales, means, strict=True)]
        values, vectors = np.linalg.eigh(_kernel(known, lengths))
        values = np.maximum(values, 0.0) + _NOISE
        projected = vectors.T @ y
        likelihood = -0.5 * float((projected**2 / values).sum() + np.log(values).sum())
        if likelihood > best:
            best, chosen = likelihood, (lengths, values, vectors, projected)
    lengths, values, vectors, projected = chosen
    rotated = _kernel(across, lengths) @ vectors
    variance = 1.0 - (rotated**2 / values).sum(axis=1)
    return np.asarray(rotated @ (projected / values)), np.sqrt(np.maximum(variance, 1e-12))


def _kernel(distances: tuple[FloatArray, FloatArray], lengths: list[float]) -> FloatArray:
    return np.asarray(sum(np.exp(-d / length) for d, length in zip(distances, lengths, strict=True)) / len(lengths))
