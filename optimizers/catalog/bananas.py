"""BANANAS: Bayesian optimization with an ensemble of neural predictors."""

from typing import Literal

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace
from optimizers.archive import code_keys, draw_unseen, unseen_rows
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.path_encoding import PathEncoding, is_cell
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import mutate_each

_N_PARENTS = 5  # whose mutants become candidates until there are enough, as in the authors' code
_N_CHANGES = 1.5  # variables that a mutation changes on average: the authors' rate on NAS-Bench-201


@solvers.register("bananas", summary="BANANAS: neural predictors and Thompson sampling", family="model-based")
@as_solver
def bananas(
    task: Task,
    *,
    n_initial: PositiveInt = 10,
    batch_size: PositiveInt = 10,
    n_candidates: PositiveInt = 100,
    n_predictors: PositiveInt = 5,
    encoding: Literal["auto", "path", "one-hot"] = "auto",
    proxies: str = "",
) -> Loop:
    """Fit predictors, mutate the best so far, and evaluate the mutants of the lowest Thompson samples.

    Each batch has its own ensemble; a candidate's sample is drawn from a normal distribution with the mean
    and the standard deviation of the ensemble's predictions (independent Thompson sampling). No code is
    evaluated twice; where the mutants do not suffice, uniformly drawn candidates join them, and the run
    ends early where every code of the space has been seen.

    Differs: predictors have two hidden layers of 20 units and are fitted by L-BFGS, not ten and Adam, which
    take ten times as long; they learn the normal scores of the ranks by least squares, not the values by
    relative error, so that they need no lower bound and penalties do not drown the differences among good
    candidates. ``bananas-published`` is the authors' form: on NAS-Bench-101 it ended lower in 100 evaluations, on
    NAS-Bench-201 both found the best cell (``iohnas reproduce estimation``).

    Args:
        task: What is searched; its initializer chooses the first candidates.
        n_initial: t_0, candidates before the first ensemble.
        batch_size: Evaluations per ensemble; where there are several workers, the next multiple of their number.
        n_candidates: Mutants among which a batch is chosen.
        n_predictors: M, networks per ensemble.
        encoding: What the predictors see: ``path``, for cells, see ``PathEncoding``;
            ``one-hot``; ``auto``: ``path`` where the space is a cell.
        proxies: Zero-cost metrics that they see as well, such as ``synflow`` or ``synflow+n_parameters``: of each
            the share of evaluated candidates with a smaller value.

    Raises:
        ValueError: At the first ask: encoding ``path`` on a space that is not a cell, or metrics that are not
            zero-cost ones of the problem.

    Source: white2021bananas, Algorithm 1; white2021powerful, section 5, for proxies as features.
    """
    from optimizers.adapters.neural_ensemble import ensemble_predictions

    space, rng, batch_size = task.space, task.rng, min(batch_size, task.budget)
    encode = PathEncoding(space) if encoding == "path" or (encoding == "auto" and is_cell(space)) else space.one_hot
    batch_size += -batch_size % task.n_parallel
    names = tuple(name.strip() for name in proxies.split("+")) if proxies else ()
    task.check_zero_cost(names)
    seen: set[bytes] = set()
    asked = unseen_rows(task.start(max(n_initial, task.n_known)), seen)
    Z, y, known = asked[:0], np.empty(0), np.empty((0, len(names)))
    while True:
        y_asked = yield asked
        Z, y = np.concatenate([Z, asked]), np.concatenate([y, y_asked])
        if names:
            known = np.concatenate([known, task.measure(asked, names)])
        seen.update(code_keys(asked))
        candidates = _candidates(space, Z[np.argsort(y, kind="stable")], max(n_candidates, batch_size), seen, rng)
        if not len(candidates):
            return
        X, X_new = encode(Z), encode(candidates)
        if names:
            X = np.concatenate([X, shares_below(known, known)], axis=1)
            X_new = np.concatenate([X_new, shares_below(task.measure(candidates, names), known)], axis=1)
        scores = ensemble_predictions(X, y, X_new, n_predictors=n_predictors, rng=rng)
        samples = rng.normal(scores.mean(axis=0), scores.std(axis=0))
        asked = candidates[np.argsort(samples, kind="stable")[:batch_size]]


def shares_below(values: FloatArray, known: FloatArray) -> FloatArray:
    """The share of known values that are smaller than each value, column by column; 0 for NaN.

    Args:
        values: Shape (n, k).
        known: Shape (m, k), m >= 1.

    >>> shares_below(np.array([[3.0], [9.0]]), np.array([[1.0], [3.0], [5.0], [7.0]])).tolist()
    [[0.25], [1.0]]
    """
    with np.errstate(invalid="ignore"):
        return np.asarray((known[None] < values[:, None]).mean(axis=1), dtype=np.float64)


def _candidates(space: SearchSpace, best: Codes, n: int, seen: set[bytes], rng: np.random.Generator) -> Codes:
    """Distinct codes that have not been seen, about ``n``: mutants of the best, and others where needed."""
    rate = min(1.0, _N_CHANGES / space.n_parameters)
    candidates = best[:0]
    for parent in best[:_N_PARENTS]:
        mutants = mutate_each(space, np.repeat(parent[None, :], n, axis=0), rng, rate=rate)
        candidates = unseen_rows(np.concatenate([candidates, mutants]), seen)
        if len(candidates) >= n:
            return candidates
    drawn = draw_unseen(space, n - len(candidates), seen | set(code_keys(candidates)), rng)
    return np.concatenate([candidates, drawn])
