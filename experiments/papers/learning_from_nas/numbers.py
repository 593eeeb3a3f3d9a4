"""What the paper and its repository print, and how R flacco computed it; no measurement of ours.

Source: vanstein2020.
"""

from ela.feature.registry import LEARNING_FROM_NAS
from nas_problems.datasets.chain_cnn import COLUMNS

DATASETS = ("mnist", "fashion", "cifar10")
TITLES = {"mnist": "MNIST", "fashion": "Fashion", "cifar10": "CIFAR-10"}

MeanSd = tuple[float, float]

FEATURES: dict[str, tuple[MeanSd, MeanSd, MeanSd]] = {
    "disp.diff_mean_02": ((0.0223, 0.0403), (0.199, 0.0736), (0.0499, 0.0459)),
    "disp.diff_mean_05": ((0.0223, 0.0403), (0.199, 0.0736), (0.0499, 0.0459)),
    "disp.ratio_mean_02": ((1.0, 0.00209), (1.01, 0.00381), (1.0, 0.00238)),
    "disp.ratio_mean_05": ((1.0, 0.00209), (1.01, 0.00381), (1.0, 0.00238)),
    "ela_distr.kurtosis": ((-1.87, 0.00648), (-0.718, 0.0843), (4.9, 0.258)),
    "ela_distr.skewness": ((-0.0862, 0.0289), (-0.87, 0.0396), (2.24, 0.0404)),
    "ic.eps_max": ((0.00323, 0.00127), (0.00462, 0.000634), (0.00247, 0.000431)),
    "ic.eps_ratio": ((-1.36, 0.021), (-1.73, 0.0282), (-2.19, 0.0301)),
    "ic.eps_s": ((-1.07, 0.00981), (-1.18, 0.0134), (-1.31, 0.0104)),
    "ic.h_max": ((0.823, 0.0101), (0.825, 0.00952), (0.768, 0.0105)),
    "ic.m0": ((0.541, 0.0135), (0.599, 0.014), (0.558, 0.00953)),
    "ela_meta.lin_simple.adj_r2": ((0.436, 0.00781), (0.383, 0.0118), (0.472, 0.0117)),
    "ela_meta.lin_simple.intercept": ((0.581, 0.00636), (0.617, 0.00569), (0.199, 0.00276)),
    "ela_meta.lin_w_interact.adj_r2": ((0.327, 0.0202), (0.314, 0.0216), (0.566, 0.031)),
    "nbc.dist_ratio.coeff_var": ((0.132, 0.00224), (0.1, 0.00139), (0.124, 0.00206)),
    "nbc.nb_fitness.cor": ((-0.43, 0.0119), (-0.461, 0.0108), (-0.306, 0.00833)),
    "nbc.nn_nb.cor": ((0.411, 0.0213), (0.589, 0.0138), (0.468, 0.0145)),
    "nbc.nn_nb.mean_ratio": ((0.874, 0.00215), (0.916, 0.00104), (0.889, 0.00195)),
    "nbc.nn_nb.sd_ratio": ((0.539, 0.0126), (0.626, 0.0117), (0.551, 0.0124)),
    "ela_meta.quad_simple.adj_r2": ((0.486, 0.00733), (0.497, 0.0112), (0.488, 0.012)),
}
"""Mean and sd over 30 parts of 800 points (table of the repository's README), for MNIST, Fashion, CIFAR-10."""

NEIGHBOUR_DISTANCES: dict[str, tuple[MeanSd, MeanSd]] = {
    "mnist": ((3.24, 0.03), (0.71, 0.17)),
    "fashion": ((2.71, 0.04), (0.72, 0.20)),
    "cifar10": ((3.24, 0.04), (0.72, 0.18)),
}
"""Distance to the 20 nearest BBOB rows, and of these to their own 20 nearest. Source: vanstein2020, section 5."""

NEAREST_FUNCTIONS = (12, 11, 13)

NAMED_SOLVERS = ("GLOBAL", "iAMALGAM", "BIPOP-CMA-ES")
"""What the paper would take to the ill-conditioned functions nearest to its tasks. Source: vanstein2020, section 5."""


def against(away: MeanSd, inside: MeanSd) -> str:
    """A distance compared with another one."""
    return f"{away[0]:g} +- {away[1]:g} against {inside[0]:g} +- {inside[1]:g}"


BOUNDS: dict[str, tuple[float, float]] = {
    "s_": (1, 5),
    "filters_": (10, 600),
    "k_": (1, 8),
    "dropout_": (1e-5, 0.9),
    "lr": (1e-5, 1e-2),
    "l2": (1e-5, 1e-2),
    "dense_size_": (0, 2000),
}
"""Bounds that the authors' analysis maps to [-5, 5], by the beginning of a variable's name."""

REDUCED_RANGES: dict[str, str] = {
    "s_": "(2, 5]",
    "filters_": "(250, 400]",
    "k_": "(3, 7]",
    "dropout_": "(0.1, 0.4]",
    "lr": "(0.004, 0.009]",
    "l2": "(0.0005, 0.003]",
    "dense_size_": "(500, 1500]",
}
"""Source: vanstein2020, table 1."""

_FLACCO_NAMES = {
    "ic.h_max": "ic.h.max",
    "ic.eps_s": "ic.eps.s",
    "ic.eps_max": "ic.eps.max",
    "ic.eps_ratio": "ic.eps.ratio",
}

FLACCO_NAMES = {name: _FLACCO_NAMES.get(name, name) for name in LEARNING_FROM_NAS}
"""pflacco's names of the 20 features -> R flacco's."""

_N_COEFFICIENTS = {"lin_simple": 23, "lin_w_interact": 23 + 253, "quad_simple": 46}


def kind_of(variable: str) -> str:
    """The beginning of a variable's name in ``BOUNDS``: ``k_3`` -> ``k_``."""
    return next(kind for kind in BOUNDS if variable.startswith(kind))


def bounds_of_variables() -> tuple[list[float], list[float]]:
    """Lower and upper bounds of the 23 variables."""
    pairs = [BOUNDS[kind_of(variable)] for variable in COLUMNS]
    return [low for low, _ in pairs], [high for _, high in pairs]


def flacco_adjusted_r2(name: str, adjusted: float, n: int) -> float:
    """The adjusted R^2 that R flacco prints, from the usual one, for the models in 23 variables.

    flacco takes the residual degrees of freedom n - p - 1 for the number of points, and the rank p + 1 for
    the number of variables, so that the coefficients are subtracted twice:
    ``1 - (1 - R^2) (m - 1) / (m - (p + 1) - 1)`` with ``m = n - p - 1``. With 23 variables it makes no
    difference that can be seen, with 276 columns it does.

    Args:
        name: The feature.
        adjusted: ``1 - (1 - R^2) (n - 1) / (n - p - 1)``.
        n: Number of points.

    >>> round(flacco_adjusted_r2("ela_meta.lin_w_interact.adj_r2", 0.53, 800), 2)
    0.34
    >>> flacco_adjusted_r2("ic.m0", 0.5, 800)
    0.5
    """
    parts = name.split(".")
    if parts[-1] != "adj_r2":
        return adjusted
    p = _N_COEFFICIENTS[parts[1]]
    unexplained = (1 - adjusted) * (n - p - 1) / (n - 1)
    m = n - p - 1
    return 1 - unexplained * (m - 1) / (m - p - 2)
