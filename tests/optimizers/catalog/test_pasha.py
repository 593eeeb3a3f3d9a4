"""PASHA's tolerance against the definition, pair by pair."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from nas_problems.array import FloatArray
from optimizers.catalog.pasha import _tolerance


def by_definition(curves: FloatArray) -> float:
    """The 90th percentile of |difference of the last values| over pairs whose curves cross at least twice."""
    differences = []
    for a, b in combinations(curves.tolist(), 2):
        leads = [x > y for x, y in zip(a, b, strict=True) if x != y]
        if sum(before != after for before, after in pairwise(leads)) >= 2:
            differences.append(abs(a[-1] - b[-1]))
    return float(np.percentile(differences, 90)) if differences else 0.0


@pytest.mark.parametrize("n_values", [2, 4, 1000])
@pytest.mark.parametrize("n_rungs", [2, 3, 7])
def test_what_counts_as_equal(n_values: int, n_rungs: int) -> None:
    rng = np.random.default_rng(1)
    found = []
    for n in range(1, 40):
        curves = rng.integers(0, n_values, (n, n_rungs)).astype(np.float64)
        found.append(_tolerance(curves))
        assert found[-1] == by_definition(curves)
    assert (max(found) > 0) == (n_rungs > 2)
