"""The additive epsilon indicator."""

from experiments.indicator import Indicator, indicators
from nas_problems.array import FloatArray


def epsilon(found: FloatArray, target: FloatArray) -> float:
    """The least number that, subtracted from all that was found, lets it dominate the target weakly; O(n k m).

    Weakly Pareto compliant. Source: zitzler2003, definition 3.

    >>> import numpy as np
    >>> epsilon(np.array([[0.5, 0.75], [1.0, 0.0]]), np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]))
    0.5
    """
    from moocore import epsilon_additive

    return float(epsilon_additive(found, ref=target))


indicators.register("epsilon", summary="additive epsilon: the worst miss", family="zitzler2003")(
    Indicator("epsilon", epsilon)
)
