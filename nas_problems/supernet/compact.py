"""Compact networks: blocks of equal normal cells with fixed reduction cells between them."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from nas_problems.array import BoolArray, FloatArray
from nas_problems.network.layer import channels_last
from nas_problems.network.measure import mac_count
from nas_problems.network.shape import ImageShape
from nas_problems.supernet.backbone import (
    Logits,
    Network,
    as_supernet,
    candidates_of,
    candidates_of_one,
    factors,
    operation_maker,
)
from nas_problems.supernet.cell import Candidates, Cell
from nas_problems.supernet.darts import input_modules
from nas_problems.supernet.mixture import Mixture
from nas_problems.supernet.operation import ReluConvNorm, make_operation
from nas_problems.supernet.space import COMPACT, Architecture, CellSpace


class FixedReductionCell(nn.Module):
    """The reduction cell that GDAS does not search: a split 3x3 convolution and max-pooling of both inputs.

    Args:
        before: Channels of the output of the cell before the last one.
        last: Channels of the output of the last cell.
        channels: Of each of the four parts of the output.
        after_reduction: Whether the last cell halved the resolution.

    Source: dong2019, figure 4 and released code.
    """

    def __init__(self, before: int, last: int, channels: int, *, after_reduction: bool) -> None:
        super().__init__()
        inputs = input_modules(before, last, channels, after_reduction=after_reduction, affine=True)
        self.inputs = nn.ModuleList(inputs)
        self.convolutions = nn.ModuleList(_split_convolution(channels) for _ in range(2))
        self.pools = nn.ModuleList(
            nn.Sequential(nn.MaxPool2d(3, stride=2, padding=1), nn.BatchNorm2d(channels)) for _ in range(2)
        )

    def forward(self, before: Tensor, last: Tensor) -> Tensor:
        """Two outputs (batch, ..., height, width) -> (batch, 4 channels, height / 2, width / 2)."""
        nodes = [module(x) for module, x in zip(self.inputs, (before, last), strict=True)]
        convolved = [layer(x) for layer, x in zip(self.convolutions, nodes, strict=True)]
        return torch.cat(convolved + [layer(x) for layer, x in zip(self.pools, nodes, strict=True)], dim=1)


def _split_convolution(n: int) -> nn.Module:
    groups = 8 if n % 8 == 0 else 1
    wide = nn.Conv2d(n, n, (1, 3), stride=(1, 2), padding=(0, 1), groups=groups, bias=False)
    high = nn.Conv2d(n, n, (3, 1), stride=(2, 1), padding=(1, 0), groups=groups, bias=False)
    return nn.Sequential(
        ReluConvNorm(wide, high, affine=True), ReluConvNorm(nn.Conv2d(n, n, 1, bias=False), affine=True)
    )


class CompactNetwork(Network):
    """A stem, blocks of cells, a linear head.

    Args:
        cells: The space.
        candidates: Operations of the edges of the one kind of cell.
        shape: Of the images.
        channels: Of the first block; doubled in every reduction cell.
        depths: Cells of each block.
        affine: Whether batch normalisation within normal cells has weights.
        drop_path: Probability with which an operation gives nothing for an image while training.

    Source: traore2021compact, figure 5.6.
    """

    def __init__(
        self,
        cells: CellSpace,
        candidates: Candidates,
        shape: ImageShape,
        *,
        channels: int,
        depths: tuple[int, ...],
        affine: bool,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(shape.n_channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )
        before = last = channels
        after_reduction = False
        self.reductions, self.blocks = nn.ModuleList(), nn.ModuleList()
        for block, depth in enumerate(depths):
            if block:
                channels *= 2
                self.reductions.append(FixedReductionCell(before, last, channels, after_reduction=after_reduction))
                before, last, after_reduction = last, 4 * channels, True
            layers = nn.ModuleList()
            for _ in range(depth):
                inputs = input_modules(before, last, channels, after_reduction=after_reduction, affine=affine)
                make = operation_maker(channels, affine=affine, normed=True)
                layers.append(Cell(cells, candidates[0], make, inputs, drop_path=drop_path))
                before, last, after_reduction = last, cells.n_nodes * channels, False
            self.blocks.append(layers)
            before = last  # after a block of one cell, too: its input can have other channels
        self.head = nn.Linear(last, shape.n_classes)

    def forward(self, images: Tensor, mixture: Mixture | None = None) -> Logits:
        """See ``Network.forward``."""
        weights = factors(mixture, images)
        active = None if mixture is None else mixture.active[0]
        shares = None if mixture is None or mixture.depths is None else mixture.depths.to(images.device)
        before = last = self.stem(images)
        for block, layers in enumerate(cast(list[nn.ModuleList], self.blocks)):
            if block:
                before, last = last, self.reductions[block - 1](before, last)
            outputs = [(before, last)]
            for cell in layers:
                before, last = last, cell([before, last], active, weights and weights[0])
                outputs.append((before, last))
            if shares is not None:
                before, last = _mixed_depths(outputs, shares[block, : len(layers)])
            elif before.shape != last.shape:
                before = last
        return cast(Tensor, self.head(last.mean(dim=(2, 3))))


def _mixed_depths(outputs: list[tuple[Tensor, Tensor]], shares: Tensor) -> tuple[Tensor, Tensor]:
    """The block's last two outputs, weighted over its depths.

    After one cell the output before is the block's input; that of the first block has other channels, and its
    share goes to the output of the first cell.
    """
    lasts = [last for _, last in outputs[1:]]
    befores = [before if before.shape == lasts[0].shape else lasts[0] for before, _ in outputs[1:]]
    parts = list(shares.unbind())
    pairs = list(zip(parts, befores, lasts, strict=True))
    before, last = pairs[0][1] * pairs[0][0], pairs[0][2] * pairs[0][0]
    for share, one, other in pairs[1:]:
        before, last = torch.addcmul(before, one, share), torch.addcmul(last, other, share)
    return before, last


@dataclass(frozen=True)
class CompactBackbone:
    """Blocks of equal normal cells.

    Args:
        channels: Of the first block.
        depths: Cells of each block, where an architecture does not say.
        cells: The space; with ``max_depths``, a supernet has as many cells.
        drop_path: Of stand-alone networks.
    """

    channels: int = 16
    depths: tuple[int, ...] = (3, 3, 3)
    cells: CellSpace = COMPACT
    drop_path: float = 0.0

    def supernet(self, shape: ImageShape, mask: BoolArray, *, n_cells: int | None = None) -> CompactNetwork:
        """See ``Backbone.supernet``; ``n_cells`` counts the cells of a block."""
        depths = self.cells.max_depths or self.depths
        network = CompactNetwork(
            self.cells,
            candidates_of(mask),
            shape,
            channels=self.channels,
            depths=depths if n_cells is None else (n_cells,) * len(depths),
            affine=False,
        )
        return cast(CompactNetwork, as_supernet(network))

    def stand_alone(self, shape: ImageShape, architecture: Architecture) -> CompactNetwork:
        """See ``Backbone.stand_alone``."""
        network = CompactNetwork(
            self.cells,
            candidates_of_one(architecture),
            shape,
            channels=self.channels,
            depths=architecture.depths or self.depths,
            affine=True,
            drop_path=self.drop_path,
        )
        return channels_last(network)

    def operation_macs(self, shape: ImageShape) -> FloatArray:
        """Multiply-accumulates of every operation in a cell of each block, (blocks, operations)."""
        import numpy as np

        rows = []
        for block in range(len(self.cells.max_depths or self.depths)):
            channels, height, width = self.channels << block, shape.height, shape.width
            for _ in range(block):
                height, width = -(-height // 2), -(-width // 2)
            seen = ImageShape(channels, height, width, 0)
            names = self.cells.operations
            rows.append([0 if name == "none" else mac_count(make_operation(name, channels), seen) for name in names])
        return np.array(rows, dtype=np.float64)
