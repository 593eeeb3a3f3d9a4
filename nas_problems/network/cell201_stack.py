"""Many NAS-Bench-201 networks as one module: equal layers become one grouped convolution.

A small network on a small image is bound by the cost of starting operations, not by arithmetic. The
stack keeps K networks side by side in the channels of one tensor and starts each kind of operation
once per node for all of them, whichever cells they have.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_problems.cell.graph201 import EDGES
from nas_problems.network.cell201 import CONV1, CONV3, POOL, SKIP
from nas_problems.network.layer import RandomLayer
from nas_problems.network.skeleton import CellSkeleton

Place = tuple[int, str]
"""A network of the stack, and the name of a layer in its plain form."""


class Grouped(nn.Module):
    """Convolution and batch normalisation of several networks, side by side.

    Args:
        places: The layers in the plain networks, one per group.
        n_in: Input channels of each group; 0: only a batch normalisation.
        n_out: Output channels of each group.
        kernel: Width of the kernel, odd.
        stride: Of the convolution.
        conv: Name of the convolution within each layer.
        norm: Name of the batch normalisation within each layer; None: there is none.
    """

    def __init__(
        self,
        places: Sequence[Place],
        n_in: int,
        n_out: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        conv: str = "conv",
        norm: str | None = "norm",
    ) -> None:
        super().__init__()
        self.places = tuple(places)
        self.names = {"weight": f"{conv}.weight"} if n_in else {}
        self.stride, self.padding, self.n_in = stride, kernel // 2, n_in
        n = len(self.places)
        if n_in:
            weight = torch.zeros(n * n_out, n_in, kernel, kernel)
            self.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last))
        self.norm = nn.BatchNorm2d(n * n_out) if norm is not None else None
        if norm is not None:
            self.names |= {
                f"norm.{part}": f"{norm}.{part}" for part in ("weight", "bias", "running_mean", "running_var")
            }

    def forward(self, x: Tensor) -> Tensor:
        """(batch, groups n_in, height, width), or n_in channels for all groups -> (batch, groups n_out, ...)."""
        if self.n_in:
            n_groups = x.shape[1] // self.n_in
            x = functional.conv2d(x, self.weight, stride=self.stride, padding=self.padding, groups=n_groups)
        return x if self.norm is None else cast(Tensor, self.norm(x))

    def load(self, states: Sequence[Mapping[str, Tensor]]) -> None:
        """Take the weights of plain networks, given as their state dicts."""
        own = self.state_dict()
        for here, there in self.names.items():
            for values, (k, prefix) in zip(own[here].chunk(len(self.places)), self.places, strict=True):
                values.copy_(states[k][f"{prefix}.{there}".removeprefix(".")].reshape(values.shape))


class StackedLinear(nn.Module):
    """ReLU, mean over all pixels, and a linear layer, of several networks side by side."""

    def __init__(self, n: int, n_in: int, n_out: int, name: str) -> None:
        super().__init__()
        self.name = name
        self.weight = nn.Parameter(torch.zeros(n, n_out, n_in))
        self.bias = nn.Parameter(torch.zeros(n, n_out))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, networks n_in, height, width) -> (batch, networks, n_out)."""
        pooled = torch.relu(x).mean(dim=(2, 3)).reshape(len(x), len(self.weight), -1)
        return torch.einsum("bkc,kjc->bkj", pooled, self.weight) + self.bias

    def load(self, states: Sequence[Mapping[str, Tensor]]) -> None:
        """Take the weights of plain networks, given as their state dicts."""
        for k, state in enumerate(states):
            self.weight[k].copy_(state[f"{self.name}.weight"])
            self.bias[k].copy_(state[f"{self.name}.bias"])


