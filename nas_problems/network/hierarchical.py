"""Hierarchical networks: a graph whose edges are graphs whose edges are operations."""

from collections.abc import Callable, Mapping
from typing import cast

import torch
from torch import Tensor, nn

from nas_problems.cell.hierarchical import ABSENT, MOTIF_EDGES, TOP_EDGES
from nas_problems.network.layer import ConvBatchNorm
from nas_problems.network.shape import ImageShape
from nas_problems.parameter import Config

_CHANNELS = 8

Edge = tuple[int, int]


class Motif(nn.Module):
    """A graph from its first node to its last; what enters a node is concatenated and projected to its channels.

    Nodes that no path from the first one reaches are left out; where the last one is among them, the motif gives
    zeros.

    Args:
        edges: Edge -> a function that makes its operation, for edges that are there; edges lead forward.
        n_nodes: Nodes.
        channels: Of every node.
    """

    def __init__(self, edges: Mapping[Edge, Callable[[], nn.Module]], n_nodes: int, channels: int) -> None:
        super().__init__()
        self.n_nodes = n_nodes
        self.incoming: dict[int, list[int]] = {}
        self.operations, self.merges = nn.ModuleDict(), nn.ModuleDict()
        needed = _on_a_path(set(edges), n_nodes)
        for (start, end), make in sorted(edges.items()):
            if start in needed and end in needed:
                self.incoming.setdefault(end, []).append(start)
                self.operations[f"{start}_{end}"] = make()
        for node, starts in self.incoming.items():
            if len(starts) > 1:
                self.merges[str(node)] = ConvBatchNorm(len(starts) * channels, channels, 1, relu="before")

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) -> the same shape."""
        nodes = {0: x}
        for node in sorted(self.incoming):
            parts = [self.operations[f"{start}_{node}"](nodes[start]) for start in self.incoming[node]]
            nodes[node] = parts[0] if len(parts) == 1 else self.merges[str(node)](torch.cat(parts, dim=1))
        return nodes.get(self.n_nodes - 1, torch.zeros_like(x))


def _on_a_path(edges: set[Edge], n_nodes: int) -> set[int]:
    """The nodes on a path from the first node to the last.

    >>> sorted(_on_a_path({(0, 1), (1, 3), (0, 2)}, 4))
    [0, 1, 3]
    """
    reached, leading = {0}, {n_nodes - 1}
    for start, end in sorted(edges):
        if start in reached:
            reached.add(end)
    for start, end in sorted(edges, reverse=True):
        if end in leading:
            leading.add(start)
    return reached & leading


_PRIMITIVES: Mapping[str, Callable[[], nn.Module]] = {
    "conv_1x1": lambda: ConvBatchNorm(_CHANNELS, _CHANNELS, 1, relu="before"),
    "depthwise_3x3": lambda: ConvBatchNorm(_CHANNELS, _CHANNELS, 3, groups=_CHANNELS, relu="before"),
    "separable_3x3": lambda: nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, groups=_CHANNELS, bias=False),
        ConvBatchNorm(_CHANNELS, _CHANNELS, 1),
    ),
    "max_pool_3x3": lambda: nn.MaxPool2d(3, stride=1, padding=1),
    "avg_pool_3x3": lambda: nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
    "identity": nn.Identity,
}


class HierarchicalNetwork(nn.Module):
    """A stem at half the resolution, the top motif, the mean over all pixels, and a linear head.

    Differs: one top motif of eight channels on images of 4 x 4 pixels, not three of 16 and more with separable
    convolutions of stride two between them.

    Args:
        config: See ``nas_problems.cell.hierarchical.SPACE``.
        shape: Of the images.

    Source: liu2018hierarchical, section 2.
    """

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__()

        def motif(name: str) -> Motif:
            chosen = {(i, j): str(config[f"{name}_{i}_{j}"]) for i, j in MOTIF_EDGES}
            made = {edge: _PRIMITIVES[operation] for edge, operation in chosen.items() if operation != ABSENT}
            return Motif(made, 4, _CHANNELS)

        def maker(name: str) -> Callable[[], nn.Module]:
            return lambda: motif(name)

        top = {(i, j): str(config[f"top_{i}_{j}"]) for i, j in TOP_EDGES}
        self.stem = ConvBatchNorm(shape.n_channels, _CHANNELS, 3, stride=2)
        self.top = Motif({edge: maker(name) for edge, name in top.items() if name != ABSENT}, 5, _CHANNELS)
        self.head = nn.Linear(_CHANNELS, shape.n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, height, width) -> logits (batch, classes)."""
        return cast(Tensor, self.head(torch.relu(self.top(self.stem(images))).mean(dim=(2, 3))))
