"""Which codes a run has seen."""

from collections.abc import Container

import numpy as np

from nas_problems.space import Codes, SearchSpace

_MAX_DRAWS = 100  # batches without anything new before a space counts as exhausted
_MIN_BATCH = 16


def code_keys(Z: Codes) -> list[bytes]:
    """One hashable key per row of codes, equal exactly where the rows are equal.

    Args:
        Z: Codes in the dtype of one space, shape (n, d).
    """
    raw, width = np.ascontiguousarray(Z).tobytes(), Z.shape[1] * Z.itemsize
    return [raw[i : i + width] for i in range(0, len(raw), width)]


def unseen_rows(Z: Codes, seen: Container[bytes]) -> Codes:
    """The rows of ``Z`` (n, d) that are not in ``seen``, each code once, in their order."""
    first: dict[bytes, int] = {}
    for i, key in enumerate(code_keys(Z)):
        if key not in seen:
            first.setdefault(key, i)
    return Z[list(first.values())]


def draw_unseen(space: SearchSpace, n: int, seen: Container[bytes], rng: np.random.Generator) -> Codes:
    """Draw distinct valid codes that are not in ``seen``, uniformly.

    Args:
        space: Where to draw.
        n: Wanted rows, >= 1.
        seen: Keys of codes to leave out.
        rng: Source of randomness.

    Returns:
        Codes, shape (k, d); k < n only where a hundred batches bring nothing new: the space is (as good
        as) exhausted.
    """
    unseen = np.empty((0, space.n_parameters), dtype=space.dtype)
    n_vain, batch = 0, n
    while len(unseen) < n and n_vain < _MAX_DRAWS:
        n_before = len(unseen)
        unseen = unseen_rows(np.concatenate([unseen, space.sample(batch, rng)]), seen)[:n]
        n_vain = n_vain + 1 if len(unseen) == n_before else 0
        batch = max(_MIN_BATCH, n - len(unseen))
    return unseen
