"""The number of trained numbers, the baseline of all proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nas_problems.evaluation import Metric
from nas_problems.proxy.registry import register

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.fit import Part


@register(
    Metric("n_parameters", penalty=1e12, range=(0.0, 1e7)),
    summary="trained numbers; fewer are better",
    family="size",
    depends_on_weights=False,
)
def n_parameters(network: nn.Module, batch: Part) -> float:
    """Trained numbers of the network."""
    from nas_problems.network.layer import parameter_count

    return float(parameter_count(network))
