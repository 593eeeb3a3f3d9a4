"""Operations on edges, by name."""

from collections.abc import Callable, Mapping
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_problems.network.layer import ConvBatchNorm


class FactorizedReduce(nn.Module):
    """Half the resolution without losing pixels: two 1x1 convolutions of stride two, the second a pixel further.

    Source: liu2019, released code.
    """

    def __init__(self, n_in: int, n_out: int, *, affine: bool = True) -> None:
        super().__init__()
        self.conv_a = nn.Conv2d(n_in, n_out // 2, 1, stride=2, bias=False)
        self.conv_b = nn.Conv2d(n_in, n_out - n_out // 2, 1, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(n_out, affine=affine)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n_in, height, width) -> (batch, n_out, ceil(height / 2), ceil(width / 2))."""
        x = torch.relu(x)
        shifted = functional.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]  # by one pixel; the padding matters to odd sizes only
        return cast(Tensor, self.norm(torch.cat([self.conv_a(x), self.conv_b(shifted)], dim=1)))


class ReluConvNorm(nn.Sequential):
    """ReLU, convolutions, batch normalisation.

    Args:
        convolutions: One or several, in their order.
        affine: Whether the normalisation has weights.
    """

    def __init__(self, *convolutions: nn.Conv2d, affine: bool) -> None:
        norm = nn.BatchNorm2d(convolutions[-1].out_channels, affine=affine)
        super().__init__(nn.ReLU(), *convolutions, norm)


def _conv(
    n_in: int, n_out: int, kernel: int | tuple[int, int], stride: int | tuple[int, int] = 1, groups: int = 1
) -> nn.Conv2d:
    sizes = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    padding = (sizes[0] // 2, sizes[1] // 2)
    return nn.Conv2d(n_in, n_out, sizes, stride=stride, padding=padding, groups=groups, bias=False)


def _separable(kernel: int, n: int, stride: int, affine: bool) -> nn.Module:
    first = ReluConvNorm(_conv(n, n, kernel, stride, groups=n), _conv(n, n, 1), affine=affine)
    return nn.Sequential(first, ReluConvNorm(_conv(n, n, kernel, groups=n), _conv(n, n, 1), affine=affine))


def _dilated(kernel: int, n: int, stride: int, affine: bool) -> nn.Module:
    depthwise = nn.Conv2d(n, n, kernel, stride=stride, padding=kernel - 1, dilation=2, groups=n, bias=False)
    return ReluConvNorm(depthwise, _conv(n, n, 1), affine=affine)


def _pool(kind: str, n: int, stride: int, affine: bool, normed: bool) -> nn.Module:
    layer = nn.MaxPool2d(3, stride, 1) if kind == "max" else nn.AvgPool2d(3, stride, 1, count_include_pad=False)
    return nn.Sequential(layer, nn.BatchNorm2d(n, affine=affine)) if normed else layer


def _skip(n: int, stride: int, affine: bool) -> nn.Module:
    return nn.Identity() if stride == 1 else FactorizedReduce(n, n, affine=affine)


class ChannelAttention(nn.Module):
    """Weights channels by what their means say: squeeze to a quarter, excite, multiply.

    Source: weng2019; the squeeze-and-excitation of hu2018.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.squeeze, self.excite = nn.Linear(n, max(n // 4, 1)), nn.Linear(max(n // 4, 1), n)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n, height, width) -> the same shape."""
        weights = torch.sigmoid(self.excite(torch.relu(self.squeeze(x.mean(dim=(2, 3))))))
        return x * weights[:, :, None, None]


class ChannelShuffle(nn.Module):
    """Mixes the channels of groups."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) -> the same shape."""
        return functional.channel_shuffle(x, self.groups)


def _shuffle(n: int, stride: int, affine: bool) -> nn.Module:
    groups = 2 if n % 2 == 0 else 1
    return nn.Sequential(
        ReluConvNorm(_conv(n, n, 1, groups=groups), affine=affine),
        ChannelShuffle(groups),
        ReluConvNorm(_conv(n, n, 3, stride, groups=n), _conv(n, n, 1, groups=groups), affine=affine),
    )


Make = Callable[[int, int, bool], nn.Module]
"""(channels, stride, affine) -> an operation that keeps the channels."""

_OPERATIONS: Mapping[str, Make] = {
    "skip_connect": _skip,
    "sep_conv_3x3": lambda n, stride, affine: _separable(3, n, stride, affine),
    "sep_conv_5x5": lambda n, stride, affine: _separable(5, n, stride, affine),
    "sep_conv_7x7": lambda n, stride, affine: _separable(7, n, stride, affine),
    "dil_conv_3x3": lambda n, stride, affine: _dilated(3, n, stride, affine),
    "dil_conv_5x5": lambda n, stride, affine: _dilated(5, n, stride, affine),
    "conv_7x1_1x7": lambda n, stride, affine: ReluConvNorm(
        _conv(n, n, (1, 7), (1, stride)), _conv(n, n, (7, 1), (stride, 1)), affine=affine
    ),
    "attention_conv_3x3": lambda n, stride, affine: nn.Sequential(
        ReluConvNorm(_conv(n, n, 3, stride, groups=n), _conv(n, n, 1), affine=affine), ChannelAttention(n)
    ),
    "shuffle_conv_3x3": _shuffle,
    "nor_conv_1x1": lambda n, stride, affine: ConvBatchNorm(n, n, 1, stride=stride, relu="before", affine=affine),
    "nor_conv_3x3": lambda n, stride, affine: ConvBatchNorm(n, n, 3, stride=stride, relu="before", affine=affine),
}


def make_operation(name: str, channels: int, *, stride: int = 1, affine: bool = True, normed: bool = True) -> nn.Module:
    """An operation that keeps the number of channels.

    Args:
        name: E.g. ``sep_conv_3x3``; ``none`` is not a module.
        channels: Channels of input and output.
        stride: 1 or 2.
        affine: Whether batch normalisation has weights; a supernet's has none.
        normed: Whether pooling is followed by batch normalisation.

    Raises:
        KeyError: An unknown operation.

    Source: liu2019, section 3.1 and released code; dong2020, section 2.1.
    """
    if name in ("max_pool_3x3", "avg_pool_3x3"):
        return _pool(name[:3], channels, stride, affine, normed)
    return _OPERATIONS[name](channels, stride, affine)
