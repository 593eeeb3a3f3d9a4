"""Jacobian covariance: whether images have gradients of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nas_problems.evaluation import Metric
from nas_problems.proxy.registry import register

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.fit import Part

_EPSILON = 1e-5


@register(
    Metric("jacob_cov", maximize=True, penalty=1e8, range=(0.0, -1000.0)),
    summary="Jacobian covariance (jacov): how little the gradients of the images correlate",
    family="jacobian",
)
def jacob_cov(network: nn.Module, batch: Part) -> float:
    """-sum(log(v + 1e-5) + 1 / (v + 1e-5)) over the eigenvalues v of the correlations between the images' gradients.

    The gradient of an image is that of the batch's summed logits with respect to its pixels; images whose gradient
    is constant correlate with all others.

    Most networks come close to the largest value, so that their order depends on the weights that were drawn, and on
    the images: on forty NAS-Bench-201 cells two draws agree by .83 to .91 on photographs in batches of 32 (Spearman),
    by .79 on noise, and with the values of NAS-Bench-Suite-Zero by .81 to .91 on photographs, .70 to .77 on noise.

    Returns:
        A negative number, at most minus the number of images, or nearly so, which gradients without correlation
        have; about -1e5 per image where all gradients are equal.

    Source: mellor2021, version 1 of the preprint; abdelfattah2021, section 3.2.
    """
    import numpy as np
    import torch

    from nas_problems.proxy.gradient import as_trained, logits_of

    images = batch.images.clone().requires_grad_()
    output = logits_of(as_trained(network), images).sum()
    gradients = np.zeros((len(images), images[0].numel()))
    if output.requires_grad:
        (jacobian,) = torch.autograd.grad(output, images, allow_unused=True)
        if jacobian is not None:
            gradients = jacobian.flatten(1).double().cpu().numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = np.nan_to_num(np.corrcoef(gradients), nan=1.0)
    values = np.maximum(np.linalg.eigvalsh(correlations), 0.0) + _EPSILON
    return float(-(np.log(values) + 1.0 / values).sum())
