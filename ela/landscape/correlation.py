"""Fitness-distance correlation: does fitness improve on the way to the global optimum?"""

from typing import Literal, get_args

import numpy as np

from ela.correlation import pearson, spearman
from ela.landscape.landscape import Landscape
from nas_problems.array import brief
from nas_problems.checked import checked

Coefficient = Literal["pearson", "spearman"]
"""Which correlation: of the numbers, or of their ranks."""


@checked
def fitness_distance_correlation(
    landscape: Landscape, *, to: object = None, coefficient: Coefficient = "pearson"
) -> float:
    """Correlation of minimised fitness with the distance to a global optimum.

    ``FDC = corr({(d(x*, y), f(y)) for y in Omega})``

    Near 1: fitness improves towards the optimum; near 0: no relation; negative: misleading. (For a
    maximised fitness the sign is the other way round.) Distances are Hamming where every parameter is
    categorical, else Gower.

    Differs: the paper draws the point cloud for one optimum and gives no number.

    Args:
        landscape: Exact, or a sample.
        to: Code of the optimum whose distance counts, shape (d,), as studies that know one optimum report
            it; None: the nearest of *all* optima. In a sample the best point seen stands for the optimum.
        coefficient: ``pearson``, or ``spearman``, which does not depend on the scale of fitness; equal
            values share the mean of their ranks.

    Returns:
        In [-1, 1]; NaN where fitness or distance is constant.

    Raises:
        ValueError: An unknown coefficient, or not one code of the space.

    Source: jones1995, section 2; traore2021, eq. 3.

    >>> import nas_problems
    >>> landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
    >>> round(fitness_distance_correlation(landscape, coefficient="spearman"), 3)
    0.416
    """
    if coefficient not in get_args(Coefficient):
        raise ValueError(f"coefficient: wanted one of {get_args(Coefficient)}, found {brief(coefficient)}")
    away = landscape.distance_to_best if to is None else landscape.distance_to(to)
    return (pearson if coefficient == "pearson" else spearman)(landscape.y, np.asarray(away, dtype=np.float64))