class CellStackLayer(RandomLayer):
    """The cells of all networks at one depth.

    Args:
        codes: Operations on the six edges, one row per network.
        channels: Channels of each network's nodes.
        name: Name of the layer in the plain networks.
        drop_path: Probability with which a convolution or pooling gives nothing for an image.
    """

    def __init__(self, codes: Sequence[Sequence[int]], channels: int, name: str, *, drop_path: float = 0.0) -> None:
        super().__init__()
        self.drop_path = drop_path
        self.n, self.channels = len(codes), channels
        self.convs = nn.ModuleDict()
        self._members: dict[tuple[int, int], list[tuple[int, list[int]]]] = {}
        for node in (1, 2, 3):
            for operation in (SKIP, CONV1, CONV3, POOL):
                members = []
                for e, (start, end) in enumerate(EDGES):
                    rows = [k for k, code in enumerate(codes) if code[e] == operation]
                    if end == node and rows:
                        members.append((start, rows))
                if members:
                    self._members[node, operation] = members
                if members and operation in (CONV1, CONV3):
                    places = [(k, f"{name}.edges.{start}_{node}") for start, rows in members for k in rows]
                    kernel = 1 if operation == CONV1 else 3
                    self.convs[f"{node}_{operation}"] = Grouped(places, channels, channels, kernel=kernel)
        for key, members in self._members.items():
            for start, rows in members:
                self.register_buffer(f"rows_{key[0]}_{key[1]}_{start}", torch.tensor(rows), persistent=False)

    def _gather(self, sources: list[Tensor], node: int, operation: int) -> Tensor:
        """The inputs of all edges into a node with one operation, (batch, height, width, edges, channels)."""
        parts = []
        for start, rows in self._members[node, operation]:
            source = sources[start]
            whole = len(rows) == self.n
            index = getattr(self, f"rows_{node}_{operation}_{start}")
            parts.append(source if whole else source.index_select(3, index))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=3)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, networks channels, height, width), channels last -> the same shape."""
        shape = (x.shape[0], x.shape[2], x.shape[3], self.n, self.channels)
        nodes = [x.permute(0, 2, 3, 1).reshape(shape)]
        active = [torch.relu(nodes[0])]
        for node in (1, 2, 3):
            total: Tensor | None = None
            pieces: list[tuple[Tensor, Tensor]] = []
            for operation in (SKIP, CONV1, CONV3, POOL):
                if (node, operation) not in self._members:
                    continue
                sources = active if operation in (CONV1, CONV3) else nodes
                inputs = self._gather(sources, node, operation)
                outputs = self._operate(node, operation, inputs)
                members = self._members[node, operation]
                parts = (
                    torch.split(outputs, [len(rows) for _, rows in members], dim=3) if len(members) > 1 else (outputs,)
                )
                for (start, rows), part in zip(members, parts, strict=True):
                    if len(rows) == self.n:
                        total = part if total is None else total + part
                    else:
                        pieces.append((getattr(self, f"rows_{node}_{operation}_{start}"), part))
            if total is None:
                total = torch.zeros(shape, dtype=x.dtype, device=x.device)
            if pieces:
                index = torch.cat([rows for rows, _ in pieces])
                total = total.index_add(3, index, torch.cat([part for _, part in pieces], dim=3))
            nodes.append(total)
            active.append(torch.relu(total))
        return nodes[-1].reshape(*shape[:3], -1).permute(0, 3, 1, 2)

    def _operate(self, node: int, operation: int, inputs: Tensor) -> Tensor:
        if operation == SKIP:
            return inputs
        flat = inputs.reshape(*inputs.shape[:3], -1).permute(0, 3, 1, 2)
        if operation == POOL:
            flat = functional.avg_pool2d(flat, 3, stride=1, padding=1, count_include_pad=False)
        else:
            flat = self.convs[f"{node}_{operation}"](flat)
        outputs = flat.permute(0, 2, 3, 1).reshape(inputs.shape)
        if self.training and self.drop_path:
            outputs = outputs * self.draw(outputs[:, :1, :1, :, :1], 1.0 - self.drop_path)
        return outputs


class ResidualStackBlock(nn.Module):
    """The residual blocks of all networks at one depth."""

    def __init__(self, n: int, n_in: int, name: str) -> None:
        super().__init__()
        self.conv_a = Grouped([(k, f"{name}.conv_a") for k in range(n)], n_in, 2 * n_in, kernel=3, stride=2)
        self.conv_b = Grouped([(k, f"{name}.conv_b") for k in range(n)], 2 * n_in, 2 * n_in, kernel=3)
        self.shortcut = Grouped([(k, name) for k in range(n)], n_in, 2 * n_in, conv="shortcut", norm=None)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, networks n_in, height, width) -> twice the channels at half the resolution."""
        pooled = functional.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)
        return cast(Tensor, self.shortcut(pooled) + self.conv_b(torch.relu(self.conv_a(torch.relu(x)))))


class CellStack(nn.Module):
    """K NAS-Bench-201 networks that train as one.

    Args:
        codes: Operations on the six edges, one row per network; rows may repeat. Neighbouring rows of
            a sorted list share most operations and run fastest.
        n_channels: Channels of the images.
        n_classes: Classes.
        skeleton: What surrounds the cells.
        drop_path: See ``CellStackLayer``.
        auxiliary: Whether second heads, two thirds up, give logits while training.
    """

    def __init__(
        self,
        codes: Sequence[Sequence[int]],
        *,
        n_channels: int,
        n_classes: int,
        skeleton: CellSkeleton,
        drop_path: float = 0.0,
        auxiliary: bool = False,
    ) -> None:
        super().__init__()
        self.n_networks = n = len(codes)
        roots = [(k, "") for k in range(n)]
        self.stem = Grouped(
            roots,
            n_channels,
            skeleton.channels,
            kernel=3,
            stride=skeleton.stem_stride,
            conv="stem",
            norm="stem_norm",
        )
        layers: list[nn.Module] = []
        for position, (is_cell, width) in enumerate(skeleton.layers):
            name = f"layers.{position}"
            cell = CellStackLayer(codes, width, name, drop_path=drop_path) if is_cell else None
            layers.append(ResidualStackBlock(n, width, name) if cell is None else cell)
        self.layers = nn.ModuleList(layers)
        self.last_norm = Grouped(roots, 0, skeleton.last_channels, norm="last_norm")
        self.head = StackedLinear(n, skeleton.last_channels, n_classes, "head")
        self.branch = skeleton.branch
        self.auxiliary = StackedLinear(n, skeleton.branch_channels, n_classes, "auxiliary") if auxiliary else None

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Images (batch, channels, height, width), or (batch, K, channels, height, width) where every
        network sees its own, to logits (batch, K, classes); with auxiliary heads, while training, the
        logits of both.
        """
        if images.dim() == 5:
            images = images.flatten(1, 2)
        x = self.stem(images.contiguous(memory_format=torch.channels_last))
        branched = x
        for position, layer in enumerate(self.layers):
            x = layer(x)
            if position == self.branch:
                branched = x
        logits = cast(Tensor, self.head(self.last_norm(x)))
        if self.auxiliary is None or not self.training:
            return logits
        return logits, self.auxiliary(branched)

    def load(self, states: Sequence[Mapping[str, Tensor]]) -> None:
        """Take the weights of K plain networks, given as their state dicts."""
        with torch.no_grad():
            for part in self.modules():
                if isinstance(part, (Grouped, StackedLinear)):
                    part.load(states)
