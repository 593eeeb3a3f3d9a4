"""Floating point operations of one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nas_problems.evaluation import Metric
from nas_problems.proxy.registry import register

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.fit import Part


@register(
    Metric("n_flops", penalty=1e15, range=(0.0, 1e10)),
    summary="floating point operations of one image, two per multiplication; fewer are better",
    family="size",
    depends_on_weights=False,
)
def n_flops(network: nn.Module, batch: Part) -> float:
    """See ``nas_problems.network.measure.flop_count``."""
    from nas_problems.network.measure import flop_count
    from nas_problems.network.shape import ImageShape

    n_channels, height, width = batch.images.shape[1:]
    return float(flop_count(network, ImageShape(n_channels, height, width, n_classes=0)))
