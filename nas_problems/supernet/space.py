"""Spaces of cells as one-shot methods see them: kinds of cells, edges, operations; without torch."""

import math
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.cell.graph201 import OPERATIONS as NB201_OPERATIONS
from nas_problems.cell.graph201 import SPACE as NB201_SPACE
from nas_problems.parameter import Categorical, Codes, Integer, Parameter
from nas_problems.space import SearchSpace

ABSENT = -1
"""In place of an operation: there is no such edge."""


@dataclass(frozen=True)
class Architecture:
    """A decision for every edge.

    Args:
        choices: Number of the operation on every edge, or ``ABSENT``; a row per kind of cell.
        depths: Cells per block, where depth is searched; else empty.
    """

    choices: tuple[tuple[int, ...], ...]
    depths: tuple[int, ...] = ()


@dataclass(frozen=True)
class CellSpace:
    """What may be on the edges of a cell.

    Nodes 0 ... n_inputs - 1 are the cell's inputs; every later node has an edge from each node before it.

    Args:
        name: Name of the space.
        kinds: Kinds of cells that are searched, e.g. ``normal`` and ``reduction``.
        n_inputs: Inputs of a cell.
        n_nodes: Nodes behind the inputs.
        operations: Names of the operations; ``none`` may be among them.
        n_kept: Edges that every node keeps in the end; None: all of them, and ``none`` is a choice.
        max_depths: Largest number of cells per block, where depth is searched; else empty.
        given: The search space, where it has been defined elsewhere; its columns are the edges.
    """

    name: str
    kinds: tuple[str, ...]
    n_inputs: int
    n_nodes: int
    operations: tuple[str, ...]
    n_kept: int | None = None
    max_depths: tuple[int, ...] = ()
    given: SearchSpace | None = field(default=None, repr=False)

    @cached_property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """(from, to), sorted by ``to``."""
        last = self.n_inputs + self.n_nodes
        return tuple((start, end) for end in range(self.n_inputs, last) for start in range(end))

    @property
    def n_edges(self) -> int:
        """Edges of a cell."""
        return len(self.edges)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(kinds, edges, operations): the shape of a table with a number per decision."""
        return len(self.kinds), self.n_edges, len(self.operations)

    @cached_property
    def node_edges(self) -> tuple[tuple[int, ...], ...]:
        """For every node behind the inputs the numbers of its incoming edges."""
        ends = range(self.n_inputs, self.n_inputs + self.n_nodes)
        return tuple(tuple(e for e, (_, end) in enumerate(self.edges) if end == node) for node in ends)

    @cached_property
    def choosable(self) -> BoolArray:
        """Which operations an architecture may have, (operations,)."""
        return np.array([self.n_kept is None or name != "none" for name in self.operations])

    @cached_property
    def space(self) -> SearchSpace:
        """The search space of all architectures.

        Where edges are dropped, a node has the columns input, operation, input, operation ...; inputs are
        distinct, and their order does not matter.
        """
        if self.given is not None:
            return self.given
        parameters: list[Parameter] = []
        for kind in self.kinds:
            for node, incoming in enumerate(self.node_edges, start=self.n_inputs):
                if self.n_kept is None:
                    starts = (f"{kind}_edge_{self.edges[e][0]}_{node}" for e in incoming)
                    parameters += [Categorical(name, self.operations) for name in starts]
                    continue
                inputs = tuple(str(self.edges[e][0]) for e in incoming)
                for slot in range(self.n_kept):
                    parameters.append(Categorical(f"{kind}_{node}_input_{slot}", inputs))
                    parameters.append(Categorical(f"{kind}_{node}_operation_{slot}", self._names))
        parameters += [Integer(f"depth_{block}", 1, most) for block, most in enumerate(self.max_depths)]
        if self.n_kept is None:
            return SearchSpace(tuple(parameters))
        return SearchSpace(tuple(parameters), partial(_inputs_differ, self), partial(_inputs_sorted, self))

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(np.array(self.operations)[self.choosable].tolist())

    def encode(self, architecture: Architecture) -> Codes:
        """The architecture's code, (d,).

        Raises:
            ValueError: Another number of depths than the space has blocks.
        """
        if len(architecture.depths) != len(self.max_depths):
            raise ValueError(f"depths: wanted {len(self.max_depths)} in {self.name}, found {architecture.depths}")
        numbers = np.cumsum(self.choosable) - 1
        code: list[int] = []
        for row in architecture.choices:
            for incoming in self.node_edges:
                for e in incoming:
                    if row[e] != ABSENT:
                        code += [row[e]] if self.n_kept is None else [self.edges[e][0], int(numbers[row[e]])]
        return np.array(code + [depth - 1 for depth in architecture.depths], dtype=np.int64)

    def decode(self, code: Codes) -> Architecture:
        """The architecture of a valid code, (d,)."""
        n_depths = len(self.max_depths)
        body, depths = code[: len(code) - n_depths], code[len(code) - n_depths :] + 1
        if self.n_kept is None:
            choices = body.reshape(len(self.kinds), self.n_edges)
        else:
            numbers, pairs = np.flatnonzero(self.choosable), iter(body.reshape(-1, 2).tolist())
            choices = np.full((len(self.kinds), self.n_edges), ABSENT)
            for row in choices:
                for incoming in self.node_edges:
                    for _ in range(min(self.n_kept, len(incoming))):
                        start, operation = next(pairs)
                        row[incoming[start]] = numbers[operation]
        return Architecture(tuple(map(tuple, choices.tolist())), tuple(depths.tolist()))

    def strongest(self, scores: FloatArray, depths: tuple[int, ...] = ()) -> Architecture:
        """The architecture that scores name: on every edge the best operation, for every node the best edges.

        Args:
            scores: A score per kind, edge and operation; ``-inf`` where there is no such candidate.
            depths: Of the blocks, where depth is searched; empty: the largest ones, with which a supernet computes.

        Source: liu2019, section 2.4.
        """
        usable = np.where(self.choosable, scores, -math.inf)
        best, value = usable.argmax(axis=2), usable.max(axis=2)
        choices = np.full(best.shape, ABSENT)
        for kind in range(len(self.kinds)):
            for incoming in self.node_edges:
                order = np.argsort(-value[kind, list(incoming)], kind="stable")[: self.n_kept]
                kept = [incoming[i] for i in order]
                choices[kind, kept] = best[kind, kept]
        return Architecture(tuple(map(tuple, choices.tolist())), depths or self.max_depths)

    def one_hot(self, architecture: Architecture) -> BoolArray:
        """Which operation is on which edge, of shape ``shape``."""
        choices = np.array(architecture.choices)
        return np.asarray(choices[:, :, None] == np.arange(len(self.operations)))

    def sample(self, rng: np.random.Generator) -> Architecture:
        """An architecture, uniform over valid codes."""
        return self.decode(self.space.sample(1, rng)[0])


def _pairs(cells: CellSpace, Z: Codes) -> IntArray:
    """Input and operation, (n, kinds, nodes, kept, 2)."""
    body = Z[:, : Z.shape[1] - len(cells.max_depths)]
    n_kept = body.shape[1] // (2 * len(cells.kinds) * cells.n_nodes)  # not -1: there may be no rows
    return body.reshape(len(Z), len(cells.kinds), cells.n_nodes, n_kept, 2)


def _inputs_differ(cells: CellSpace, Z: Codes) -> BoolArray:
    inputs = np.sort(_pairs(cells, Z)[..., 0], axis=-1)
    return np.asarray((np.diff(inputs, axis=-1) > 0).all(axis=(1, 2, 3)))


def _inputs_sorted(cells: CellSpace, Z: Codes) -> Codes:
    pairs = _pairs(cells, Z)
    order = np.argsort(pairs[..., 0], axis=-1, kind="stable")
    body = np.take_along_axis(pairs, order[..., None], axis=-2).reshape(len(Z), math.prod(pairs.shape[1:]))
    return np.concatenate([body, Z[:, body.shape[1] :]], axis=1)


NB201 = CellSpace("nb201", ("cell",), 1, 3, NB201_OPERATIONS, given=NB201_SPACE)
"""NAS-Bench-201's cell. Source: dong2020, section 2."""

