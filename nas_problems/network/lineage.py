"""Networks as the list of morphisms by which they have grown; without torch.

A network is a chain of blocks on three resolutions, each a convolution, batch normalization and ReLU, that read one
or more earlier blocks. A morphism makes one block deeper, wider, or read one more; a generation is a few morphisms,
after which the network is trained. A candidate lists its generations, so that its parent is the same list without the
last one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from nas_problems.space import Categorical, Codes, Integer, Parameter, SearchSpace

Kind = Literal["keep", "deeper", "wider", "skip"]
"""Of a morphism; ``keep`` changes nothing."""

KINDS: tuple[Kind, ...] = get_args(Kind)
END = "end"
"""In place of the first kind of a generation: the network has no more generations."""

MAX_PLACES = 16
"""Numbers of a place; where a network has more places for a morphism, the others are not reached."""


@dataclass(frozen=True, slots=True)
class Block:
    """A 3 x 3 convolution, batch normalization and ReLU.

    Args:
        width: Output channels.
        sources: Numbers of the blocks whose outputs it reads, side by side; -1: the image.
        stage: How often the resolution has been halved.
    """

    width: int
    sources: tuple[int, ...]
    stage: int


@dataclass(frozen=True, slots=True)
class Morphism:
    """A step from a network to one that computes the same.

    Args:
        kind: See ``Kind``.
        block: Of which block.
        source: The block that is read as well, of ``skip``.
    """

    kind: Kind
    block: int = 0
    source: int = -1


@dataclass(frozen=True)
class Architecture:
    """The blocks of a network, each after those that it reads; the last one is read by the head."""

    blocks: tuple[Block, ...]

    def after(self, morphism: Morphism) -> "Architecture":
        """The architecture that a morphism leads to; outputs keep their order where they are read side by side."""
        at, block = morphism.block, self.blocks[morphism.block]
        if morphism.kind == "wider":
            return self._with(at, replace(block, width=2 * block.width))
        if morphism.kind == "skip":
            return self._with(at, replace(block, sources=(*block.sources, morphism.source)))
        if morphism.kind == "deeper":
            new = Block(block.width, (at,), block.stage)
            later = (
                replace(other, sources=tuple(source + (source >= at) for source in other.sources))
                for other in self.blocks[at + 1 :]
            )
            return Architecture((*self.blocks[: at + 1], new, *later))
        return self

    def _with(self, at: int, block: Block) -> "Architecture":
        return Architecture((*self.blocks[:at], block, *self.blocks[at + 1 :]))


@dataclass(frozen=True)
class Lineage:
    """How far networks can grow.

    Args:
        n_generations: Most generations.
        n_steps: Morphisms per generation.
        width: Channels of the first network's three blocks.
        max_width: Most channels of a block.
        max_blocks: Most blocks.
        max_sources: Most blocks that one reads.

    Source: elsken2017, section 3 (five generations of five morphisms; widening by two).
    """

    n_generations: int = 5
    n_steps: int = 2
    width: int = 8
    max_width: int = 64
    max_blocks: int = 12
    max_sources: int = 3

    @cached_property
    def root(self) -> Architecture:
        """The network without a morphism: one block on each of three resolutions."""
        return Architecture(tuple(Block(self.width, (stage - 1,), stage) for stage in range(3)))

    @cached_property
    def space(self) -> SearchSpace:
        """Candidates: for every step of every generation a kind and a place, which is counted among those where the
        morphism can be applied, and starts again after the last of them.

        A generation that begins with ``end`` does not exist, and neither do those after it. Where a morphism cannot
        be applied at all, the network is kept.
        """
        parameters: list[Parameter] = []
        for generation in range(self.n_generations):
            for step in range(self.n_steps):
                kinds = KINDS if step else (END, *KINDS)
                parameters.append(Categorical(f"kind_{generation}_{step}", kinds))
                parameters.append(Integer(f"place_{generation}_{step}", 0, MAX_PLACES - 1))
        return SearchSpace(tuple(parameters), canonical_form=self.canonical)

    def places(self, architecture: Architecture, kind: Kind) -> list[Morphism]:
        """The morphisms of a kind that can be applied, in a fixed order."""
        blocks = architecture.blocks
        if kind == "deeper" and len(blocks) < self.max_blocks:
            return [Morphism(kind, block) for block in range(len(blocks))]
        if kind == "wider":
            return [Morphism(kind, k) for k, block in enumerate(blocks) if 2 * block.width <= self.max_width]
        if kind == "skip":
            return [
                Morphism(kind, k, source)
                for k, block in enumerate(blocks)
                if len(block.sources) < self.max_sources
                for source in range(k)
                if source not in block.sources
            ]
        return []

    def generations(self, code: Codes) -> Iterator[list[Morphism]]:
        """The morphisms of each generation of a candidate, (d,)."""
        architecture = self.root
        steps = np.asarray(code).reshape(self.n_generations, self.n_steps, 2)
        for generation in steps:
            if generation[0, 0] == 0:
                return
            morphisms = []
            for step, (number, place) in enumerate(generation.tolist()):
                kind = KINDS[int(number) - (step == 0)]
                known = self.places(architecture, kind)
                morphism = known[int(place) % len(known)] if known else Morphism("keep")
                architecture = architecture.after(morphism)
                morphisms.append(morphism)
            yield morphisms

    def canonical(self, Z: Codes) -> Codes:
        """Codes (n, d) with the smallest place that means the same, and nothing after the end."""
        canonical = np.zeros_like(Z)
        for row, code in zip(canonical, Z, strict=True):
            architecture = self.root
            steps = row.reshape(self.n_generations, self.n_steps, 2)
            for generation, morphisms in enumerate(self.generations(code)):
                for step, morphism in enumerate(morphisms):
                    known = self.places(architecture, morphism.kind)
                    steps[generation, step] = (
                        KINDS.index(morphism.kind) + (step == 0),
                        known.index(morphism) if known else 0,
                    )
                    architecture = architecture.after(morphism)
        return canonical

    def parent(self, code: Codes) -> Codes:
        """The candidate without its last generation, (d,); of the first network, itself."""
        n = sum(1 for _ in self.generations(code))
        parent = np.array(code)
        parent.reshape(self.n_generations, -1)[max(n - 1, 0) :] = 0
        return parent
