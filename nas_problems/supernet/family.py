"""Stand-alone networks of a backbone as a family, so that its space is a black-box problem like any other."""

import dataclasses
from collections.abc import Sequence

from torch import nn

from nas_problems.network.fit import SeparateStack
from nas_problems.network.protocol import TrainingProtocol, UnknownPartError
from nas_problems.network.shape import ImageShape
from nas_problems.parameter import Config
from nas_problems.supernet.compact import CompactBackbone
from nas_problems.supernet.darts import DartsBackbone


class BackboneFamily:
    """Networks of one backbone; see ``nas_problems.network.family.Family``.

    Drop path ramps up over a training from nothing to the protocol's probability.

    Args:
        shape: Of the images.
        backbone: What surrounds the cells.
    """

    def __init__(self, shape: ImageShape, backbone: DartsBackbone | CompactBackbone) -> None:
        self.shape, self.backbone = shape, backbone

    def protocol(self, config: Config, base: TrainingProtocol) -> TrainingProtocol:
        """The base protocol: cells say nothing about training."""
        return base

    def plain(self, config: Config, protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.plain``."""
        cells = self.backbone.cells
        architecture = cells.decode(cells.space.encode([config])[0])
        if isinstance(self.backbone, CompactBackbone):
            if protocol.auxiliary_weight:
                raise UnknownPartError(
                    f"auxiliary_weight: wanted 0 for compact networks, found {protocol.auxiliary_weight}"
                )
            compact = dataclasses.replace(self.backbone, drop_path=protocol.drop_path)
            return compact.stand_alone(self.shape, architecture)
        auxiliary = protocol.auxiliary_weight > 0
        darts = dataclasses.replace(self.backbone, drop_path=protocol.drop_path, auxiliary=auxiliary)
        return darts.stand_alone(self.shape, architecture)

    def stack(self, configs: Sequence[Config], protocol: TrainingProtocol) -> nn.Module:
        """See ``Family.stack``; the networks stay separate."""
        return SeparateStack([self.plain(config, protocol) for config in configs])
