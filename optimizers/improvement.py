"""Bayesian optimization by expected improvement, for any model that says how sure it is."""

from collections.abc import Callable

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.parameter import Integer, Real
from nas_problems.space import Codes, SearchSpace
from optimizers.archive import code_keys, draw_unseen, unseen_rows
from optimizers.loop import Loop
from optimizers.solver import Task
from optimizers.variation import mutate_one, repair

Predict = Callable[[Codes, FloatArray, Codes], tuple[FloatArray, FloatArray]]
"""``(Z, scores, Z_new) -> mean, standard deviation``: fits a model to codes (n, d) and their scores (n,), and predicts
those of new ones, (k,) each."""

_N_BEST = 10  # whose neighbours become candidates
_STEP = 0.1  # standard deviation of a neighbour's ranges, on the unit scale


def search_by_improvement(
    task: Task, predict: Predict, *, n_initial: int, n_candidates: int, batch_size: int = 1
) -> Loop:
    """Fit a model, and evaluate the candidate of the largest expected improvement, or several at a time.

    The model learns the normal scores of the ranks. Candidates are uniform draws and neighbours of the ten best; none
    is evaluated twice. The second one of a batch is chosen as if the first had turned out like the best so far.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        predict: The model.
        n_initial: Candidates before the first model.
        n_candidates: Among which the next one is chosen, half of them neighbours of the best.
        batch_size: Candidates that are evaluated at a time.

    Source: jones1998; ginsbourger2010.
    """
    from optimizers.adapters.neural_ensemble import normal_scores

    space, rng, batch_size = task.space, task.rng, min(batch_size, task.budget)
    seen: set[bytes] = set()
    asked = unseen_rows(task.start(max(n_initial, task.n_known)), seen)
    Z, y = asked[:0], np.empty(0)
    while len(asked):
        y_asked = yield asked
        Z, y = np.concatenate([Z, asked]), np.concatenate([y, y_asked])
        seen.update(code_keys(asked))
        near = _neighbours(space, Z[np.argsort(y, kind="stable")[:_N_BEST]], max(n_candidates // 2, 1), rng)
        candidates = unseen_rows(np.concatenate([space.sample(n_candidates - len(near), rng), near]), seen)
        asked = candidates if len(candidates) else draw_unseen(space, 1, seen, rng)
        if len(asked) > 1:
            asked = _choose(predict, (Z, normal_scores(y)), asked, batch_size)


def _choose(predict: Predict, known: tuple[Codes, FloatArray], candidates: Codes, n: int) -> Codes:
    """The ``n`` candidates of the largest expected improvement, each after a lie about those before it."""
    Z, scores = known
    best = scores.min()
    chosen = candidates[:0]
    while len(candidates):
        mean, deviation = predict(Z, scores, candidates)
        following = int(_expected_improvement(mean, deviation, best).argmax())
        chosen = np.concatenate([chosen, candidates[[following]]])
        if len(chosen) == n:
            break
        Z, scores = np.concatenate([Z, candidates[[following]]]), np.append(scores, best)
        candidates = np.delete(candidates, following, axis=0)
    return chosen


def _neighbours(space: SearchSpace, best: Codes, n: int, rng: np.random.Generator) -> Codes:
    """``n`` codes with one variable of one of the best at another value; every other one close by on all ranges."""
    mutants = mutate_one(space, best[rng.integers(len(best), size=n)], rng)
    moved = best[rng.integers(len(best), size=n // 2)]
    for j, parameter in enumerate(space.parameters):
        if isinstance(parameter, (Integer, Real)):
            unit = parameter.to_unit(moved[:, j]) + rng.normal(0.0, _STEP, size=len(moved))
            moved[:, j] = parameter.from_unit(np.minimum(np.maximum(unit, 0.0), 1.0))
    mutants[: len(moved)] = repair(space, moved, rng)
    return mutants


def _expected_improvement(mean: FloatArray, deviation: FloatArray, best: float) -> FloatArray:
    """E[max(best - Y, 0)] of normal Y, (k,)."""
    from scipy.special import ndtr

    safe = np.maximum(deviation, 1e-12)
    z = (best - mean) / safe
    return np.asarray(safe * (z * ndtr(z) + np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)))
