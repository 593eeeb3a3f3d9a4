"""Families of networks: how a configuration becomes a network, a stack of them, and a protocol."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch import nn

from nas_problems.catalog.nas_bench_101 import graph_of
from nas_problems.catalog.nas_bench_201 import OPERATIONS
from nas_problems.catalog.nas_bench_201 import SPACE as CELL_SPACE
from nas_problems.network.cell101 import Network101
from nas_problems.network.cell201 import CellNetwork
from nas_problems.network.cell201_stack import CellStack
from nas_problems.network.chain_cnn import ChainNetwork
from nas_problems.network.fit import SeparateStack
from nas_problems.network.macro import MacroNetwork
from nas_problems.network.mlp import MlpNetwork, MlpStack
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import CellSkeleton, GraphSkeleton
from nas_problems.parameter import Config


class Family(Protocol):
    """Networks of one search space, for images of one shape."""

    shape: ImageShape
    mixes_candidates: bool  # whether it pays to have different candidates in one stack

    def protocol(self, config: Config, base: TrainingProtocol) -> TrainingProtocol:
        """The base protocol with what the configuration says about training."""
        ...

    def plain(self, config: Config, protocol: TrainingProtocol) -> nn.Module:
        """One network, with weights that mean nothing yet.

        Raises:
            ImpossibleShapeError: The images are too small for it.
            ValueError: A part of the protocol that the family does not have.
        """
        ...

    def stack(self, configs: Sequence[Config], protocol: TrainingProtocol) -> nn.Module:
        """Networks that train as one, in the order given; a ``Stack``.

        Raises:
            ImpossibleShapeError: See ``plain``.
            ValueError: See ``plain``; or configurations that cannot be in one stack.
        """
        ...


class CellFamily:
    """NAS-Bench-201 networks.

    Args:
        shape: Of the images.
        skeleton: What surrounds the cell.
    """

    mixes_candidates = True

    def __init__(self, shape: ImageShape, skeleton: CellSkeleton) -> None:
        self.shape, self.skeleton = shape, skeleton

    def protocol(self, config: Config, base: TrainingProtocol) -> TrainingProtocol:
        """The base protocol: cells say nothing about training."""
        return base

    def plain(self, config: Config, protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.plain``."""
        network = CellNetwork(
            cell_code(config),
            n_channels=self.shape.n_channels,
            n_classes=self.shape.n_classes,
            skeleton=self.skeleton,
            drop_path=protocol.drop_path,
            auxiliary=protocol.auxiliary_weight > 0,
        )
        return _channels_last(network)

    def stack(self, configs: Sequence[Config], protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.stack``; any cells go together."""
        if len(configs) == 1:
            return SeparateStack([self.plain(configs[0], protocol)])
        return CellStack(
            [cell_code(config) for config in configs],
            n_channels=self.shape.n_channels,
            n_classes=self.shape.n_classes,
            skeleton=self.skeleton,
            drop_path=protocol.drop_path,
            auxiliary=protocol.auxiliary_weight > 0,
        )


def _channels_last(network: nn.Module) -> nn.Module:
    converted: nn.Module = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stub lacks it
    return converted


def cell_code(config: Config) -> list[int]:
    """Operations of the six edges as numbers."""
    return [OPERATIONS.index(str(config[name])) for name in CELL_SPACE.names]


class _OneByOne:
    """A family without paths, second heads, or a faster stack."""

    mixes_candidates = False

    def __init__(self, shape: ImageShape) -> None:
        self.shape = shape

    def _check(self, protocol: TrainingProtocol) -> None:
        for name in ("drop_path", "auxiliary_weight"):
            if getattr(protocol, name):
                raise ValueError(f"{name}: wanted 0, {type(self).__name__} has no such thing")

    def protocol(self, config: Config, base: TrainingProtocol) -> TrainingProtocol:
        """The base protocol with the configuration's learning rate and L2 penalty, where it has them.

        The penalty is l2 times the sum of squares, so that a weight's gradient has twice l2 times it.
        """
        if "lr" not in config:
            return base
        return dataclasses.replace(base, learning_rate=float(config["lr"]), weight_decay=2.0 * float(config["l2"]))

    def plain(self, config: Config, protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.plain``."""
        self._check(protocol)
        return self._network(config)

    def _network(self, config: Config) -> nn.Module:
        raise NotImplementedError

    def stack(self, configs: Sequence[Config], protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.stack``; the networks stay separate."""
        return SeparateStack([self.plain(config, protocol) for config in configs])


class ChainFamily(_OneByOne):
    """Chain CNNs."""

    def _network(self, config: Config) -> nn.Module:
        return _channels_last(ChainNetwork(config, self.shape))


class MacroFamily(_OneByOne):
    """NAS-Bench-Macro networks."""

    def _network(self, config: Config) -> nn.Module:
        from nas_problems.catalog.macro import BLOCKS

        blocks = [BLOCKS.index(str(config[f"layer_{i}"])) for i in range(8)]
        network = MacroNetwork(blocks, n_channels=self.shape.n_channels, n_classes=self.shape.n_classes)
        return _channels_last(network)


class GraphFamily(_OneByOne):
    """NAS-Bench-101 networks.

    Args:
        shape: Of the images.
        skeleton: What surrounds the cell.
    """

    def __init__(self, shape: ImageShape, skeleton: GraphSkeleton) -> None:
        super().__init__(shape)
        self.skeleton = skeleton

    def _network(self, config: Config) -> nn.Module:
        shape = self.shape
        return _channels_last(
            Network101(graph_of(config), n_channels=shape.n_channels, n_classes=shape.n_classes, skeleton=self.skeleton)
        )


class MlpFamily(_OneByOne):
    """Multilayer perceptrons; several seeds of one configuration go together."""

    def _network(self, config: Config) -> nn.Module:
        return MlpNetwork(config, self.shape)

    def stack(self, configs: Sequence[Config], protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.stack``; all configurations are equal."""
        self._check(protocol)
        if any(config != configs[0] for config in configs):
            raise ValueError("configs: perceptrons in a stack have one configuration and several seeds")
        return MlpStack(configs[0], self.shape, n_networks=len(configs))


FamilyFactory = Callable[[ImageShape], Family]
FAMILIES: Mapping[str, FamilyFactory] = {
    "chaincnn": ChainFamily,
    "macro": MacroFamily,
    "mlp": MlpFamily,
    "nb101": lambda shape: GraphFamily(shape, GraphSkeleton()),
    "nb201": lambda shape: CellFamily(shape, CellSkeleton()),
}
"""Families by name, as published."""
