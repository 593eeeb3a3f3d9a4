"""Codes of a finite space as mixed-radix numbers, the first parameter most significant."""

import math
from collections.abc import Sequence

import numpy as np

from nas_problems.array import IntArray, check_array


def radix_of(n_choices: Sequence[int]) -> IntArray:
    """Weight of each column, (d,): ``Z @ radix`` are the numbers.

    Raises:
        ValueError: More codes than int64 can number.

    >>> radix_of([5, 2, 3]).tolist()
    [6, 3, 1]
    """
    size = math.prod(n_choices)
    if size > np.iinfo(np.int64).max:
        raise ValueError(f"index_of: wanted a space of at most 2**63 - 1 codes, found {size}")
    return np.array([math.prod(n_choices[j + 1 :]) for j in range(len(n_choices))], dtype=np.int64)


def digits_of(numbers: IntArray, radix: IntArray, n_choices: IntArray) -> IntArray:
    """The inverse: numbers (n,) to codes (n, d).

    >>> digits_of(np.array([29]), radix_of([5, 2, 3]), np.array([5, 2, 3])).tolist()
    [[4, 1, 2]]
    """
    return np.asarray(numbers[:, None] // radix % n_choices, dtype=np.int64)


def check_indices(values: object, end: int) -> IntArray:
    """A vector of integers in 0 ... end - 1, or ValueError."""
    vector = check_array(values, "indices")
    if vector.ndim != 1 or (vector.size and vector.dtype.kind not in "iu"):
        raise ValueError(f"indices: wanted a vector of integers, found shape {vector.shape}, {vector.dtype}")
    if vector.size and not (int(vector.min()) >= 0 and int(vector.max()) < end):
        raise ValueError(f"indices: wanted 0 ... {end - 1}, found {vector.min()} ... {vector.max()}")
    return vector.astype(np.int64)
