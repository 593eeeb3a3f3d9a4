"""Level sets: how well linear and quadratic boundaries separate the best points from the others.

Source: mersmann2011, section 3.3.
"""

import warnings
from collections.abc import Collection
from typing import Any

import numpy as np

from ela.feature.design import Design, Outcome
from ela.feature.registry import FeatureSet, feature_sets
from nas_problems.array import BoolArray, FloatArray

_PERCENTAGES = (10, 25, 50)
_FOLDS = 10


def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
    """The wanted features of this set: errors of discriminant analyses in ten-fold cross-validation.

    Differs: flacco's third method, mixture discriminant analysis, is left out, as in pflacco.
    """
    outcomes: dict[str, Outcome] = {}
    if not design.varies.any():
        return {name: "fewer than 2 distinct points" for name in _FEATURES if name in wanted}
    for percentage in _PERCENTAGES:
        names = [f"ela_level.{kind}_{percentage}" for kind in ("mmce_lda", "mmce_qda", "lda_qda")]
        if not set(names) & set(wanted):
            continue
        low = design.y < np.quantile(design.y, percentage / 100)
        if min(low.sum(), (~low).sum()) < _FOLDS:
            reason = f"{int(low.sum())} points below the {percentage} % quantile, wanted {_FOLDS}"
            outcomes.update(dict.fromkeys(names, reason))
            continue
        linear, quadratic = _errors(design, low)
        outcomes[names[0]], outcomes[names[1]] = linear, quadratic
        if isinstance(linear, str) or isinstance(quadratic, str):
            outcomes[names[2]] = "one of the two errors is undefined"
        else:
            outcomes[names[2]] = linear / quadratic if quadratic > 0 else "the quadratic error is zero"
    return {name: value for name, value in outcomes.items() if name in wanted}


def _errors(design: Design, low: BoolArray) -> tuple[Outcome, Outcome]:
    """Of linear and of quadratic discriminant analysis."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

    X = design.X[:, design.varies]  # rounding makes a deviation of more than 0 from the mean of equal numbers
    n_constant = design.X.shape[1] - X.shape[1]
    linear = _error(LinearDiscriminantAnalysis, X, low)
    if n_constant:  # as of scikit-learn's later versions
        return linear, f"{QuadraticDiscriminantAnalysis.__name__}: {n_constant} variables are constant"
    return linear, _error(QuadraticDiscriminantAnalysis, X, low)


def _error(method: Any, X: FloatArray, low: BoolArray) -> Outcome:
    """Mean share of wrong classes over the folds, or why there is none."""
    from sklearn.model_selection import StratifiedKFold

    errors: list[float] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # collinear variables
            for train, test in StratifiedKFold(n_splits=_FOLDS).split(X, low):
                model = method().fit(X[train], low[train])
                errors.append(float(np.mean(model.predict(X[test]) != low[test])))
    except (np.linalg.LinAlgError, ValueError) as error:  # a class that spans too few dimensions
        return f"{method.__name__}: {str(error).splitlines()[0]}"
    return float(np.mean(errors))


_FEATURES = tuple(
    f"ela_level.{kind}_{percentage}" for percentage in _PERCENTAGES for kind in ("mmce_lda", "mmce_qda", "lda_qda")
)

feature_sets.register("level", summary="separability of the best points", family="models")(
    FeatureSet(
        _FEATURES,
        compute,
        pflacco="calculate_ela_level",
        varies={"points reordered": frozenset(_FEATURES)},  # the folds are taken in order
    )
)
