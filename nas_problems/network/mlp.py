"""Multilayer perceptrons, alone and stacked."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from nas_problems.network.layer import Dropout
from nas_problems.network.shape import ImageShape
from nas_problems.parameter import Config


def mlp_widths(config: Config, shape: ImageShape) -> list[int]:
    """Numbers of units, from the pixels to the classes."""
    hidden = [int(config[f"n_units_{layer}"]) for layer in range(int(config["n_layers"]))]
    return [shape.n_channels * shape.height * shape.width, *hidden, shape.n_classes]


class MlpNetwork(nn.Module):
    """Flatten, then hidden layers with dropout, then a linear head.

    Args:
        config: ``n_layers``, ``n_units_0 ...``, ``activation`` (``relu`` or ``tanh``), ``dropout``.
        shape: Of the images.
    """

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__()
        widths = mlp_widths(config, shape)
        self.linear = nn.ModuleList(nn.Linear(n_in, n_out) for n_in, n_out in pairwise(widths))
        self.dropout = Dropout(float(config["dropout"]))
        self.activation = torch.tanh if config["activation"] == "tanh" else torch.relu

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, height, width) -> logits (batch, classes)."""
        x = images.flatten(1)
        for layer in self.linear[:-1]:
            x = self.dropout(self.activation(layer(x)))
        return cast(Tensor, self.linear[-1](x))


class MlpStack(nn.Module):
    """K perceptrons of one shape as batched matrix products.

    Args:
        config: Of all of them.
        shape: Of the images.
        n_networks: K.
    """

    def __init__(self, config: Config, shape: ImageShape, *, n_networks: int) -> None:
        super().__init__()
        widths = mlp_widths(config, shape)
        self.n_networks = n_networks
        pairs = list(pairwise(widths))
        self.weights = nn.ParameterList(torch.zeros(n_networks, n_in, n_out) for n_in, n_out in pairs)
        self.biases = nn.ParameterList(torch.zeros(n_networks, 1, n_out) for _, n_out in pairs)
        self.dropout = Dropout(float(config["dropout"]))
        self.activation = torch.tanh if config["activation"] == "tanh" else torch.relu

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, height, width), or (batch, K, channels, height, width) where every network
        sees its own, to logits (batch, K, classes).
        """
        if images.dim() == 5:
            x = images.flatten(2).transpose(0, 1)
        else:
            x = images.flatten(1).expand(self.n_networks, len(images), math.prod(images.shape[1:]))
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if layer + 1 < len(self.weights):
                x = self.dropout(self.activation(x))
        return x.transpose(0, 1)

    def load(self, states: Sequence[Mapping[str, Tensor]]) -> None:
        """Take the weights of K plain networks, given as their state dicts."""
        with torch.no_grad():
            for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
                for k, state in enumerate(states):
                    weight[k].copy_(state[f"linear.{layer}.weight"].T)
                    bias[k, 0].copy_(state[f"linear.{layer}.bias"])
