"""Dispersion: how far apart the best points lie, compared with all points.

Source: lunacek2006, section 2.
"""

from collections.abc import Collection

import numpy as np

from ela.feature.design import Design, Outcome
from ela.feature.registry import FeatureSet, feature_sets
from nas_problems.array import FloatArray

_PERCENTAGES = (2, 5, 10, 25)
_FEATURES = tuple(
    f"disp.{kind}_{statistic}_{percentage:02d}"
    for kind in ("ratio", "diff")
    for statistic in ("mean", "median")
    for percentage in _PERCENTAGES
)


def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
    """The wanted features of this set.

    For the points at or below the q-quantile of y: mean or median of their distances, divided by
    (``ratio``) or minus (``diff``) that of all points. Distances of zero are left out, as in flacco.
    """
    outcomes: dict[str, Outcome] = {}
    whole: dict[str, float | None] = {}
    best: dict[tuple[str, str], float | None] = {}
    for name in _FEATURES:
        if name not in wanted:
            continue
        _, rest = name.split(".")
        kind, statistic, percentage = rest.split("_")
        if statistic not in whole:
            whole[statistic] = _centre(design.distances, statistic)
        if (statistic, percentage) not in best:
            rows = np.flatnonzero(design.y <= np.quantile(design.y, int(percentage) / 100))
            best[statistic, percentage] = _centre(design.distances[np.ix_(rows, rows)], statistic)
        all_points, best_points = whole[statistic], best[statistic, percentage]
        if all_points is None:
            outcomes[name] = "fewer than 2 distinct points"
        elif best_points is None:
            outcomes[name] = f"fewer than 2 distinct points among the best {int(percentage)} %"
        else:
            outcomes[name] = best_points / all_points if kind == "ratio" else best_points - all_points
    return outcomes


def _centre(distances: FloatArray, statistic: str) -> float | None:
    if statistic == "mean":
        positive = np.count_nonzero(distances)
        return float(distances.sum() / positive) if positive else None
    upper = distances[np.triu_indices(len(distances), k=1)]
    upper = upper[upper != 0]
    return float(np.median(upper)) if upper.size else None


feature_sets.register("dispersion", summary="distances among the best points", family="distances")(
    FeatureSet(_FEATURES, compute, pflacco="calculate_dispersion")
)
