"""Small backbones of all kinds, and images for them."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.supernet.backbone import Backbone
from nas_problems.supernet.compact import CompactBackbone
from nas_problems.supernet.darts import DartsBackbone
from nas_problems.supernet.space import CNAS, COMPACT_DEPTH, NSGANET, Architecture, CellSpace
from nas_problems.supernet.staged import StagedBackbone

TINY = ImageShape(1, 8, 8, 3)

BACKBONES: dict[str, Backbone] = {
    "nb201": StagedBackbone(CellSkeleton(channels=4, n_cells=1, n_stages=2)),
    "darts": DartsBackbone(channels=4, n_cells=2),
    "cnas": DartsBackbone(channels=4, n_cells=2, cells=CNAS),
    "nsganet": DartsBackbone(channels=4, n_cells=2, cells=NSGANET),
    "compact": CompactBackbone(channels=4, depths=(1, 2, 1)),
    "compact-depth": CompactBackbone(channels=4, depths=(1, 1), cells=replace(COMPACT_DEPTH, max_depths=(2, 3))),
}


def images(n: int = 4, shape: ImageShape = TINY) -> Tensor:
    """Random images."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn((n, shape.n_channels, shape.height, shape.width), generator=generator)


def named(cells: CellSpace, normal: list[tuple[str, int]], reduction: list[tuple[str, int]]) -> Architecture:
    """An architecture as papers print it: two pairs (operation, input) per node."""
    choices = np.full((len(cells.kinds), cells.n_edges), -1)
    for row, pairs in zip(choices, (normal, reduction), strict=True):
        for place, (operation, start) in enumerate(pairs):
            row[cells.node_edges[place // 2][start]] = cells.operations.index(operation)
    return Architecture(tuple(map(tuple, choices.tolist())))
