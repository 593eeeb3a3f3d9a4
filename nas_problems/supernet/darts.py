"""The network of DARTS: normal cells with two reduction cells among them, an auxiliary head, drop path.

With several candidates per edge it is the supernet, with one it is the network that is trained in the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor, nn

from nas_problems.array import BoolArray
from nas_problems.network.layer import channels_last
from nas_problems.network.shape import ImageShape, ImpossibleShapeError
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
from nas_problems.supernet.operation import FactorizedReduce, ReluConvNorm
from nas_problems.supernet.space import DARTS, Architecture, CellSpace

Stem = Literal["small", "large"]
"""``small``: one 3x3 convolution; ``large``: three of stride two, for images of 224 pixels."""


def reduction_cells(n_cells: int) -> tuple[int, ...]:
    """Places of the reduction cells, a third and two thirds up.

    >>> reduction_cells(8), reduction_cells(20)
    ((2, 5), (6, 13))
    """
    return tuple(sorted({n_cells // 3, 2 * n_cells // 3}))


def input_modules(before: int, last: int, channels: int, *, after_reduction: bool, affine: bool) -> list[nn.Module]:
    """What brings a cell's two inputs to its channels.

    Args:
        before: Channels of the output of the cell before the last one.
        last: Channels of the output of the last cell.
        channels: Of this cell.
        after_reduction: Whether the last cell halved the resolution.
        affine: Whether batch normalisation has weights.
    """
    first: nn.Module = ReluConvNorm(nn.Conv2d(before, channels, 1, bias=False), affine=affine)
    if after_reduction:
        first = FactorizedReduce(before, channels, affine=affine)
    return [first, ReluConvNorm(nn.Conv2d(last, channels, 1, bias=False), affine=affine)]


class AuxiliaryHead(nn.Module):
    """A second head two thirds up, that helps to train.

    Args:
        channels: Of its input.
        size: Smaller of height and width of its input.
        n_classes: Classes.

    Source: szegedy2015, section 5; liu2019, released code.
    """

    def __init__(self, channels: int, size: int, n_classes: int) -> None:
        super().__init__()
        strides = {8: 3, 7: 2}  # of small and large images in the released code
        self.pool = nn.AvgPool2d(5, stride=strides[size]) if size in strides else nn.AdaptiveAvgPool2d(2)
        self.narrow, self.narrow_norm = nn.Conv2d(channels, 128, 1, bias=False), nn.BatchNorm2d(128)
        self.widen, self.widen_norm = nn.Conv2d(128, 768, 2, bias=False), nn.BatchNorm2d(768)
        self.head = nn.Linear(768, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) -> logits (batch, n_classes)."""
        x = torch.relu(self.narrow_norm(self.narrow(self.pool(torch.relu(x)))))
        return cast(Tensor, self.head(torch.relu(self.widen_norm(self.widen(x))).flatten(1)))


