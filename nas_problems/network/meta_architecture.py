"""Networks of NAS-Bench-201 cells with a meta-architecture of their own."""

from typing import cast

import torch
from torch import Tensor, nn

from nas_problems.cell.graph201 import OPERATIONS
from nas_problems.cell.graph201 import SPACE as CELL_SPACE
from nas_problems.network.cell201 import Cell, ResidualBlock
from nas_problems.network.layer import ConvBatchNorm
from nas_problems.network.shape import ImageShape
from nas_problems.parameter import Config

_N_SEEN = {"chain": 1, "two-before": 2}


class MetaNetwork(nn.Module):
    """A stem at half the resolution, stages of equal cells, the mean over all pixels, and a linear head.

    Args:
        config: See ``nas_problems.cell.meta_architecture.SPACE``.
        shape: Of the images.

    Source: elsken2019, section 2.
    """

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__()
        code = [OPERATIONS.index(str(config[name])) for name in CELL_SPACE.names]
        width, n_cells = int(config["channels"]), int(config["n_cells"])
        self.n_seen = _N_SEEN.get(str(config["connection"]), n_cells)
        self.stem = ConvBatchNorm(shape.n_channels, width, 3, stride=2)
        self.stages, self.reductions = nn.ModuleList(), nn.ModuleList()
        for stage in range(int(config["n_stages"])):
            if stage:
                self.reductions.append(ResidualBlock(width))
                width *= 2
            self.stages.append(nn.ModuleList(Cell(code, width) for _ in range(n_cells)))
        self.norm, self.head = nn.BatchNorm2d(width), nn.Linear(width, shape.n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, height, width) -> logits (batch, classes)."""
        x = cast(Tensor, self.stem(images))
        for stage, cells in enumerate(self.stages):
            if stage:
                x = self.reductions[stage - 1](x)
            outputs = [x]
            for cell in cast(nn.ModuleList, cells):
                seen = outputs[-self.n_seen :]
                outputs.append(cell(seen[0] if len(seen) == 1 else torch.stack(seen).sum(dim=0)))
            x = outputs[-1]
        return cast(Tensor, self.head(torch.relu(self.norm(x)).mean(dim=(2, 3))))
