"""P-DARTS: ever deeper supernets with ever fewer operations, and dropout on skip connections."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from torch import Tensor, nn

from nas_problems.array import BoolArray
from nas_problems.network.layer import Dropout
from nas_problems.space import Codes
from nas_problems.supernet.cell import Cell
from nas_problems.supernet.mixture import softmax_mixture
from nas_problems.supernet.space import Architecture
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch
from optimizers.option import PositiveInt, Probability

DROPPED = (3, 2)
"""Operations that every edge loses after the first and second stage, of eight."""


@register("p-darts", summary="DARTS in three stages: deeper networks, fewer operations", family="differentiable")
class PDarts(SupernetSearch):
    """A new, deeper network per stage; architecture parameters rest in its first epochs.

    Args:
        setting: On what it works; the protocol's epochs are divided among the stages.
        second_cells: Cells of the second stage's network; 0: the backbone's own number.
        third_cells: Of the third stage's.
        second_dropout: Of skip connections at the start of the second stage.
        third_dropout: At the start of the third stage.
        resting: Share of a stage in which only the weights are trained, rounded down to whole epochs.
        max_skips: Skip connections of the first kind of cell in the end.

    Source: chen2019, section 3; yang2020, appendix A.1.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        second_cells: int = 0,
        third_cells: int = 0,
        second_dropout: Probability = 0.4,
        third_dropout: Probability = 0.7,
        resting: Probability = 0.4,
        max_skips: PositiveInt = 2,
    ) -> None:
        self.n_cells = (0, second_cells, third_cells)
        self.dropouts, self.resting, self.max_skips = (0.0, second_dropout, third_dropout), resting, max_skips
        self.skips: list[Dropout] = []
        super().__init__(setting)
        self._add_dropout()

    @property
    def stage(self) -> int:
        """0, 1 or 2."""
        return min(3 * self.epoch // self.n_epochs, 2)

    def _bounds(self, stage: int) -> tuple[int, int]:
        """First epoch of a stage, and the first after it."""
        first, last = (-(-self.n_epochs * k // 3) for k in (stage, stage + 1))
        return first, last

    def run_epoch(self) -> None:
        """One pass over the training part; at a stage's end, candidates are dropped and a new network is built."""
        first, last = self._bounds(self.stage)
        n, done = last - first, self.epoch - first
        self.start_epoch(self.protocol.learning_rate_at(done, n))
        n_resting = int(self.resting * n + 1e-9)  # rounding is no epoch; a stage of one epoch does not rest
        rests = done < n_resting
        for skip in self.skips:  # falls linearly while architecture parameters rest, then exponentially
            skip.probability = self.dropouts[self.stage] * float(
                (n - done - 1) / n if rests else np.exp(-0.2 * (done - n_resting))
            )
        for batch, validation in self.paired_batches():
            if not rests:
                self.alpha_step(self.loss(validation, softmax_mixture(self.alpha, self.mask)))
            self.weight_step(batch, softmax_mixture(self.alpha, self.mask))
        stage = self.stage
        self.epoch += 1
        if self.epoch < self.n_epochs and self.stage > stage:
            self._start_stage(self._kept(stage))

    def _kept(self, stage: int) -> BoolArray:
        """The candidates without the weakest of every edge; as many are dropped as of eight, in proportion."""
        n_operations = len(self.cells.operations)
        n_dropped = max(round(DROPPED[stage] * n_operations / 8), 1)
        kept = np.argsort(-self.scores(), axis=2, kind="stable")[:, :, : int(self.mask[0, 0].sum()) - n_dropped]
        mask = np.zeros_like(self.mask)
        np.put_along_axis(mask, kept, True, axis=2)
        return mask

    def _start_stage(self, mask: BoolArray) -> None:
        self.start_stage(mask, self.n_cells[self.stage] or None)
        self._add_dropout()

    def _add_dropout(self) -> None:
        """Let skip connections of the network drop single numbers."""
        self.skips = []
        for cell in self.network.modules():
            if isinstance(cell, Cell):
                for operations in cell.edges.values():
                    table = cast(nn.ModuleDict, operations)
                    if "skip_connect" in table:
                        skip = Dropout(0.0)
                        table["skip_connect"] = _Dropped(table["skip_connect"], skip)
                        self.skips.append(skip)

    def derive(self) -> Codes:
        """The strongest operations, with at most so many skip connections in the first kind of cell."""
        scores = self.scores()
        skip = self.cells.operations.index("skip_connect")
        while True:
            strongest = self.cells.strongest(scores)
            edges = np.flatnonzero(np.array(strongest.choices[0]) == skip)
            others = self.mask[0, edges] & self.cells.choosable & (np.arange(len(self.cells.operations)) != skip)
            edges = edges[others.any(axis=1)]
            if _n_skips(strongest, skip) <= self.max_skips or not len(edges):
                return self.cells.encode(strongest)
            scores[0, edges[np.argmin(scores[0, edges, skip])], skip] = -1.0

    def load(self, state: Mapping[str, Any]) -> None:
        """See ``SupernetSearch.load``; the stage's network is built first."""
        self.epoch = state["epoch"]
        if self.stage:
            self._start_stage(state["mask"].numpy())
        super().load(state)


def _n_skips(architecture: Architecture, skip: int) -> int:
    return sum(operation == skip for operation in architecture.choices[0])


class _Dropped(nn.Module):
    """A skip connection, then dropout."""

    def __init__(self, operation: nn.Module, dropout: Dropout) -> None:
        super().__init__()
        self.operation, self.dropout = operation, dropout

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) -> that of the operation."""
        return cast(Tensor, self.dropout(self.operation(x)))
