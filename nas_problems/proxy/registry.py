"""The registered zero-cost proxies. torch is imported when one is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from nas_problems.evaluation import Metric
from nas_problems.registry import Registry

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.fit import Part

Measure = Callable[["nn.Module", "Part"], float]
"""A plain, untrained network and a batch of training images, on one device, to a finite number. The network is the
function's own: it may be changed."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A number that is known of a network without training it.

    Args:
        metric: Its name, direction, penalty and range; ``zero_cost`` is set.
        measure: See ``Measure``.
        depends_on_weights: Whether it differs between draws of the initial weights.
    """

    metric: Metric
    measure: Measure
    depends_on_weights: bool = True


proxies: Registry[Proxy] = Registry("proxy", catalog="nas_problems.proxy.catalog", entry_points="iohnas.proxies")
"""All registered proxies."""


def register(
    metric: Metric, *, summary: str, family: str, depends_on_weights: bool = True
) -> Callable[[Measure], Measure]:
    """Decorator that registers a function of a network as a proxy, under the name of its metric.

    Args:
        metric: What it measures.
        summary: One line for lists.
        family: Group in lists.
        depends_on_weights: See ``Proxy``.

    Raises:
        ValueError: A name that is taken.
    """

    def add(measure: Measure) -> Measure:
        proxy = Proxy(replace(metric, zero_cost=True), measure, depends_on_weights)
        proxies.register(metric.name, summary=summary, family=family)(proxy)
        return measure

    return add


def names() -> tuple[str, ...]:
    """Names of all proxies, sorted."""
    return proxies.names()


@cache
def proxy_metrics() -> Mapping[str, Metric]:
    """The metrics of all proxies, by name."""
    return {entry.name: entry.factory.metric for entry in proxies}
