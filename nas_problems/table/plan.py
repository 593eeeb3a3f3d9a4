"""What a table holds: which candidates, trained how, on what, with which seeds."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from nas_problems.array import IntArray
from nas_problems.cell import graph201, macro
from nas_problems.cell.index101 import listed_space
from nas_problems.datasets.image_sets import IMAGE_SETS
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.skeleton import CellSkeleton, GraphSkeleton
from nas_problems.registry import unknown_name
from nas_problems.space import Codes, SearchSpace

SpaceName = Literal["nb201", "macro", "nb101"]
SPACES: dict[str, Callable[[], SearchSpace]] = {
    "nb201": lambda: graph201.SPACE,
    "macro": lambda: macro.SPACE,
    "nb101": listed_space,
}
"""Spaces of which a table can be built."""

MEASURE = -1
"""In place of a seed: parameters, FLOPs and latency of the candidates, without training."""

MEASURES = ("n_parameters", "n_flops", "latency_seconds", "latency_milliseconds")
"""What a measurement gives."""

SCORES = ("train_accuracy", "validation_balanced_accuracy", "validation_kappa", "test_balanced_accuracy", "test_kappa")
"""Scores of every training that are stored as they are; tables of schema 2 have none."""


@dataclass(frozen=True)
class Unit:
    """A piece of work that is done at once and then safe.

    Args:
        seed: Of the training, or ``MEASURE``.
        number: Counted from 0 within the seed.
    """

    seed: int
    number: int

    @property
    def name(self) -> str:
        """Its file, without suffix."""
        return f"{'measure' if self.seed == MEASURE else f'seed-{self.seed}'}/{self.number:04d}"


@dataclass(frozen=True)
class TablePlan:
    """A table that is to be built; equal plans give equal tables, apart from times.

    Args:
        space: ``nb201``, ``macro`` or ``nb101``.
        images: Name of an image set.
        protocol: How to train.
        epochs: Fidelities, increasing; the last one is the protocol's.
        n_seeds: Trainings of every candidate.
        stack_size: Networks that are trained as one. Who shares a stack influences rounding, and with it
            the result, so that the number belongs to the plan.
        skeleton: What surrounds a cell; of no matter in other spaces.
        n_candidates: Only the first so many distinct candidates; None: all.
        n_random: Only so many distinct candidates, drawn uniformly; None: all.
        draw_seed: Seed of that draw.

    Raises:
        KeyError: An unknown space or image set.
        ValueError: Epochs that do not increase or do not end with the protocol's, or a number below one.
    """

    space: SpaceName
    images: str
    protocol: TrainingProtocol
    epochs: tuple[int, ...]
    n_seeds: int = 1
    stack_size: int = 32
    skeleton: CellSkeleton | GraphSkeleton = field(default_factory=CellSkeleton)
    n_candidates: int | None = None
    n_random: int | None = None
    draw_seed: int = 0

    def __post_init__(self) -> None:
        if self.space not in get_args(SpaceName):
            raise unknown_name("space", self.space, tuple(SPACES))
        if self.images not in IMAGE_SETS:
            raise unknown_name("image set", self.images, IMAGE_SETS)
        if not self.epochs or list(self.epochs) != sorted({*self.epochs}) or self.epochs[0] < 1:
            raise ValueError(f"epochs: wanted increasing numbers from 1, found {self.epochs}")
        if self.epochs[-1] != self.protocol.epochs:
            raise ValueError(f"epochs: wanted the protocol's {self.protocol.epochs} as the last, found {self.epochs}")
        if isinstance(self.skeleton, GraphSkeleton) != (self.space == "nb101"):
            raise ValueError(f"skeleton: found {type(self.skeleton).__name__} for {self.space}")
        for name in ("n_seeds", "stack_size", "n_candidates", "n_random"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}: wanted at least 1, found {value}")

    @property
    def search_space(self) -> SearchSpace:
        """The space of the candidates."""
        return SPACES[self.space]()

    @cached_property
    def codes(self) -> Codes:
        """The distinct candidates, sorted, one row each."""
        space = self.search_space
        if space.listing is not None:
            n_distinct = len(space.listing)
            return space.listing.codes_of(self._chosen(n_distinct))
        batches = [space.canonical(Z) for Z in space.enumerate()]
        candidates = np.unique(np.concatenate(batches), axis=0)
        return candidates[self._chosen(len(candidates))]

    def _chosen(self, n_distinct: int) -> IntArray:
        """Which of the distinct candidates are in the table, ascending."""
        if self.n_random is None:
            return np.arange(n_distinct)[: self.n_candidates]
        n = min(self.n_random, n_distinct)
        return np.sort(np.random.default_rng(self.draw_seed).choice(n_distinct, size=n, replace=False))

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """All work: seed after seed, and the measures last."""
        n = -(-len(self.codes) // self.stack_size)
        return tuple(Unit(seed, number) for seed in (*range(self.n_seeds), MEASURE) for number in range(n))

    def codes_of(self, unit: Unit) -> Codes:
        """The candidates of a unit."""
        return self.codes[unit.number * self.stack_size :][: self.stack_size]

    def record(self) -> dict[str, object]:
        """The plan as plain values; those of a draw only where there is one."""
        record: dict[str, object] = json.loads(json.dumps(dataclasses.asdict(self)))
        if self.n_random is None:
            del record["n_random"], record["draw_seed"]
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "TablePlan":
        """The inverse of ``record``.

        Raises:
            ValueError: Not the record of a plan.
        """
        try:
            parts = dict(record)
            protocol = TrainingProtocol(**parts.pop("protocol"))
            kind = GraphSkeleton if parts["space"] == "nb101" else CellSkeleton
            skeleton = kind(**parts.pop("skeleton"))
            return cls(protocol=protocol, skeleton=skeleton, epochs=tuple(parts.pop("epochs")), **parts)
        except (KeyError, TypeError) as error:
            raise ValueError(f"plan: wanted the record of a table's plan, found {record}") from error
