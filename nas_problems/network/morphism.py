"""Network morphisms: a larger network that computes what a smaller, trained one computes, to go on training from.

Source: elsken2017, section 3; chen2016.
"""

from itertools import accumulate, pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_problems.network.layer import ConvBatchNorm
from nas_problems.network.lineage import Architecture, Morphism


class GrownNetwork(nn.Module):
    """A network of blocks that read earlier ones, a mean over all pixels, and a linear head.

    Args:
        architecture: Its blocks.
        n_channels: Channels of the images.
        n_classes: Classes.
    """

    def __init__(self, architecture: Architecture, *, n_channels: int, n_classes: int) -> None:
        super().__init__()
        self.architecture, self.n_channels, self.n_classes = architecture, n_channels, n_classes
        widths = [block.width for block in architecture.blocks]
        self.blocks = nn.ModuleList(
            ConvBatchNorm(sum(self.read_widths(k)), widths[k], 3, relu="after") for k in range(len(widths))
        )
        self.head = nn.Linear(widths[-1], n_classes)

    @property
    def layers(self) -> list[ConvBatchNorm]:
        """The blocks."""
        return [cast(ConvBatchNorm, layer) for layer in self.blocks]

    def read_widths(self, k: int) -> list[int]:
        """Channels of what block k reads."""
        blocks = self.architecture.blocks
        return [self.n_channels if source < 0 else blocks[source].width for source in blocks[k].sources]

    def outputs(self, images: Tensor) -> list[Tensor]:
        """What every block gives."""
        outputs: list[Tensor] = []
        for block, layer in zip(self.architecture.blocks, self.layers, strict=True):
            inputs = []
            for source in block.sources:
                x, stage = (images, 0) if source < 0 else (outputs[source], self.architecture.blocks[source].stage)
                for _ in range(stage, block.stage):
                    x = functional.max_pool2d(x, 2, ceil_mode=True)
                inputs.append(x)
            outputs.append(cast(Tensor, layer(torch.cat(inputs, dim=1) if len(inputs) > 1 else inputs[0])))
        return outputs

    def forward(self, images: Tensor) -> Tensor:
        """(batch, n_channels, height, width) -> logits (batch, n_classes)."""
        return cast(Tensor, self.head(self.outputs(images)[-1].mean(dim=(2, 3))))


def grown(network: GrownNetwork, morphism: Morphism, generator: torch.Generator, images: Tensor) -> GrownNetwork:
    """The network after a morphism, with weights by which it computes the same.

    In evaluation mode, logits are equal up to rounding. While training, batch normalization takes the statistics of
    each batch, so that a new block is the identity only as far as a batch is like ``images``.

    Differs: the copies of a widened channel do not share its outgoing weights equally, but at random, as copies with
    equal weights would have equal gradients for ever.

    Args:
        network: Not changed.
        morphism: One that its architecture has a place for.
        generator: Draws which channels are copied.
        images: A batch, whose statistics the batch normalization of a new block starts from.
    """
    child = GrownNetwork(
        network.architecture.after(morphism), n_channels=network.n_channels, n_classes=network.n_classes
    )
    with torch.no_grad():
        if morphism.kind == "deeper":
            _deepen(network, child, morphism.block, images)
        elif morphism.kind == "wider":
            _widen(network, child, morphism.block, generator)
        else:
            _copy(network, child)
    return child.to(next(network.parameters()).device)


def _copy(network: GrownNetwork, child: GrownNetwork) -> None:
    """Equal weights; those of what a block reads in addition are 0."""
    for layer, new in zip(network.layers, child.layers, strict=True):
        new.norm.load_state_dict(layer.norm.state_dict())
        new.conv.weight.zero_()
        new.conv.weight[:, : layer.conv.in_channels] = layer.conv.weight
    child.head.load_state_dict(network.head.state_dict())


def _deepen(network: GrownNetwork, child: GrownNetwork, at: int, images: Tensor) -> None:
    """An identity after a block: its outputs are >= 0, which a ReLU keeps."""
    others = [layer for k, layer in enumerate(child.layers) if k != at + 1]
    for layer, new in zip(network.layers, others, strict=True):
        new.load_state_dict(layer.state_dict())
    child.head.load_state_dict(network.head.state_dict())
    conv, norm = child.layers[at + 1].conv, child.layers[at + 1].norm
    nn.init.dirac_(conv.weight)
    was_training = network.training
    outputs = network.eval().outputs(images)[at]
    network.train(was_training)
    assert norm.running_mean is not None and norm.running_var is not None
    norm.running_mean.copy_(outputs.mean(dim=(0, 2, 3)))
    norm.running_var.copy_(outputs.var(dim=(0, 2, 3)))
    norm.weight.copy_((norm.running_var + norm.eps).sqrt())
    norm.bias.copy_(norm.running_mean)


def _widen(network: GrownNetwork, child: GrownNetwork, at: int, generator: torch.Generator) -> None:
    """Copies of channels, among which the weights by which they are read are divided."""
    n_old, n_new = network.architecture.blocks[at].width, child.architecture.blocks[at].width
    copied = torch.cat([torch.arange(n_old), torch.randint(n_old, (n_new - n_old,), generator=generator)])
    drawn = torch.rand(n_new, generator=generator) + 0.5
    share = drawn / torch.zeros(n_old).index_add_(0, copied, drawn)[copied]
    device = next(network.parameters()).device
    copied, share = copied.to(device), share.to(device)
    child.to(device)
    for k, (layer, new) in enumerate(zip(network.layers, child.layers, strict=True)):
        weight = layer.conv.weight
        if k == at:
            new.conv.weight.copy_(weight[copied])
            for name, values in layer.norm.state_dict().items():
                new.norm.state_dict()[name].copy_(values[copied] if values.dim() else values)
            continue
        starts = [0, *accumulate(network.read_widths(k))]
        parts = [weight[:, start:end] for start, end in pairwise(starts)]
        for place, source in enumerate(network.architecture.blocks[k].sources):
            if source == at:
                parts[place] = parts[place][:, copied] * share[:, None, None]
        new.conv.weight.copy_(torch.cat(parts, dim=1))
        new.norm.load_state_dict(layer.norm.state_dict())
    is_read = at == len(network.blocks) - 1
    child.head.weight.copy_(network.head.weight[:, copied] * share if is_read else network.head.weight)
    child.head.bias.copy_(network.head.bias)
