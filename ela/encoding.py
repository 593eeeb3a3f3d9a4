"""Codes of candidates as points of [-5, 5]^k, for features that were made for continuous spaces.

An ordered parameter (ordinal, integer, real) always is one column, its box code. A categorical one has no
order, so that there is a choice:

- ``box``: one column, the choice's position: cheap, but the order of the choices is arbitrary.
- ``one-hot``: one column per choice, 5 for the chosen and -5 for the others: no order, more columns, which
  depend on each other (their sum is constant).
- ``target``: one column, the mean value of the design's points with that choice, brought to [-5, 5] over
  the choices seen: no more columns, but the values shape the points.

Source: prager2023, section 3 (one-hot and target encoding).
"""

from typing import Literal, get_args

import numpy as np

from nas_problems.array import FloatArray, brief
from nas_problems.checked import checked
from nas_problems.space import BOX_LOWER, BOX_UPPER, Categorical, Codes, SearchSpace

Encoding = Literal["box", "one-hot", "target"]
"""How categorical parameters become columns."""


@checked
def encode_points(space: SearchSpace, Z: Codes, y: FloatArray, *, encoding: Encoding = "box") -> FloatArray:
    """Codes to points of [-5, 5]^k, shape (n, k).

    Args:
        space: The search space.
        Z: Codes, shape (n, d).
        y: Minimised values, shape (n,); looked at by ``target`` only.
        encoding: What becomes of categorical parameters.

    Raises:
        ValueError: An unknown encoding, codes not of this space, or shapes that do not agree.

    >>> from nas_problems import Integer
    >>> space = SearchSpace((Categorical("op", ("conv", "pool")), Integer("width", 1, 2)))
    >>> encode_points(space, np.array([[0, 0], [1, 1]]), np.array([3.0, 1.0]), encoding="one-hot")
    array([[ 5. , -5. , -2.5],
           [-5. ,  5. ,  2.5]])
    >>> encode_points(space, np.array([[0, 0], [1, 1]]), np.array([3.0, 1.0]), encoding="target")
    array([[ 5. , -2.5],
           [-5. ,  2.5]])
    """
    if encoding not in get_args(Encoding):
        raise ValueError(f"encoding: wanted one of {get_args(Encoding)}, found {brief(encoding)}")
    box = space.to_box(Z)
    if np.shape(y) != (len(box),):
        raise ValueError(f"y: wanted shape ({len(box)},), found {np.shape(y)}")
    if encoding == "box" or not any(isinstance(parameter, Categorical) for parameter in space.parameters):
        return box
    blocks = []
    codes = np.asarray(Z)
    for j, parameter in enumerate(space.parameters):
        if not isinstance(parameter, Categorical):
            blocks.append(box[:, [j]])
            continue
        chosen = codes[:, j].astype(np.int64)
        if encoding == "one-hot":
            blocks.append(np.where(np.arange(parameter.n_choices) == chosen[:, None], BOX_UPPER, BOX_LOWER))
        else:
            blocks.append(_target_column(chosen, y, parameter.n_choices)[:, None])
    return np.concatenate(blocks, axis=1)


def _target_column(chosen: Codes, y: FloatArray, n_choices: int) -> FloatArray:
    counts = np.bincount(chosen, minlength=n_choices)
    means = np.bincount(chosen, weights=y, minlength=n_choices)[counts > 0] / counts[counts > 0]
    low, high = means.min(), means.max()
    spread = np.zeros(n_choices)
    if high > low:
        spread[counts > 0] = BOX_LOWER + (BOX_UPPER - BOX_LOWER) * ((means - low) / (high - low))  # 1 exactly at high
    return spread[chosen]
