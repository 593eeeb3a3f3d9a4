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

    Most networks come close to the largest value, so that their order depends on the weights that were drawn. On
    forty NAS-Bench-201 cells, drawn from all of NAS-Bench-Suite-Zero's, two draws agree by .94 (Spearman), and three
    with its values by .90, .95 and .95, on 32 photographs; .94 on 128. The definition is that of its code; so is the
    number of images, as its largest values are close to -32. Among the first forty, fewer of which are far below the
    largest value, it is .81 to .91. Noise in place of photographs is worse (.70 to .77 there), and so is batch
    normalisation in evaluation mode (.81 to .84 on the cells that were drawn).

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
