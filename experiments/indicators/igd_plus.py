"""The modified inverted generational distance."""

from experiments.indicator import Indicator, indicators
from nas_problems.array import FloatArray


def igd_plus(found: FloatArray, target: FloatArray) -> float:
    """IGD+: mean over the target of how far the nearest found point is behind, in O(n k m).

    Weakly Pareto compliant, as IGD is not. Source: ishibuchi2015, equation 18.

    >>> import numpy as np
    >>> igd_plus(np.array([[0.5, 0.75], [1.0, 0.0]]), np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]))
    0.25
    """
    from moocore import igd_plus as distance

    return float(distance(found, ref=target))


indicators.register("igd_plus", summary="mean distance by which the target is missed", family="ishibuchi2015")(
    Indicator("IGD+", igd_plus)
)
