"""What surrounds the cells, and how it becomes a supernet or a stand-alone network."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn

from nas_problems.array import BoolArray
from nas_problems.network.fit import Part
from nas_problems.network.layer import DropPath, channels_last
from nas_problems.network.shape import ImageShape
from nas_problems.supernet.cell import Candidates
from nas_problems.supernet.mixture import Mixture
from nas_problems.supernet.operation import make_operation
from nas_problems.supernet.space import ABSENT, Architecture, CellSpace

Logits = Tensor | tuple[Tensor, Tensor]
"""(batch, classes); with those of an auxiliary head, while training a network that has one."""


class Network(nn.Module):
    """A network of cells: a supernet, or that of one architecture."""

    def forward(self, images: Tensor, mixture: Mixture | None = None) -> Logits:
        """(batch, channels, height, width) -> logits.

        Args:
            images: A batch.
            mixture: What is computed; None: every candidate with factor 1, for stand-alone networks.
        """
        raise NotImplementedError


class Backbone(Protocol):
    """Builds networks of one space, for images of any shape."""

    @property
    def cells(self) -> CellSpace:
        """The space."""
        ...

    def supernet(self, shape: ImageShape, mask: BoolArray, *, n_cells: int | None = None) -> Network:
        """The network with all candidates; its cells' batch normalisation has neither weights nor memory.

        Args:
            shape: Of the images.
            mask: Which operations are candidates, (kinds, edges, operations).
            n_cells: Number of cells, where it is not the backbone's own.
        """
        ...

    def stand_alone(self, shape: ImageShape, architecture: Architecture) -> Network:
        """The network of one architecture, whose batch normalisation has weights."""
        ...


def candidates_of(mask: BoolArray) -> Candidates:
    """A mask (kinds, edges, operations) as the numbers of the operations of every edge."""
    return tuple(tuple(tuple(o for o, is_in in enumerate(row) if is_in) for row in kind) for kind in mask.tolist())


def candidates_of_one(architecture: Architecture) -> Candidates:
    """An architecture as one candidate per edge."""
    return tuple(tuple(() if o == ABSENT else (o,) for o in row) for row in architecture.choices)


def operation_maker(channels: int, *, affine: bool, normed: bool) -> Callable[[str, int], nn.Module]:
    """(name, stride) -> operation, for ``Cell``."""
    return partial(_operation, channels, affine, normed)


def _operation(channels: int, affine: bool, normed: bool, name: str, stride: int) -> nn.Module:
    return make_operation(name, channels, stride=stride, affine=affine, normed=normed)


def factors(mixture: Mixture | None, images: Tensor) -> list[list[list[Tensor]]] | None:
    """The mixture's factors as single numbers on the images' device; None: no factors."""
    if mixture is None or mixture.weights is None:
        return None
    weights = mixture.weights.to(images.device, non_blocking=True)
    return [[list(row.unbind()) for row in kind.unbind()] for kind in weights.unbind()]


def as_supernet(network: Network) -> Network:
    """Let batch normalisation forget: it uses the statistics of the batch, whichever operations were computed."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.track_running_stats = False
            module.running_mean = module.running_var = module.num_batches_tracked = None
    return channels_last(network)


def set_drop_path(network: nn.Module, probability: float) -> None:
    """Set the probability with which operations give nothing, which ramps up over a training."""
    for module in network.modules():
        if isinstance(module, DropPath):
            module.probability = probability


def inherit(network: Network, supernet: nn.Module | Mapping[str, Tensor]) -> Network:
    """Give a stand-alone network the supernet's weights.

    Weights of batch normalisation that the supernet does not have become 1 and 0; running statistics are not
    inherited, see ``recalibrate``.

    Args:
        network: Of one architecture, of the supernet's backbone; changed in place.
        supernet: The supernet, or its ``state_dict()``.

    Returns:
        The network.

    Raises:
        ValueError: A layer that the supernet does not have, or one of another shape.
    """
    source = supernet.state_dict() if isinstance(supernet, nn.Module) else supernet
    wanted = {name: values.shape for name, values in network.named_parameters()}
    for path, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
            if f"{path}.weight" not in source:
                wanted.pop(f"{path}.weight", None)
                wanted.pop(f"{path}.bias", None)
    for name, shape in wanted.items():
        if name not in source or source[name].shape != shape:
            found = "none" if name not in source else tuple(source[name].shape)
            raise ValueError(f"supernet: wanted weights {name} of shape {tuple(shape)}, found {found}")
    network.load_state_dict({name: source[name] for name in wanted}, strict=False)
    return network


def recalibrate(network: nn.Module, part: Part, *, batch_size: int = 100) -> None:
    """Set the running statistics of batch normalisation to their means over a part's batches.

    Args:
        network: Changed in place; in evaluation mode afterwards.
        part: Images.
        batch_size: Images per batch.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    network.train()
    with torch.no_grad():
        for images in torch.split(part.images, batch_size):
            if len(images) > 1:
                network(images)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
