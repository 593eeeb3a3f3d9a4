"""Correlations that neither overflow nor vanish, whatever the unit of the values."""

import numpy as np

from nas_problems.array import FloatArray


def pearson(a: FloatArray, b: FloatArray) -> float:
    """Pearson's correlation of two vectors (n,); NaN where one of them is constant or has fewer than 2 values.

    >>> pearson(np.array([1e-300, 2e-300, 4e-300]), np.array([1e300, 2e300, 4e300]))
    1.0
    """
    if len(a) < 2 or a.min() == a.max() or b.min() == b.max():
        return float("nan")
    x, y = _unit(a), _unit(b)
    return float(np.corrcoef(x, y)[0, 1])


def spearman(a: FloatArray, b: FloatArray) -> float:
    """Spearman's rank correlation of two vectors (n,); equal values share the mean of their ranks.

    NaN: see ``pearson``.

    >>> round(spearman(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 8.0, 9.0, 9.0])), 4)
    0.8333
    """
    from scipy.stats import rankdata

    return pearson(rankdata(a), rankdata(b))


def _unit(values: FloatArray) -> FloatArray:
    """Values about their middle in units of their largest distance from it."""
    centred = values - values.min() / 2 - values.max() / 2
    scaled: FloatArray = centred / np.abs(centred).max()
    return scaled
