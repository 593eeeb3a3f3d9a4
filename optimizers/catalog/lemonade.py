"""LEMONADE: Lamarckian evolution for several objectives, of which some are cheap."""

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.pareto import nondominated
from optimizers.archive import code_keys, unseen_rows
from optimizers.lineage import offspring, read_generations
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "lemonade",
    summary="LEMONADE: parents and children drawn where cheap objectives are rare, weights inherited",
    family="inheritance",
    objectives="any",
)
@as_solver
def lemonade(
    task: Task, *, n_proposed: PositiveInt = 50, n_evaluated: PositiveInt = 8, population_size: PositiveInt = 50
) -> Loop:
    """Propose many children, and evaluate those whose cheap objectives few networks of the Pareto front have.

    Parents are drawn from the Pareto front, and children from the proposed ones, with probabilities inverse to the
    density of the front in the cheap objectives, which a kernel density estimate gives: those that are known without
    training (``task.zero_cost``). Without any, both are drawn uniformly. On a space with generations a child
    inherits the weights of its parent; on others it differs in one variable.

    Differs: the front has at most ``population_size`` networks, of which others are dropped at random; cheap objectives
    are taken as the logarithms of 1 + their size.

    Args:
        task: What is searched; its initializer chooses the first candidates where there are no generations.
        n_proposed: n_pc in the paper: children whose cheap objectives are looked at.
        n_evaluated: n_ac: those that are evaluated.
        population_size: Most networks of the front that are kept.

    Source: elsken2019lemonade, Algorithm 1.
    """
    space, rng = task.space, task.rng
    generations = read_generations(space)
    cheap = tuple(metric.name for metric in task.objectives if metric.name in task.zero_cost)
    Z = task.start(n_evaluated) if generations is None else generations.root
    y = yield Z
    seen = set(code_keys(Z))
    Y = y.reshape(len(y), -1)
    while True:
        known = np.log1p(np.abs(task.measure(Z, cheap))) if cheap else np.empty((len(Z), 0))
        parents = rng.choice(len(Z), n_proposed, p=inverse_density(known, known))
        proposed = [offspring(space, generations, Z[parent], 1, rng) for parent in parents]
        children = unseen_rows(np.concatenate(proposed), seen)
        if not len(children):  # every network of the front has all generations, or was seen
            children = unseen_rows(space.sample(n_proposed, rng), seen)
            if not len(children):
                return
        values = np.log1p(np.abs(task.measure(children, cheap))) if cheap else np.empty((len(children), 0))
        n = min(n_evaluated, len(children))
        children = children[rng.choice(len(children), n, replace=False, p=inverse_density(known, values))]
        y = yield children
        seen.update(code_keys(children))
        Z, Y = np.concatenate([Z, children]), np.concatenate([Y, y.reshape(len(y), -1)])
        kept = np.flatnonzero(nondominated(Y))
        if len(kept) > population_size:
            kept = np.sort(rng.choice(kept, population_size, replace=False))
        Z, Y = Z[kept], Y[kept]


def inverse_density(known: FloatArray, at: FloatArray) -> FloatArray:
    """Probabilities that are inverse to a Gaussian kernel density estimate, with the bandwidth of Scott's rule.

    Args:
        known: Points of the estimate, shape (n, k), n >= 1; k = 0 gives equal probabilities.
        at: Where, (m, k); NaN counts as the densest.

    Returns:
        Shape (m,); their sum is 1.

    >>> inverse_density(np.array([[0.0], [0.1], [5.0]]), np.array([[0.0], [5.0]])).round(2)
    array([0.34, 0.66])
    """
    n, k = known.shape
    if k == 0 or len(at) == 0:
        return np.full(len(at), 1.0 / max(len(at), 1))
    known = np.where(np.isfinite(known), known, 0.0)
    scale = known.std(axis=0)
    scale[scale == 0] = 1.0
    width = n ** (-1.0 / (k + 4))
    distances = (((at[:, None] - known[None]) / scale / width) ** 2).sum(axis=2)
    density = np.exp(-0.5 * np.minimum(distances, 60.0)).mean(axis=1)
    density = np.where(np.isfinite(density), density, 1.0)
    weights = 1.0 / density
    return np.asarray(weights / weights.sum(), dtype=np.float64)
