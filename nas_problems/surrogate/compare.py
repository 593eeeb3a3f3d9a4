"""How well kinds of models predict what they have not seen."""

from collections.abc import Collection, Mapping

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.space import SearchSpace
from nas_problems.surrogate.kind import kinds


def agreement(y: FloatArray, predicted: FloatArray) -> dict[str, float]:
    """R2, Spearman's and Kendall's rank correlation between values and predictions, each (n,)."""
    from scipy.stats import kendalltau, spearmanr

    deviation = float(np.sum((y - y.mean()) ** 2))
    r2 = 1.0 - float(np.sum((y - predicted) ** 2)) / deviation if deviation else float("nan")
    if np.ptp(y) == 0 or np.ptp(predicted) == 0:  # without order there is no correlation
        return {"r2": r2, "spearman": float("nan"), "kendall": float("nan")}
    return {
        "r2": r2,
        "spearman": float(spearmanr(y, predicted)[0]),
        "kendall": float(kendalltau(y, predicted)[0]),
    }


def held_out(
    kind: str, X: FloatArray, y: FloatArray, part: IntArray, *, n_trees: int, space: SearchSpace
) -> FloatArray:
    """Predictions of every row by a model of the rows in other parts, (n,).

    Args:
        kind: One of ``kinds``.
        X: Rows, (n, columns); see ``Fit``.
        y: Values, (n,).
        part: Number of the part of each row, 0 ... parts - 1, (n,).
        n_trees: See ``Fit``.
        space: See ``Fit``.
    """
    predicted = np.empty(len(y))
    for fold in range(int(part.max()) + 1):
        inside = part == fold
        model = kinds[kind].factory.fit(X[~inside], y[~inside], n_trees=n_trees, space=space)
        predicted[inside] = model.predict(X[inside])
    return predicted


def better_of(compared: Mapping[str, Mapping[str, float]], among: Collection[str] | None = None) -> str:
    """The kind with the highest rank correlation (Kendall) held out; the first of equal ones, or where none has any.

    Args:
        compared: Kind -> ``agreement``.
        among: Kinds to choose from; None: all.
    """
    chosen = [kind for kind in compared if among is None or kind in among]
    return max(chosen, key=lambda kind: np.nan_to_num(compared[kind]["kendall"], nan=-2.0))
