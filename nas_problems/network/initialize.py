"""Initial weights drawn from a generator, so that they depend on nothing else."""

import math

import torch
from torch import nn


def initialize(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights of convolutions and linear layers; reset batch normalisation.

    Weights and biases are uniform in +-1 / sqrt(fan_in), as torch's own defaults are; they are drawn on
    the CPU in the order of ``module.modules()``, so that a device does not change them.

    Args:
        module: Changed in place.
        generator: A CPU generator.
    """
    with torch.no_grad():
        for part in module.modules():
            if isinstance(part, (nn.Conv2d, nn.Linear)):
                bound = 1.0 / math.sqrt(part.weight[0].numel())
                for values in (part.weight, part.bias):
                    if values is not None:
                        values.copy_(torch.empty(values.shape).uniform_(-bound, bound, generator=generator))
            elif isinstance(part, nn.BatchNorm2d):
                part.reset_running_stats()
                nn.init.ones_(part.weight)
                nn.init.zeros_(part.bias)
