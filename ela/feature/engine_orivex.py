"""Features as orivex computes them: the only file that imports orivex."""

import warnings
from collections.abc import Collection
from functools import cache
from typing import Any

import numpy as np

from ela.feature.design import Design, Outcome

_OTHER_DEFINITION = frozenset({"ela_meta.quad_w_interact.adj_r2"})
"""Features that share a name with pflacco's but not the definition."""

FEWEST_OF_A_TOUR = 4
"""Distinct points that information content needs; orivex gives numbers for fewer."""


@cache
def names() -> frozenset[str]:
    """Names of the features that orivex defines as pflacco does."""
    import orivex

    return frozenset(spec.name for spec in orivex.list_features()) - _OTHER_DEFINITION


def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
    """Those of the wanted features that orivex has, and whose ties it breaks as ``Design`` says.

    Its tour always starts at the lexicographically smallest point, so that ``rng`` is not used.

    Differs: a best point's nearest better one is the nearest equally good point wherever it is, see
    ``nearest_better``; of equally near points that of the lowest row counts.
    """
    import orivex

    chosen = sorted(name for name in names() & set(wanted) if not _differs(name, design))
    if not chosen:
        return {}
    sample = orivex.LandscapeSample(design.X, design.y, lower=design.lower, upper=design.upper)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a division by zero is reported as the feature's status
        values: Any = orivex.compute(sample, chosen, rng=rng, y_normalization=None).values
    return {
        name: float(value.value) if value.value is not None else f"orivex: {value.message}"
        for name, value in values.items()
    }


def _differs(name: str, design: Design) -> bool:
    """Whether a feature depends on a tie in the design that orivex breaks in another way, or on the rounding of the
    mean of a constant variable.
    """
    if name.startswith("ela_level."):
        return not design.varies.all()
    if name.startswith("nbc."):
        return design.has_tied_best or design.has_tied_distances
    return name.startswith("ic.") and (design.has_tied_distances or design.distinct.n < FEWEST_OF_A_TOUR)
