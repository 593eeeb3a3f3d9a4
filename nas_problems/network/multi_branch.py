"""Multi-branch networks: a chain of layers, each with inputs of its choice."""

from typing import cast

import torch
from torch import Tensor, nn

from nas_problems.network.layer import ConvBatchNorm
from nas_problems.network.shape import ImageShape
from nas_problems.parameter import Config

_STEM_CHANNELS = 8


class BranchLayer(nn.Module):
    """One layer: merges its inputs, and applies its operation.

    Args:
        widths: Channels of its inputs.
        operation: ``conv``, ``separable``, ``dilated`` or ``pool``.
        kernel: Width of the kernel, odd; pooling has 3.
        filters: Channels of the output.
        merge: ``sum``, after projections to the filters where channels differ, or ``concat``.
    """

    def __init__(self, widths: list[int], operation: str, kernel: int, filters: int, merge: str) -> None:
        super().__init__()
        self.is_sum = merge == "sum" and len(widths) > 1
        self.projections = nn.ModuleList(
            nn.Identity() if width == filters or not self.is_sum else ConvBatchNorm(width, filters, 1, relu="before")
            for width in widths
        )
        n_in = filters if self.is_sum else sum(widths)
        self.operation = _operation(operation, kernel, n_in, filters)

    def forward(self, inputs: list[Tensor]) -> Tensor:
        """Tensors (batch, width, height, width) -> (batch, filters, height, width)."""
        projected = [project(x) for project, x in zip(self.projections, inputs, strict=True)]
        merged = torch.stack(projected).sum(dim=0) if self.is_sum else torch.cat(projected, dim=1)
        return cast(Tensor, self.operation(merged))


def _operation(name: str, kernel: int, n_in: int, n_out: int) -> nn.Module:
    if name == "pool":
        pool = nn.MaxPool2d(3, stride=1, padding=1)
        return pool if n_in == n_out else nn.Sequential(pool, ConvBatchNorm(n_in, n_out, 1, relu="before"))
    if name == "conv":
        return ConvBatchNorm(n_in, n_out, kernel, relu="before")
    dilation = 2 if name == "dilated" else 1
    padding = dilation * (kernel // 2)
    depthwise = nn.Conv2d(n_in, n_in, kernel, padding=padding, dilation=dilation, groups=n_in, bias=False)
    return nn.Sequential(nn.ReLU(), depthwise, ConvBatchNorm(n_in, n_out, 1))


class MultiBranchNetwork(nn.Module):
    """A stem at half the resolution, layers, the mean over all pixels, and a linear head.

    Args:
        config: See ``nas_problems.cell.multi_branch.SPACE``.
        shape: Of the images.

    Source: elsken2019, section 2.
    """

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__()
        self.stem = ConvBatchNorm(shape.n_channels, _STEM_CHANNELS, 3, stride=2)
        self.inputs: list[list[int]] = []
        widths, layers = [_STEM_CHANNELS], []
        for i in range(1, int(config["n_layers"]) + 1):
            self.inputs.append([*(j for j in range(i - 1) if config[f"skip_{j}_{i}"] == "yes"), i - 1])
            layers.append(
                BranchLayer(
                    [widths[j] for j in self.inputs[-1]],
                    str(config[f"op_{i}"]),
                    int(config[f"kernel_{i}"]),
                    int(config[f"filters_{i}"]),
                    str(config.get(f"merge_{i}", "sum")),
                )
            )
            widths.append(int(config[f"filters_{i}"]))
        self.layers = nn.ModuleList(layers)
        self.head = nn.Linear(widths[-1], shape.n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, height, width) -> logits (batch, classes)."""
        outputs = [self.stem(images)]
        for inputs, layer in zip(self.inputs, self.layers, strict=True):
            outputs.append(layer([outputs[j] for j in inputs]))
        return cast(Tensor, self.head(torch.relu(outputs[-1]).mean(dim=(2, 3))))
