"""Layers that draw random numbers from a generator of their own, and combinations used by several networks."""

from functools import partial
from typing import TypeVar, cast

import torch
from torch import Tensor, nn


class RandomLayer(nn.Module):
    """A layer that draws random numbers; the training sets its generator, which lies on the layer's device."""

    generator: torch.Generator | None = None

    def draw(self, template: Tensor, keep: float) -> Tensor:
        """A mask of the template's shape: 1 / keep with probability ``keep``, else 0."""
        return torch.empty_like(template).bernoulli_(keep, generator=self.generator).div_(keep)


class Dropout(RandomLayer):
    """Sets single numbers to zero while training.

    Args:
        probability: Of each number, in [0, 1).
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """Any shape -> the same shape."""
        if not self.training or not self.probability:
            return x
        return x * self.draw(x, 1.0 - self.probability)


class DropPath(RandomLayer):
    """Sets the result of a path to zero for whole images while training.

    Args:
        probability: Of each image, in [0, 1).

    Source: larsson2017, section 3.1.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """(batch, ...) -> the same shape."""
        if not self.training or not self.probability:
            return x
        return x * self.draw(x[(slice(None),) + (slice(0, 1),) * (x.dim() - 1)], 1.0 - self.probability)


class RampedDropPath(DropPath):
    """Drop path whose probability grows with the share of the training that is over; who trains sets the share.

    Args:
        probability: Of each image in the end, in [0, 1).

    Source: liu2019, released code.
    """

    def __init__(self, probability: float) -> None:
        super().__init__(probability)
        self.share = 1.0

    def forward(self, x: Tensor) -> Tensor:
        """(batch, ...) -> the same shape."""
        probability = self.probability * self.share
        if not self.training or not probability:
            return x
        return x * self.draw(x[(slice(None),) + (slice(0, 1),) * (x.dim() - 1)], 1.0 - probability)


class ConvBatchNorm(nn.Module):
    """Convolution without bias, batch normalisation, and a ReLU before or after.

    Args:
        n_in: Input channels.
        n_out: Output channels.
        kernel: Width of the kernel, odd; the size is kept at stride 1.
        stride: Of the convolution.
        groups: Of the convolution.
        relu: Where the ReLU is: ``before``, ``after`` (also as ``after-6``, cut at 6) or ``none``.
        momentum: Of the batch normalisation's running statistics.
        affine: Whether the batch normalisation has weights.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        relu: str = "none",
        momentum: float = 0.1,
        affine: bool = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(n_out, momentum=momentum, affine=affine)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n_in, height, width) -> (batch, n_out, height / stride, width / stride)."""
        x = cast(Tensor, self.norm(self.conv(torch.relu(x) if self.relu == "before" else x)))
        if self.relu == "after":
            return torch.relu(x)
        return nn.functional.relu6(x) if self.relu == "after-6" else x


def parameter_count(module: nn.Module) -> int:
    """Number of trained numbers of a plain network."""
    return sum(values.numel() for values in module.parameters())


Network = TypeVar("Network", bound=nn.Module)


def channels_last(network: Network) -> Network:
    """The same network with its weights in the order that convolutions are fastest with.

    1x1 convolutions with a stride read every stride-th pixel first, and have no stride then. The values are the same;
    but torch 2.13's gradient of a strided one's weights writes past its memory on the CPU when channels come last.

    Args:
        network: Changed in place.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1) and module.padding in ((0, 0), "valid"):
            rows, columns = module.stride
            if (rows, columns) != (1, 1):
                module.stride = (1, 1)
                module.register_forward_pre_hook(partial(_every, rows, columns))
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]  # stub lacks it


def _every(rows: int, columns: int, module: nn.Module, images: tuple[Tensor]) -> tuple[Tensor]:
    return (images[0][..., ::rows, ::columns],)
