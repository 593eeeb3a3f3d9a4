"""Synaptic flow: how much of a signal can pass through a network, whatever the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nas_problems.evaluation import Metric
from nas_problems.proxy.registry import register

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.fit import Part


@register(
    Metric("synflow", maximize=True, penalty=0.0, range=(200.0, 0.0)),
    summary="synaptic flow: weight times gradient of the output of an image of ones, all weights positive",
    family="saliency",
)
def synflow(network: nn.Module, batch: Part) -> float:
    """log(1 + sum of |weight x gradient|) of the summed logits of an image of ones.

    All weights are replaced by their absolute values, batch normalisation is that of an untrained network in
    evaluation mode, and numbers have 64 bits, as sums grow exponentially with depth. Convolutions and linear layers
    count.

    Differs: the logarithm, which keeps the order and makes the values those of NAS-Bench-Suite-Zero.

    Returns:
        A number >= 0; 0 where no signal passes.

    Source: abdelfattah2021, section 3.2; tanaka2020; krishnakumar2022.
    """
    import torch

    from nas_problems.proxy.gradient import layer_weights, logits_of, paired_gradients

    network.double().eval()
    with torch.no_grad():
        for values in network.parameters():
            values.abs_()
    output = logits_of(network, torch.ones_like(batch.images[:1], dtype=torch.float64)).sum()
    if not output.requires_grad:
        return 0.0
    flow = sum((weight * gradient).abs().sum() for weight, gradient in paired_gradients(output, layer_weights(network)))
    return float(torch.as_tensor(flow).log1p())
