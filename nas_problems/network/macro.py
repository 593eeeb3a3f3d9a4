"""NAS-Bench-Macro networks: a stem, eight blocks in a chain, a wide 1x1 convolution and a linear head."""

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

from nas_problems.network.layer import ConvBatchNorm

STAGES = ((64, 2), (64, 1), (128, 2), (128, 1), (128, 1), (256, 2), (256, 1), (256, 1))
"""Output channels and stride of the eight blocks."""


class InvertedResidual(nn.Module):
    """Widen by 1x1, depthwise convolution, narrow by 1x1; a shortcut where the shape stays.

    Args:
        n_in: Input channels.
        n_out: Output channels.
        stride: Of the depthwise convolution.
        expansion: How many times wider the inside is.
        kernel: Of the depthwise convolution.
    """

    def __init__(self, n_in: int, n_out: int, *, stride: int, expansion: int, kernel: int) -> None:
        super().__init__()
        inside = expansion * n_in
        self.layers = nn.Sequential(
            ConvBatchNorm(n_in, inside, 1, relu="after-6"),
            ConvBatchNorm(inside, inside, kernel, stride=stride, groups=inside, relu="after-6"),
            ConvBatchNorm(inside, n_out, 1),
        )
        self.has_shortcut = stride == 1 and n_in == n_out

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n_in, height, width) -> (batch, n_out, height / stride, width / stride)."""
        y = cast(Tensor, self.layers(x))
        return x + y if self.has_shortcut else y


def macro_block(kind: int, n_in: int, n_out: int, stride: int) -> nn.Module:
    """Block 0 (identity), 1 (expansion 3, kernel 3) or 2 (expansion 6, kernel 5).

    The identity is a 1x1 convolution with batch normalisation where the shape changes.
    """
    if kind == 0:
        same = stride == 1 and n_in == n_out
        return nn.Identity() if same else ConvBatchNorm(n_in, n_out, 1, stride=stride)
    expansion, kernel = (3, 3) if kind == 1 else (6, 5)
    return InvertedResidual(n_in, n_out, stride=stride, expansion=expansion, kernel=kernel)


class MacroNetwork(nn.Module):
    """One NAS-Bench-Macro network.

    Args:
        blocks: Kind of each of the eight blocks, 0 ... 2.
        n_channels: Channels of the images.
        n_classes: Classes.

    Source: su2021, section 4.1; the published parameters and FLOPs of all 6,561 networks agree.
    """

    def __init__(self, blocks: Sequence[int], *, n_channels: int, n_classes: int) -> None:
        super().__init__()
        self.stem = ConvBatchNorm(n_channels, 32, 3, relu="after-6")
        width = 32
        layers = []
        for kind, (n_out, stride) in zip(blocks, STAGES, strict=True):
            layers.append(macro_block(kind, width, n_out, stride))
            width = n_out
        self.blocks = nn.Sequential(*layers)
        self.last = ConvBatchNorm(width, 1280, 1, relu="after-6")
        self.head = nn.Linear(1280, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, n_channels, height, width) -> logits (batch, n_classes)."""
        return cast(Tensor, self.head(self.last(self.blocks(self.stem(images))).mean(dim=(2, 3))))
