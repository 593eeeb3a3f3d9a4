"""Stages of equal cells with residual blocks between them: the backbone of NAS-Bench-201."""

from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor, nn

from nas_problems.array import BoolArray
from nas_problems.network.cell201 import ResidualBlock
from nas_problems.network.layer import channels_last
from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import CellSkeleton
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
from nas_problems.supernet.mixture import Mixture
from nas_problems.supernet.space import NB201, Architecture, CellSpace


class StagedNetwork(Network):
    """A stem, stages of cells, a linear head.

    Args:
        cells: The space.
        candidates: Operations of the edges of the one kind of cell.
        shape: Of the images.
        skeleton: Stages and channels.
        affine: Whether batch normalisation within cells has weights.

    Source: dong2020, section 2.1.
    """

    def __init__(
        self, cells: CellSpace, candidates: Candidates, shape: ImageShape, skeleton: CellSkeleton, *, affine: bool
    ) -> None:
        super().__init__()
        channels = skeleton.channels
        self.stem = nn.Conv2d(shape.n_channels, channels, 3, stride=skeleton.stem_stride, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(channels)
        self.layers = nn.ModuleList()
        for is_cell, width in skeleton.layers:
            make = operation_maker(width, affine=affine, normed=False)
            cell = Cell(cells, candidates[0], make, [nn.Identity()], join="last") if is_cell else ResidualBlock(width)
            self.layers.append(cell)
        self.last_norm = nn.BatchNorm2d(skeleton.last_channels)
        self.head = nn.Linear(skeleton.last_channels, shape.n_classes)

    def forward(self, images: Tensor, mixture: Mixture | None = None) -> Logits:
        """See ``Network.forward``."""
        active = None if mixture is None else mixture.active[0]
        weights = factors(mixture, images)
        x = self.stem_norm(self.stem(images))
        for layer in self.layers:
            x = layer([x], active, weights and weights[0]) if isinstance(layer, Cell) else layer(x)
        return cast(Tensor, self.head(torch.relu(self.last_norm(x)).mean(dim=(2, 3))))


@dataclass(frozen=True)
class StagedBackbone:
    """Stages of equal cells.

    Args:
        skeleton: Stages and channels.
        cells: The space; it has one kind of cell with one input.
    """

    skeleton: CellSkeleton = field(default_factory=CellSkeleton)
    cells: CellSpace = NB201

    def supernet(self, shape: ImageShape, mask: BoolArray, *, n_cells: int | None = None) -> StagedNetwork:
        """See ``Backbone.supernet``; ``n_cells`` counts the cells of a stage."""
        skeleton = self.skeleton if n_cells is None else _with_cells(self.skeleton, n_cells)
        network = StagedNetwork(self.cells, candidates_of(mask), shape, skeleton, affine=False)
        return cast(StagedNetwork, as_supernet(network))

    def stand_alone(self, shape: ImageShape, architecture: Architecture) -> StagedNetwork:
        """See ``Backbone.stand_alone``."""
        network = StagedNetwork(self.cells, candidates_of_one(architecture), shape, self.skeleton, affine=True)
        return channels_last(network)


def _with_cells(skeleton: CellSkeleton, n_cells: int) -> CellSkeleton:
    return CellSkeleton(skeleton.channels, n_cells, skeleton.n_stages, skeleton.stem_stride)
