"""CIFAR-style residual networks of 6n + 2 layers, for any number of channels and classes."""

from typing import cast

import torch
from torch import Tensor, nn

from nas_problems.network.layer import ConvBatchNorm

WIDTHS = (16, 32, 64)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where the shape changes."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.conv_a = ConvBatchNorm(n_in, n_out, 3, stride=stride, relu="after")
        self.conv_b = ConvBatchNorm(n_out, n_out, 3)
        same = stride == 1 and n_in == n_out
        self.shortcut = nn.Identity() if same else ConvBatchNorm(n_in, n_out, 1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n_in, height, width) -> (batch, n_out, height / stride, width / stride)."""
        return torch.relu(self.shortcut(x) + self.conv_b(self.conv_a(x)))


class ResNet(nn.Module):
    """ResNet-8, 20, 32, 56, 110 and so on: three stages of n blocks, 6n + 2 layers.

    Args:
        depth: Layers, 6n + 2.
        n_channels: Channels of the images.
        n_classes: Classes.

    Raises:
        ValueError: A depth that is not 8, 14, 20, ...

    Source: he2016, section 4.2, with 1x1 convolutions as shortcuts (option B).
    """

    def __init__(self, depth: int, *, n_channels: int, n_classes: int) -> None:
        super().__init__()
        n_blocks, rest = divmod(depth - 2, 6)
        if rest or n_blocks < 1:
            raise ValueError(f"depth: wanted 6 n + 2 = 8, 14, 20, ..., found {depth}")
        self.stem = ConvBatchNorm(n_channels, WIDTHS[0], 3, relu="after")
        blocks, width = [], WIDTHS[0]
        for stage, n_out in enumerate(WIDTHS):
            for block in range(n_blocks):
                blocks.append(BasicBlock(width, n_out, 2 if stage and not block else 1))
                width = n_out
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(width, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, n_channels, height, width) -> logits (batch, n_classes)."""
        return cast(Tensor, self.head(self.blocks(self.stem(images)).mean(dim=(2, 3))))
