"""Indicators: how far the front that a search found is from the one that is compared with, as one number.

Each file in ``experiments/indicators`` registers one; a report has a column for each, and
``experiments.testing.check_indicator`` checks it. The hypervolume is not among them: it needs no front to compare
with, and is what regret is made of.
"""

from collections.abc import Callable
from dataclasses import dataclass

from nas_problems.array import FloatArray
from nas_problems.registry import Registry


@dataclass(frozen=True, slots=True)
class Indicator:
    """A distance between two sets of points.

    Args:
        label: Heading of its column.
        compute: ``(found, target) -> distance`` of minimised values (n, m) and (k, m), n, k >= 1, on the scale where
            the front that is compared with reaches from 0 to 1; 0 where nothing is missing.
    """

    label: str
    compute: Callable[[FloatArray, FloatArray], float]


indicators: Registry[Indicator] = Registry(
    "indicator", catalog="experiments.indicators", entry_points="iohnas.indicators"
)
"""All registered indicators; the name of one is a column of ``indicators.csv``."""
