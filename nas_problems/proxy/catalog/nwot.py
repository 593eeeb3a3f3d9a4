"""NASWOT: whether images switch different units on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nas_problems.evaluation import Metric
from nas_problems.proxy.registry import register

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.fit import Part

_RIDGE = 1e-5  # else the logarithm has no value where two images switch the same units on


@register(
    Metric("nwot", maximize=True, penalty=1e4, range=(1000.0, 0.0)),
    summary="NASWOT: how different the sets of units are that the images switch on",
    family="activation",
)
def nwot(network: nn.Module, batch: Part) -> float:
    """Log det(K + 1e-5 I), where K counts for each pair of images the units that both switch on, or neither does.

    A unit is switched on where the input of its activation (ReLU, tanh, ...) is positive.

    Source: mellor2021, equation 2.
    """
    import numpy as np
    import torch

    from nas_problems.proxy.activation import switched_units
    from nas_problems.proxy.gradient import as_trained, logits_of

    n = len(batch)
    kernel = np.zeros((n, n))
    with torch.no_grad(), switched_units() as activations:
        logits_of(as_trained(network), batch.images)
    for is_on in activations:
        units = is_on.reshape(n, -1).double().cpu().numpy()
        kernel += units @ units.T + (1.0 - units) @ (1.0 - units).T
    return float(np.linalg.slogdet(kernel + _RIDGE * np.eye(n))[1])
