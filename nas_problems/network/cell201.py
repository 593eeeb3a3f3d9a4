"""NAS-Bench-201 networks: a stem, stages of equal cells, residual blocks between them, a linear head."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from nas_problems.cell.graph201 import EDGES, OPERATIONS
from nas_problems.network.layer import ConvBatchNorm, DropPath
from nas_problems.network.skeleton import CellSkeleton

NONE, SKIP, CONV1, CONV3, POOL = range(len(OPERATIONS))


class Cell(nn.Module):
    """Four nodes; node 0 is the input, every other one the sum of its incoming edges' operations.

    Args:
        code: Operation on each of the six edges, in the order of ``EDGES``.
        channels: Channels of all nodes.
        drop_path: Probability with which a convolution or pooling gives nothing for an image.
    """

    def __init__(self, code: Sequence[int], channels: int, *, drop_path: float = 0.0) -> None:
        super().__init__()
        self.code = tuple(int(operation) for operation in code)
        self.edges = nn.ModuleDict()
        for (start, end), operation in zip(EDGES, self.code, strict=True):
            if operation in (CONV1, CONV3):
                kernel = 1 if operation == CONV1 else 3
                self.edges[f"{start}_{end}"] = ConvBatchNorm(channels, channels, kernel, relu="before")
            elif operation == POOL:
                self.edges[f"{start}_{end}"] = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) -> the same shape."""
        nodes = [x]
        for node in (1, 2, 3):
            total = torch.zeros_like(x)
            for (start, end), operation in zip(EDGES, self.code, strict=True):
                if end == node and operation == SKIP:
                    total = total + nodes[start]
                elif end == node and operation != NONE:
                    total = total + self.drop_path(self.edges[f"{start}_{end}"](nodes[start]))
            nodes.append(total)
        return nodes[-1]


class ResidualBlock(nn.Module):
    """Twice the channels at half the resolution."""

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.conv_a = ConvBatchNorm(n_in, 2 * n_in, 3, stride=2, relu="before")
        self.conv_b = ConvBatchNorm(2 * n_in, 2 * n_in, 3, relu="before")
        self.shortcut = nn.Conv2d(n_in, 2 * n_in, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n_in, height, width) -> (batch, 2 n_in, ceil(height / 2), ceil(width / 2))."""
        pooled = nn.functional.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)
        return cast(Tensor, self.shortcut(pooled) + self.conv_b(self.conv_a(x)))


class CellNetwork(nn.Module):
    """One NAS-Bench-201 network.

    Args:
        code: Operation on each of the six edges.
        n_channels: Channels of the images.
        n_classes: Classes.
        skeleton: What surrounds the cell.
        drop_path: See ``Cell``.
        auxiliary: Whether a second head, two thirds up, gives logits while training.

    Source: dong2020, section 2.1. The published numbers of parameters agree on all but 204 cells, on which the
    published table has those of another cell.
    """

    def __init__(
        self,
        code: Sequence[int],
        *,
        n_channels: int,
        n_classes: int,
        skeleton: CellSkeleton,
        drop_path: float = 0.0,
        auxiliary: bool = False,
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(n_channels, skeleton.channels, 3, stride=skeleton.stem_stride, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(skeleton.channels)
        layers: list[nn.Module] = []
        for is_cell, width in skeleton.layers:
            layers.append(Cell(code, width, drop_path=drop_path) if is_cell else ResidualBlock(width))
        self.layers = nn.ModuleList(layers)
        self.last_norm = nn.BatchNorm2d(skeleton.last_channels)
        self.head = nn.Linear(skeleton.last_channels, n_classes)
        self.branch = skeleton.branch
        self.auxiliary = nn.Linear(skeleton.branch_channels, n_classes) if auxiliary else None

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """(batch, n_channels, height, width) -> logits (batch, n_classes); with an auxiliary head, while
        training, the logits of both.
        """
        x = self.stem_norm(self.stem(images))
        branched = x
        for position, layer in enumerate(self.layers):
            x = layer(x)
            if position == self.branch:
                branched = x
        logits = cast(Tensor, self.head(torch.relu(self.last_norm(x)).mean(dim=(2, 3))))
        if self.auxiliary is None or not self.training:
            return logits
        return logits, cast(Tensor, self.auxiliary(torch.relu(branched).mean(dim=(2, 3))))
