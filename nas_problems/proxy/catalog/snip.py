"""SNIP: how much the loss depends on each connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nas_problems.evaluation import Metric
from nas_problems.proxy.registry import register

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.fit import Part


@register(
    Metric("snip", maximize=True, penalty=0.0, range=(1000.0, 0.0)),
    summary="SNIP: weight times gradient of the loss, summed",
    family="saliency",
)
def snip(network: nn.Module, batch: Part) -> float:
    """Sum of |weight x gradient of the batch's loss| over convolutions and linear layers; >= 0.

    Source: abdelfattah2021, section 3.2; lee2019.
    """
    from nas_problems.proxy.gradient import loss_gradients

    return float(sum((weight * gradient).abs().sum() for weight, gradient in loss_gradients(network, batch)))
