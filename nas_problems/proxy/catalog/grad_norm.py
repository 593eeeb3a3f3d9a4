"""The norm of the gradient of the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nas_problems.evaluation import Metric
from nas_problems.proxy.registry import register

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.fit import Part


@register(
    Metric("grad_norm", maximize=True, penalty=0.0, range=(500.0, 0.0)),
    summary="norm of the gradient of the loss, summed over the layers",
    family="saliency",
)
def grad_norm(network: nn.Module, batch: Part) -> float:
    """Sum of the Euclidean norms of the gradients of all convolutions' and linear layers' weights; >= 0.

    Source: abdelfattah2021, section 3.1.
    """
    from nas_problems.proxy.gradient import loss_gradients

    return float(sum(gradient.norm() for _, gradient in loss_gradients(network, batch)))