DARTS_OPERATIONS = (
    "none",
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
)
"""Operations of DARTS; ``none`` only while searching."""

DARTS = CellSpace("darts", ("normal", "reduction"), 2, 4, DARTS_OPERATIONS, n_kept=2)
"""The space of DARTS. Source: liu2019, section 3.1; yang2020, section 4."""

CNAS = CellSpace(
    "cnas",
    ("normal", "reduction"),
    2,
    6,
    (
        "none",
        "max_pool_3x3",
        "avg_pool_3x3",
        "skip_connect",
        "sep_conv_3x3",
        "dil_conv_3x3",
        "attention_conv_3x3",
        "shuffle_conv_3x3",
    ),
    n_kept=2,
)
"""The space of CNAS: six nodes, channel attention and channel shuffle. Source: weng2019; yang2020, table 2."""

NSGANET = CellSpace(
    "nsganet", ("normal", "reduction"), 2, 5, (*DARTS_OPERATIONS[1:], "sep_conv_7x7", "conv_7x1_1x7"), n_kept=2
)
"""The space of NSGA-Net as yang2020 uses it: five blocks, nine operations.

Differs: the two inputs of a block are distinct; NSGA-Net allows one input twice.

Source: lu2019, section 3.1; yang2020, appendix.
"""

COMPACT = CellSpace("compact", ("normal",), 2, 4, DARTS_OPERATIONS, n_kept=2)
"""Normal cells of compact networks, in three blocks of a fixed depth. Source: traore2021compact."""

COMPACT_DEPTH = CellSpace("compact-depth", ("normal",), 2, 4, DARTS_OPERATIONS, n_kept=2, max_depths=(5, 5, 5))
"""The same with the depth of each block, one to five cells."""

CELL_SPACES: dict[str, CellSpace] = {
    cells.name: cells for cells in (NB201, DARTS, CNAS, NSGANET, COMPACT, COMPACT_DEPTH)
}
"""Spaces by name."""
