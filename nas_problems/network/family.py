"""Families of networks: how a configuration becomes a network, a stack of them, and a protocol."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from torch import nn

from nas_problems.cell.graph101 import graph_of
from nas_problems.cell.graph201 import OPERATIONS
from nas_problems.cell.graph201 import SPACE as CELL_SPACE
from nas_problems.cell.macro import BLOCKS
from nas_problems.network.cell101 import Network101
from nas_problems.network.cell201 import CellNetwork
from nas_problems.network.cell201_stack import CellStack
from nas_problems.network.chain_cnn import ChainNetwork
from nas_problems.network.fit import SeparateStack
from nas_problems.network.layer import channels_last
from nas_problems.network.macro import MacroNetwork
from nas_problems.network.mlp import MlpNetwork, MlpStack
from nas_problems.network.protocol import TrainingProtocol, UnknownPartError
from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import CellSkeleton, GraphSkeleton
from nas_problems.parameter import Config
from nas_problems.supernet.compact import CompactBackbone
from nas_problems.supernet.darts import DartsBackbone
from nas_problems.supernet.family import BackboneFamily


class Family(Protocol):
    """Networks of one search space, for images of one shape."""

    shape: ImageShape

    def protocol(self, config: Config, base: TrainingProtocol) -> TrainingProtocol:
        """The base protocol with what the configuration says about training."""
        ...

    def plain(self, config: Config, protocol: TrainingProtocol) -> nn.Module:
        """One network, with weights that mean nothing yet.

        Raises:
            ImpossibleShapeError: The images are too small for it.
            UnknownPartError: A part of the protocol that the family does not have.
        """
        ...

    def stack(self, configs: Sequence[Config], protocol: TrainingProtocol) -> nn.Module:
        """Networks that train as one, in the order given; a ``Stack``.

        Raises:
            ImpossibleShapeError: See ``plain``.
            UnknownPartError: See ``plain``.
            ValueError: Configurations that cannot be in one stack.
        """
        ...


class CellFamily:
    """NAS-Bench-201 networks.

    Args:
        shape: Of the images.
        skeleton: What surrounds the cell.
    """

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
        return channels_last(network)

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


def cell_code(config: Config) -> list[int]:
    """Operations of the six edges as numbers."""
    return [OPERATIONS.index(str(config[name])) for name in CELL_SPACE.names]


Build = Callable[[Config, ImageShape], nn.Module]
"""A configuration and the shape of the images to a network that gives logits (batch, classes)."""

_OF_THE_PROTOCOL = {part.name for part in dataclasses.fields(TrainingProtocol)} - {"epochs"}


class NetworkFamily:
    """Networks that a function builds; those in a stack train one after the other.

    Parameters of a configuration that are named like a part of the protocol, such as ``learning_rate`` or
    ``cutout``, are taken for it. ``lr`` is the learning rate.

    Args:
        shape: Of the images.
        build: See ``Build``.
    """

    def __init__(self, shape: ImageShape, build: Build) -> None:
        self.shape, self.build = shape, build

    def protocol(self, config: Config, base: TrainingProtocol) -> TrainingProtocol:
        """The base protocol with what the configuration says about training."""
        options: dict[str, Any] = {name: value for name, value in config.items() if name in _OF_THE_PROTOCOL}
        if "lr" in config:
            options["learning_rate"] = float(config["lr"])
        return dataclasses.replace(base, **options)

    def _check(self, protocol: TrainingProtocol) -> None:
        for name in ("drop_path", "auxiliary_weight"):
            if found := getattr(protocol, name):
                raise UnknownPartError(f"{name}: wanted 0, only NAS-Bench-201 cells have it, found {found}")

    def plain(self, config: Config, protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.plain``."""
        self._check(protocol)
        return channels_last(self.build(config, self.shape))

    def stack(self, configs: Sequence[Config], protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.stack``; the networks stay separate."""
        return SeparateStack([self.plain(config, protocol) for config in configs])


def _macro(config: Config, shape: ImageShape) -> nn.Module:
    blocks = [BLOCKS.index(str(config[f"layer_{i}"])) for i in range(8)]
    return MacroNetwork(blocks, n_channels=shape.n_channels, n_classes=shape.n_classes)


def _graph(skeleton: GraphSkeleton, config: Config, shape: ImageShape) -> nn.Module:
    return Network101(graph_of(config), n_channels=shape.n_channels, n_classes=shape.n_classes, skeleton=skeleton)


def chain_family(shape: ImageShape) -> NetworkFamily:
    """Chain CNNs."""
    return NetworkFamily(shape, ChainNetwork)


def macro_family(shape: ImageShape) -> NetworkFamily:
    """NAS-Bench-Macro networks."""
    return NetworkFamily(shape, _macro)


def graph_family(shape: ImageShape, skeleton: GraphSkeleton | None = None) -> NetworkFamily:
    """NAS-Bench-101 networks.

    Args:
        shape: Of the images.
        skeleton: What surrounds the cell; None: as published.
    """
    return NetworkFamily(shape, partial(_graph, skeleton or GraphSkeleton()))


class MlpFamily(NetworkFamily):
    """Multilayer perceptrons; several seeds of one configuration go together.

    Args:
        shape: Of the images.
        width: Share of the units that a configuration names.
    """

    def __init__(self, shape: ImageShape, *, width: float = 1.0) -> None:
        super().__init__(shape, lambda config, shape: MlpNetwork(self._narrowed(config), shape))
        self.width = width

    def _narrowed(self, config: Config) -> Config:
        return {
            name: max(1, round(self.width * int(value))) if name.startswith("n_units_") else value
            for name, value in config.items()
        }

    def stack(self, configs: Sequence[Config], protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.stack``; all configurations are equal."""
        self._check(protocol)
        if any(config != configs[0] for config in configs):
            raise ValueError("configs: perceptrons in a stack have one configuration and several seeds")
        return MlpStack(self._narrowed(configs[0]), self.shape, n_networks=len(configs))


FamilyFactory = Callable[[ImageShape], Family]
FAMILIES: Mapping[str, FamilyFactory] = {
    "chaincnn": chain_family,
    "compact": lambda shape: BackboneFamily(shape, CompactBackbone()),
    "darts": lambda shape: BackboneFamily(shape, DartsBackbone(channels=36, n_cells=20)),
    "macro": macro_family,
    "mlp": MlpFamily,
    "nb101": graph_family,
    "nb201": lambda shape: CellFamily(shape, CellSkeleton()),
}
"""Families by name, as published."""
