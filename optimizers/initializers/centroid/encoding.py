"""Candidates and their fitness as rows of numbers that can be clustered."""

from typing import Literal

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.parameter import Categorical, Ordinal
from nas_problems.space import Codes, SearchSpace
from optimizers.expanded_adjacency import expanded_adjacency

Encoding = Literal["short", "long"]


def encode_codes(space: SearchSpace, Z: Codes, encoding: Encoding) -> FloatArray:
    """The architecture's part of the features.

    ``short``: the code itself, one column per parameter. ``long``: of a cell the expanded adjacency matrix
    without the entries that are zero in every cell, with operations on vertices, as in NAS-Bench-101, see
    ``ExpandedAdjacency``; with operations on edges, as in NAS-Bench-201, this is one 0/1 column per choice,
    as of any other space.

    Args:
        space: A finite space.
        Z: Codes, shape (n, d).
        encoding: Which of the two.

    Returns:
        Shape (n, columns).

    Source: traore2023, table 1 and section 3.2.
    """
    if encoding == "short":
        return Z.astype(np.float64)
    expanded = expanded_adjacency(space)
    return space.one_hot(Z) if expanded is None else expanded(Z)


def encode_fitness(fitness: FloatArray) -> FloatArray:
    """The fitness part of the features: 1 for the best value of the sample at each fidelity, 0 for the worst.

    Differs: the paper appends accuracies as recorded, as fractions; scaling to [0, 1] leaves these nearly
    as they are and gives every other metric the same weight.

    Args:
        fitness: Minimised values, shape (n, fidelities); not constant.
    """
    worst, best = fitness.max(axis=0), fitness.min(axis=0)
    spread = worst - best
    varies = spread > 0  # a fidelity at which all are equal says nothing
    return np.asarray((worst - fitness)[:, varies] / spread[varies])


def decode_codes(space: SearchSpace, features: FloatArray, encoding: Encoding) -> Codes:
    """The codes nearest to points of ``encode_codes``'s range, such as means of rows.

    ``short`` rounds every column; ``long`` takes the choice with the largest share, for a parameter that
    has one column the value at that place of its range, and the edges of at least half of the cells.

    Args:
        space: A finite space.
        features: Shape (n, columns).
        encoding: How the features were made.

    Returns:
        Codes, shape (n, d); they need not be valid or distinct.
    """
    if encoding == "short":
        return np.minimum(np.maximum(np.rint(features), space.lower), space.upper).astype(np.int64)
    if (expanded := expanded_adjacency(space)) is not None:
        return expanded.decode(features)
    columns, start = [], 0
    for parameter in space.parameters:
        if isinstance(parameter, (Categorical, Ordinal)):
            width = parameter.n_choices
            columns.append(features[:, start : start + width].argmax(axis=1))
        else:
            width = 1
            columns.append(parameter.from_unit(features[:, start]))
        start += width
    return np.stack(columns, axis=1).astype(np.int64)
