"""Linear and quadratic models of the values: how well they fit, and their coefficients.

Source: mersmann2011, section 3.4.
"""

import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from ela.feature.design import Design, Outcome
from ela.feature.registry import FeatureSet, feature_sets
from nas_problems.array import FloatArray

_SAFE_DIAGONAL = 1e-6  # of the Cholesky factor of scaled columns: below it, decide by singular values


@dataclass(frozen=True)
class Fit:
    """A least-squares fit with intercept on centred columns.

    Args:
        coefficients: Of the columns as given, shape (p,); those of least norm where columns depend on others.
        r2: Coefficient of determination.
        rank: Rank of the centred columns; p where none depends on others.
    """

    coefficients: FloatArray
    r2: float
    rank: int


def fit(columns: FloatArray, y: FloatArray) -> Fit:
    """Least squares of ``y`` (n,) on ``columns`` (n, p) and an intercept."""
    centred = columns - columns.mean(axis=0)
    centred[:, columns.min(axis=0) == columns.max(axis=0)] = 0.0  # the mean of equal numbers can differ from them
    unit = 2.0 ** np.floor(np.log2(np.ptp(y / 2))) if np.ptp(y / 2) > 0 else 1.0
    values = y / unit  # their squares neither overflow nor vanish
    values = values - values.mean()
    scales = np.sqrt(np.einsum("ij,ij->j", centred, centred))
    total = float(values @ values)
    if 0 < len(scales) < len(y) and scales.min() > 1e-12 * max(scales.max(), 1e-300):
        scaled = centred / scales
        try:
            factor = np.linalg.cholesky(scaled.T @ scaled)
        except np.linalg.LinAlgError:
            factor = None
        if factor is not None and factor.diagonal().min() > _SAFE_DIAGONAL:
            from scipy.linalg import cho_solve  # slow to import

            solution = np.zeros(len(scales))
            residuals = values
            for _ in range(2):  # the second step takes away what squaring the columns has cost
                solution = solution + cho_solve((factor, True), scaled.T @ residuals, check_finite=False)
                residuals = values - scaled @ solution
            return Fit(solution / scales * unit, 1 - float(residuals @ residuals) / total, len(scales))
    solution, _, rank, _ = np.linalg.lstsq(centred, values, rcond=None)
    residuals = values - centred @ solution
    return Fit(solution * unit, 1 - float(residuals @ residuals) / total, int(rank))


def adjusted_r2(r2: float, n: int, rank: int) -> Outcome:
    """``1 - (1 - R^2) (n - 1) / (n - rank - 1)``, rank without the intercept.

    Differs: pflacco counts columns where the rank is lower, i.e. where columns depend on each other (one-hot
    codes do). Counting the rank gives the value that R's ``summary.lm`` prints.

    >>> adjusted_r2(0.5, n=11, rank=5)
    0.0
    """
    if n - rank - 1 <= 0:
        return f"{n} points, wanted more than the {rank + 1} coefficients of the model"
    return 1 - (1 - r2) * (n - 1) / (n - rank - 1)


def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
    """The wanted features of this set."""
    outcomes: dict[str, Outcome] = {}
    n, d = design.n, design.d
    prefix = "ela_meta."
    if any(name.startswith(f"{prefix}lin_simple") for name in wanted):
        linear = fit(design.X, design.y)
        size = np.abs(linear.coefficients)
        dependent = f"{d - linear.rank} of {d} variables depend on others" if linear.rank < d else ""
        outcomes[f"{prefix}lin_simple.adj_r2"] = adjusted_r2(linear.r2, n, linear.rank)
        intercept = float(design.y.mean() - design.X.mean(axis=0) @ linear.coefficients)
        outcomes[f"{prefix}lin_simple.intercept"] = intercept
        outcomes[f"{prefix}lin_simple.coef.min"] = dependent or float(size.min())
        outcomes[f"{prefix}lin_simple.coef.max"] = dependent or float(size.max())
        outcomes[f"{prefix}lin_simple.coef.max_by_min"] = dependent or _ratio(size)
    if f"{prefix}lin_w_interact.adj_r2" in wanted:
        interactions = fit(np.concatenate([design.terms[:, :d], design.terms[:, 2 * d :]], axis=1), design.y)
        outcomes[f"{prefix}lin_w_interact.adj_r2"] = adjusted_r2(interactions.r2, n, interactions.rank)
    if any(name.startswith(f"{prefix}quad_simple") for name in wanted):
        quadratic = fit(design.terms[:, : 2 * d], design.y)
        outcomes[f"{prefix}quad_simple.adj_r2"] = adjusted_r2(quadratic.r2, n, quadratic.rank)
        half = (design.upper - design.lower) / 2
        curvature = np.abs(quadratic.coefficients[d:]) / half**2  # back from [-1, 1] to the bounds
        dependent = "columns of the quadratic model depend on others" if quadratic.rank < 2 * d else ""
        outcomes[f"{prefix}quad_simple.cond"] = dependent or _ratio(curvature)
    if f"{prefix}quad_w_interact.adj_r2" in wanted:
        outcomes[f"{prefix}quad_w_interact.adj_r2"] = _quadratic_with_interactions(design)
    return {name: value for name, value in outcomes.items() if name in wanted}


def _ratio(size: FloatArray) -> Outcome:
    return float(size.max() / size.min()) if size.min() > 0 else "the smallest coefficient is zero"


def _quadratic_with_interactions(design: Design) -> Outcome:
    """Model of x, x^2 and all products of two of these 2 d columns, as in pflacco and flacco."""
    both = np.concatenate([design.X, design.X**2], axis=1)
    left, right = np.triu_indices(2 * design.d, k=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        model = fit(np.concatenate([both, both[:, left] * both[:, right]], axis=1), design.y)
    return adjusted_r2(model.r2, design.n, model.rank)


_FEATURES = (
    "ela_meta.lin_simple.adj_r2",
    "ela_meta.lin_simple.intercept",
    "ela_meta.lin_simple.coef.min",
    "ela_meta.lin_simple.coef.max",
    "ela_meta.lin_simple.coef.max_by_min",
    "ela_meta.lin_w_interact.adj_r2",
    "ela_meta.quad_simple.adj_r2",
    "ela_meta.quad_simple.cond",
    "ela_meta.quad_w_interact.adj_r2",
)

_MINIMUM: dict[str, Callable[[int], int]] = {
    "lin_simple": lambda d: d + 2,
    "lin_w_interact": lambda d: d + d * (d - 1) // 2 + 2,
    "quad_simple": lambda d: 2 * d + 2,
    "quad_w_interact": lambda d: 2 * d + d * (2 * d - 1) + 2,
}
"""One more than the coefficients of each model."""

feature_sets.register("meta-model", summary="fit and coefficients of linear and quadratic models", family="models")(
    FeatureSet(
        _FEATURES,
        compute,
        pflacco="calculate_ela_meta",
        minimum={name: _MINIMUM[name.split(".")[1]] for name in _FEATURES},
        varies={
            "values shifted": frozenset({"ela_meta.lin_simple.intercept"}),
            "values scaled": frozenset(f"ela_meta.lin_simple.{name}" for name in ("intercept", "coef.min", "coef.max")),
            "points shifted": frozenset({"ela_meta.lin_simple.intercept"}),
        },
    )
)
