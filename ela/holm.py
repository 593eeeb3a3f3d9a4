"""Holm's correction of p-values for their number."""

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.checked import shaped


@shaped(p=1)
def holm(p: FloatArray) -> FloatArray:
    """p-values corrected for their number by Holm's step-down method, (n,); NaN stays and does not count.

    Source: holm1979.

    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    corrected = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    factors = len(order) - np.arange(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(factors * p[order]), 1.0)
    return corrected
