"""Which cells of NAS-Bench-101 are next to each other: by one edit of a code, or by one flipped bit.

*Edits* are the neighbourhood of all solvers here: two cells are neighbours if one of the codes of one is one step
(an edge there or not, another operation) from one of the codes of the other. Codes have vertices without effect, so
that a step can bring in or take away a vertex with all its edges. *Bit flips* are the neighbourhood of the footprint
paper: one bit of the 17 x 17 matrix of named vertices differs. Operations and vertices never change there, so that
the cells fall apart into groups with equal operations.
"""

import numpy as np

from nas_problems.array import IntArray
from nas_problems.cell.encoding101 import matrix_places
from nas_problems.cell.graph101 import EDGES, N_VERTICES, OPERATIONS
from nas_problems.cell.index101 import N_OPERATIONS, CellIndex
from nas_problems.cell.published101 import published_forms

Pairs = tuple[IntArray, IntArray]
"""The first and the second node of every ordered pair, by the first, then by the second."""


def edit_pairs(index: CellIndex) -> Pairs:
    """All pairs of cells of which some codes differ by one step.

    A step that adds an edge is one that takes it away, seen from the other side; and what takes one away from any
    code of a cell also takes it away from the canonical one, where nothing is without effect. So it is enough to
    take every edge from every canonical code, and to change every operation that has an effect.
    """
    edges, operations = np.divmod(index.codes.astype(np.int64), N_OPERATIONS)
    sources, targets = [], []
    for i in range(len(EDGES)):
        bit = 1 << (len(EDGES) - 1 - i)
        having = np.flatnonzero(edges & bit)
        rows = index.rows_of_numbers(edges[having] & ~bit, operations[having])
        sources.append(having[rows >= 0])
        targets.append(rows[rows >= 0])
    for vertex in range(N_VERTICES - 2):
        weight = len(OPERATIONS) ** (N_VERTICES - 3 - vertex)
        label = operations // weight % len(OPERATIONS)
        for shift in range(1, len(OPERATIONS)):
            changed = operations + ((label + shift) % len(OPERATIONS) - label) * weight
            sources.append(np.arange(len(index)))
            targets.append(index.rows_of_numbers(edges, changed))
    return both_ways(np.concatenate(sources), np.concatenate(targets), len(index))


def bit_flip_pairs(index: CellIndex) -> Pairs:
    """All pairs of cells whose 289 bits (see ``expanded_matrices``) differ in one.

    Source: traore2021, section 4.2.
    """
    keys = np.random.default_rng(101).integers(1, 1 << 62, size=289)  # a cell is known by the xor of its bits' keys
    edges, _ = published_forms(index)
    places = matrix_places(index)
    total = np.zeros(len(index), dtype=np.int64)
    for i in range(len(EDGES)):
        total ^= np.where(places[:, i] >= 0, keys[places[:, i]], 0)
    order = np.argsort(total)
    ordered = total[order]
    assert (np.diff(ordered) > 0).all(), "two cells share a key"
    sources, targets = [], []
    for i in range(len(EDGES)):
        having = np.flatnonzero(edges >> (len(EDGES) - 1 - i) & 1)
        wanted = total[having] ^ keys[places[having, i]]
        place = np.minimum(np.searchsorted(ordered, wanted), len(index) - 1)
        exists = ordered[place] == wanted
        sources.append(having[exists])
        targets.append(order[place[exists]])
    return both_ways(np.concatenate(sources), np.concatenate(targets), len(index))


def both_ways(sources: IntArray, targets: IntArray, n: int) -> Pairs:
    """Every pair in both directions, once, without pairs of a node with itself."""
    differ = sources != targets
    one, other = sources[differ], targets[differ]
    keys = np.sort(np.concatenate([one * n + other, other * n + one]))
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys
    return keys // n, keys % n
