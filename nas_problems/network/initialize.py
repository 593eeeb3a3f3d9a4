"""Initial weights drawn from a generator, so that they depend on nothing else."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def global_seed(seed: int, device: torch.device | None = None) -> Iterator[None]:
    """Seed torch's own generators within the block, for layers that draw from them, and put them back after it.

    Args:
        seed: Of the generators.
        device: Whose generator is used besides the CPU's; None: only that.
    """
    generators = [torch.default_generator]
    if device is not None and device.type == "cuda":
        index = torch.cuda.current_device() if device.index is None else device.index
        generators.append(torch.cuda.default_generators[index])
    states = [generator.get_state() for generator in generators]
    for generator in generators:
        generator.manual_seed(seed)  # torch.manual_seed looks for devices of all kinds first, which takes longer
    try:
        yield
    finally:
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


def initialize(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights of convolutions and linear layers; reset batch normalisation and all other layers.

    Weights and biases are uniform in +-1 / sqrt(fan_in), as torch's own defaults are; they are drawn on
    the CPU in the order of ``module.modules()``, so that a device does not change them. Other layers do
    it themselves, by their ``reset_parameters``. In a module whose attribute ``initialization`` is
    ``"glorot"``, weights are uniform in +-sqrt(6 / (fan_in + fan_out)), and biases 0: without
    normalisation, a signal that every layer weakens by torch's rule is gone after eight of them.

    Args:
        module: Changed in place.
        generator: A CPU generator.

    Source: glorot2010, equation 16.
    """
    is_glorot = getattr(module, "initialization", "torch") == "glorot"
    with torch.no_grad():
        for part in module.modules():
            if isinstance(part, (nn.Conv2d, nn.Linear)):
                fan_in, fan_out = part.weight[0].numel(), part.weight[:, 0].numel()
                bound = math.sqrt(6.0 / (fan_in + fan_out)) if is_glorot else 1.0 / math.sqrt(fan_in)
                for values in (part.weight, part.bias):
                    if values is not None and is_glorot and values.dim() == 1:
                        values.zero_()
                    elif values is not None:
                        values.copy_(torch.empty(values.shape).uniform_(-bound, bound, generator=generator))
            elif isinstance(part, nn.BatchNorm2d):
                part.reset_parameters()
            elif any(True for _ in part.parameters(recurse=False)):
                reset = getattr(part, "reset_parameters", None) or getattr(part, "_reset_parameters", None)
                if reset is not None:
                    with global_seed(int(torch.randint(2**31, (1,), generator=generator))):
                        reset()
