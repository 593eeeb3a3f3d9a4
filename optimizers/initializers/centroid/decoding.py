"""From clusters to valid, distinct architectures."""

from typing import Literal

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.space import Codes, SearchSpace
from optimizers.archive import code_keys
from optimizers.initializers.centroid.encoding import Encoding, decode_codes, encode_codes

Decoding = Literal["nearest", "rounded"]


def clusters_by_size(labels: IntArray, n: int) -> IntArray:
    """The ``n`` largest clusters, largest first; noise (-1) is none."""
    sizes = np.bincount(labels[labels >= 0])
    return np.argsort(-sizes, kind="stable")[:n].astype(np.int64)


def nearest_members(
    space: SearchSpace, Z: Codes, features: FloatArray, labels: IntArray, clusters: IntArray
) -> dict[int, Codes]:
    """Of each cluster the member that is nearest to its centroid, and distinct from those before it.

    Nearest by all features, not by the few components that were clustered: there the codes of a small space
    lie on a grid, the centroids between its lines, and what is nearest to these are members whose unusual
    fitness, mostly a bad one, moves them off the lines.

    Args:
        space: The space of ``Z``; candidates with one canonical form count as one.
        Z: Sampled codes, shape (m, d).
        features: Whose mean is the centroid, (m, columns).
        labels: Their clusters, (m,).
        clusters: Whose centroids are wanted, in this order.

    Returns:
        Cluster -> code (d,); a cluster that has no distinct member is left out.
    """
    keys = code_keys(space.canonical(Z))
    taken: set[bytes] = set()
    member_of: dict[int, Codes] = {}
    for number in clusters.tolist():
        members = np.flatnonzero(labels == number)
        distances = ((features[members] - features[members].mean(axis=0)) ** 2).sum(axis=1)
        for member in members[np.argsort(distances, kind="stable")].tolist():
            if keys[member] not in taken:
                taken.add(keys[member])
                member_of[number] = Z[member]
                break
    return member_of


def rounded_means(
    space: SearchSpace, Z: Codes, labels: IntArray, clusters: IntArray, encoding: Encoding
) -> dict[int, Codes]:
    """The mean of each cluster's codes, rounded to a code and repaired.

    A rounded mean that is not valid, or the same architecture as one before it, is replaced by the nearest
    of its neighbours (by the distance of their features from the mean) that is neither.

    Args:
        space: The space of ``Z``; candidates with one canonical form count as one.
        Z: Sampled codes, shape (m, d).
        labels: Their clusters, (m,).
        clusters: Whose centroids are wanted, in this order.
        encoding: Whose features are averaged.

    Returns:
        Cluster -> code (d,); a cluster without a valid and distinct code is left out.
    """
    features = encode_codes(space, Z, encoding)
    taken: set[bytes] = set()
    means: dict[int, Codes] = {}
    for number in clusters.tolist():
        mean = features[labels == number].mean(axis=0)
        rounded = decode_codes(space, mean[None, :], encoding)
        around = space.neighbours(rounded[0])
        distances = ((encode_codes(space, around, encoding) - mean) ** 2).sum(axis=1)
        candidates = np.concatenate([rounded, around[np.argsort(distances, kind="stable")]])
        candidates = candidates[space.is_valid(candidates)]
        for key, z in zip(code_keys(space.canonical(candidates)), candidates, strict=True):
            if key not in taken:
                taken.add(key)
                means[number] = z
                break
    return means