class DartsNetwork(Network):
    """A stem, cells, a linear head.

    Args:
        cells: The space, with the kinds normal and reduction.
        candidates: Operations of the edges of both kinds.
        shape: Of the images.
        channels: Of the first cells; doubled in every reduction cell.
        n_cells: Cells.
        affine: Whether batch normalisation has weights.
        auxiliary: Whether there is an auxiliary head.
        drop_path: Probability with which an operation gives nothing for an image while training.
        stem: See ``Stem``.
        normed: Whether pooling is followed by batch normalisation.

    Raises:
        ImpossibleShapeError: Images too small for the stem of large ones.

    Source: liu2019, section 3 and released code; yang2020.
    """

    def __init__(
        self,
        cells: CellSpace,
        candidates: Candidates,
        shape: ImageShape,
        *,
        channels: int,
        n_cells: int,
        affine: bool,
        auxiliary: bool = False,
        drop_path: float = 0.0,
        stem: Stem = "small",
        normed: bool = True,
    ) -> None:
        super().__init__()
        size = min(shape.height, shape.width)
        if stem == "large":
            if size < 32:
                raise ImpossibleShapeError(f"stem: wanted images of at least 32 pixels, found {size}")
            self.stem = nn.Sequential(
                *_halving(shape.n_channels, channels // 2), nn.ReLU(), *_halving(channels // 2, channels)
            )
            self.stem_b: nn.Module | None = nn.Sequential(nn.ReLU(), *_halving(channels, channels))
            before, last, size = channels, channels, -(-size // 8)
        else:
            before = last = 3 * channels
            convolution = nn.Conv2d(shape.n_channels, last, 3, padding=1, bias=False)
            self.stem, self.stem_b = nn.Sequential(convolution, nn.BatchNorm2d(last)), None
        self.reductions = reduction_cells(n_cells)
        self.cells, self.auxiliary, self.branch = nn.ModuleList(), None, 2 * n_cells // 3
        after_reduction = stem == "large"
        for place in range(n_cells):
            is_reduction = place in self.reductions
            channels, size = (2 * channels, -(-size // 2)) if is_reduction else (channels, size)
            cell = Cell(
                cells,
                candidates[int(is_reduction)],
                operation_maker(channels, affine=affine, normed=normed),
                input_modules(before, last, channels, after_reduction=after_reduction, affine=affine),
                reduces=is_reduction,
                drop_path=drop_path,
            )
            self.cells.append(cell)
            before, last, after_reduction = last, cells.n_nodes * channels, is_reduction
            if auxiliary and place == self.branch:
                self.auxiliary = AuxiliaryHead(last, size, shape.n_classes)
        self.head = nn.Linear(last, shape.n_classes)

    def forward(self, images: Tensor, mixture: Mixture | None = None) -> Logits:
        """See ``Network.forward``."""
        weights = factors(mixture, images)
        before = self.stem(images)
        last = before if self.stem_b is None else self.stem_b(before)
        branched = last
        for place, cell in enumerate(self.cells):
            kind = int(place in self.reductions)
            active = None if mixture is None else mixture.active[kind]
            before, last = last, cell([before, last], active, weights and weights[kind])
            if place == self.branch:
                branched = last
        logits = cast(Tensor, self.head(last.mean(dim=(2, 3))))
        if self.auxiliary is None or not self.training:
            return logits
        return logits, cast(Tensor, self.auxiliary(branched))


def _halving(n_in: int, n_out: int) -> Sequence[nn.Module]:
    return nn.Conv2d(n_in, n_out, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(n_out)


@dataclass(frozen=True)
class DartsBackbone:
    """Normal and reduction cells.

    Args:
        channels: Of the first cells.
        n_cells: Cells.
        cells: The space.
        auxiliary: Whether stand-alone networks have an auxiliary head.
        drop_path: Of stand-alone networks, see ``DartsNetwork``.
        stem: See ``Stem``.
        normed: Whether pooling is followed by batch normalisation.
    """

    channels: int = 16
    n_cells: int = 8
    cells: CellSpace = DARTS
    auxiliary: bool = False
    drop_path: float = 0.0
    stem: Stem = "small"
    normed: bool = True

    def supernet(self, shape: ImageShape, mask: BoolArray, *, n_cells: int | None = None) -> DartsNetwork:
        """See ``Backbone.supernet``."""
        network = DartsNetwork(
            self.cells,
            candidates_of(mask),
            shape,
            channels=self.channels,
            n_cells=self.n_cells if n_cells is None else n_cells,
            affine=False,
            stem=self.stem,
            normed=self.normed,
        )
        return cast(DartsNetwork, as_supernet(network))

    def stand_alone(self, shape: ImageShape, architecture: Architecture) -> DartsNetwork:
        """See ``Backbone.stand_alone``."""
        network = DartsNetwork(
            self.cells,
            candidates_of_one(architecture),
            shape,
            channels=self.channels,
            n_cells=self.n_cells,
            affine=True,
            auxiliary=self.auxiliary,
            drop_path=self.drop_path,
            stem=self.stem,
            normed=self.normed,
        )
        return channels_last(network)
