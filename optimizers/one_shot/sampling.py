"""Architectures drawn from tables of probabilities, and the best of them by inherited weights."""

from collections.abc import Sequence

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes
from nas_problems.supernet.space import Architecture, CellSpace
from optimizers.one_shot.supernet_search import SupernetSearch


def draw_architecture(cells: CellSpace, strength: FloatArray, rng: np.random.Generator) -> Architecture:
    """An operation for every edge, drawn with the given probabilities.

    Where nodes keep some of their edges, these are drawn without replacement, in proportion to the probability
    that their operation is not ``none``.

    Args:
        cells: The space.
        strength: Probabilities (kinds, edges, operations).
        rng: Draws, by adding Gumbel noise.
    """
    with np.errstate(divide="ignore"):
        logits = np.log(np.where(cells.choosable, strength, 0.0))
    noisy = logits + rng.gumbel(size=logits.shape)
    scores = np.where(noisy == noisy.max(axis=2, keepdims=True), 0.0, -np.inf)
    edge = np.logaddexp.reduce(logits, axis=2) + rng.gumbel(size=logits.shape[:2])
    depths = tuple(int(rng.integers(1, most + 1)) for most in cells.max_depths)
    return cells.strongest(scores + edge[:, :, None], depths)


def best_of_sample(search: SupernetSearch, drawn: Sequence[Architecture], n_images: int) -> Codes:
    """Code of the candidate with the highest accuracy by inherited weights; the first of equal ones."""
    accuracies = search.accuracies(drawn, search.judged_batch(n_images))
    return search.cells.encode(drawn[int(np.argmax(accuracies))])
