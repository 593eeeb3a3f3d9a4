"""Fitness-distance correlation: does fitness improve on the way to the global optimum?"""

import numpy as np

from ela.landscape.landscape import Landscape
from nas_problems.array import FloatArray


def correlation(a: FloatArray, b: FloatArray) -> float:
    """Pearson's correlation; NaN where one of the two is constant."""
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def fitness_distance_correlation(landscape: Landscape) -> float:
    """Correlation of minimised fitness with the distance to the nearest global optimum.

    ``FDC = corr({(d(x*, y), f(y)) for y in Omega})``

    Near 1: fitness improves towards the optimum; near 0: no relation; negative: misleading. (For a
    maximised fitness the sign is the other way round.) Distances are to the nearest of *all* optima,
    Hamming where every parameter is categorical, else Gower. In a sample the best point seen stands
    for the optimum.

    Differs: the paper draws the point cloud for one optimum and gives no number.

    Returns:
        In [-1, 1]; NaN where fitness or distance is constant.

    Source: jones1995, section 2; traore2021, eq. 3.
    """
    return correlation(landscape.y, landscape.distance_to_best)
