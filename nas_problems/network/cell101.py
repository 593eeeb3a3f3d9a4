"""NAS-Bench-101 networks: three stacks of three equal cells; a cell is a graph of at most seven vertices."""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from nas_problems.cell.cost101 import vertex_channels
from nas_problems.cell.graph101 import Graph101
from nas_problems.network.layer import ConvBatchNorm
from nas_problems.network.skeleton import GraphSkeleton


class Cell101(nn.Module):
    """One cell.

    Args:
        graph: Pruned graph.
        n_in: Input channels.
        n_out: Output channels.
    """

    def __init__(self, graph: Graph101, n_in: int, n_out: int) -> None:
        super().__init__()
        self.adjacency, n = graph.adjacency, len(graph.adjacency)
        self.channels = vertex_channels(n_in, n_out, graph.adjacency)
        self.projections, self.operations = nn.ModuleDict(), nn.ModuleDict()
        for vertex in range(1, n):
            if graph.adjacency[0, vertex]:
                self.projections[str(vertex)] = ConvBatchNorm(n_in, self.channels[vertex], 1, relu="after")
        for vertex, name in enumerate(graph.operations, start=1):
            width = self.channels[vertex]
            if name == "maxpool3x3":
                self.operations[str(vertex)] = nn.MaxPool2d(3, stride=1, padding=1)
            else:
                self.operations[str(vertex)] = ConvBatchNorm(width, width, 3 if "3x3" in name else 1, relu="after")

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n_in, height, width) -> (batch, n_out, height, width)."""
        n = len(self.adjacency)
        outputs = [x]
        for vertex in range(1, n - 1):
            width = self.channels[vertex]
            terms = [outputs[i][:, :width] for i in range(1, vertex) if self.adjacency[i, vertex]]
            if self.adjacency[0, vertex]:
                terms.append(self.projections[str(vertex)](x))
            outputs.append(self.operations[str(vertex)](torch.stack(terms).sum(dim=0) if len(terms) > 1 else terms[0]))
        joined = [outputs[i] for i in range(1, n - 1) if self.adjacency[i, -1]]
        if not joined:
            return cast(Tensor, self.projections[str(n - 1)](x))
        y = torch.cat(joined, dim=1)
        return y + self.projections[str(n - 1)](x) if self.adjacency[0, -1] else y


class Network101(nn.Module):
    """One NAS-Bench-101 network.

    Args:
        graph: The cell, pruned.
        n_channels: Channels of the images.
        n_classes: Classes.
        skeleton: What surrounds the cell.

    Source: ying2019, section 2.2.
    """

    def __init__(
        self, graph: Graph101, *, n_channels: int, n_classes: int, skeleton: GraphSkeleton | None = None
    ) -> None:
        super().__init__()
        skeleton = skeleton or GraphSkeleton()
        width = skeleton.width
        widths = [width << stack for stack in range(skeleton.n_stacks) for _ in range(skeleton.n_cells)]
        self.stem = ConvBatchNorm(n_channels, width, 3, relu="after")
        layers: list[nn.Module] = []
        for position, (n_in, n_out) in enumerate(pairwise([width, *widths])):
            if position and position % skeleton.n_cells == 0:
                layers.append(nn.MaxPool2d(2, stride=2, ceil_mode=True))
            layers.append(Cell101(graph, n_in, n_out))
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(widths[-1], n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, n_channels, height, width) -> logits (batch, n_classes)."""
        return cast(Tensor, self.head(self.layers(self.stem(images)).mean(dim=(2, 3))))
