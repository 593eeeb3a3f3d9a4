"""What a network costs: FLOPs, latency, and the memory that training it takes."""

import copy
import math
import time

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from nas_problems.network.fit import clock_of
from nas_problems.network.shape import ImageShape


def flop_count(network: nn.Module, shape: ImageShape) -> int:
    """Floating point operations of a forward pass of one image: two per multiplication of a
    convolution or matrix product, nothing for the rest.
    """
    mode = FlopCounterMode(display=False)
    ghost = copy.deepcopy(network).to("meta").eval()
    with mode, torch.no_grad():
        ghost(torch.empty((1, shape.n_channels, shape.height, shape.width), device="meta"))
    return int(mode.get_total_flops())


def mac_count(network: nn.Module, shape: ImageShape) -> int:
    """Multiply-accumulates of a forward pass of one image, each counted once: half of ``flop_count``."""
    return flop_count(network, shape) // 2


def latency(network: nn.Module, images: Tensor, *, n_repeats: int = 7) -> float:
    """Seconds of a forward pass in evaluation mode: the fastest of several, after one to warm up.

    Args:
        network: On the device of the images; its mode is changed.
        images: A batch, (n, channels, height, width).
        n_repeats: Passes that are measured.
    """
    network.eval()
    fastest = math.inf
    with torch.no_grad():
        for _ in range(1 + n_repeats):
            _wait_for(images)
            start = time.perf_counter()
            network(images)
            _wait_for(images)
            fastest = min(fastest, time.perf_counter() - start)
    return fastest


def mean_latency(network: nn.Module, images: Tensor, *, batch_size: int = 100) -> float:
    """Milliseconds per image of a forward pass in evaluation mode: the mean over all images, after one batch to
    warm up.

    On the CPU, time that the thread had to wait for a core does not count.

    Args:
        network: On the device of the images; its mode is changed.
        images: (n, channels, height, width).
        batch_size: Images of a pass.
    """
    clock = clock_of(images.device)
    network.eval()
    with torch.no_grad():
        network(images[:batch_size])
        _wait_for(images)
        start = clock()
        for batch in torch.split(images, batch_size):
            network(batch)
        _wait_for(images)
    return 1000.0 * (clock() - start) / len(images)


def _wait_for(images: Tensor) -> None:
    if images.is_cuda:
        torch.cuda.synchronize(images.device)


def training_bytes(network: nn.Module, shape: ImageShape, batch_size: int) -> int:
    """Memory of a training step: weights, their gradients and momentum, and what is kept for the
    backward pass; found without computing or allocating anything.
    """
    ghost = copy.deepcopy(network).to("meta").train()
    kept = 0
    weights = {id(values) for values in ghost.parameters()}

    def pack(values: Tensor) -> Tensor:
        nonlocal kept
        if id(values) not in weights:
            kept += values.numel() * values.element_size()
        return values

    images = torch.empty((batch_size, shape.n_channels, shape.height, shape.width), device="meta")
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda values: values):
        ghost(images)
    return kept + 3 * sum(values.numel() * values.element_size() for values in ghost.parameters())
