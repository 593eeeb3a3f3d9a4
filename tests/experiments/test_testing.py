"""The suite passes every registered indicator, and catches every kind of broken one."""

from collections.abc import Callable

import numpy as np
import pytest

from experiments.indicator import Indicator, indicators
from experiments.testing import check_indicator
from nas_problems.array import FloatArray

EPSILON = indicators["epsilon"].factory.compute


@pytest.mark.parametrize("name", indicators.names())
def test_every_registered_indicator_conforms(name: str) -> None:
    """Those of iohnas, and those of plug-ins that are installed."""
    check_indicator(name)


def change_argument(found: FloatArray, target: FloatArray) -> float:
    """Sorts what it was given."""
    value = EPSILON(found, target)
    found.sort(axis=0)
    return value


BROKEN: dict[str, Callable[[FloatArray, FloatArray], float]] = {
    "wanted a finite number": lambda found, target: float("nan"),
    "the arguments were changed": change_argument,
    "wanted a number >= 0": lambda found, target: -1.0,
    "wanted 0 where the whole front was found": lambda found, target: 1.0,
    "another order or a repeated point": lambda found, target: float(
        EPSILON(found, target) and np.abs(found[0] - found[-1]).sum() + len(found)
    ),
    "every point better": lambda found, target: float(
        np.mean([np.linalg.norm(found - point, axis=1).min() for point in target])
    ),
}
"""What is said -> an indicator that does it; the last one is IGD, which is not Pareto compliant."""


@pytest.mark.parametrize("said", sorted(BROKEN))
def test_a_broken_indicator_is_told_what_is_wrong(said: str) -> None:
    """One way to be wrong each."""
    with pytest.raises(AssertionError, match=f"objectives.*: .*{said}"):
        check_indicator(Indicator("mine", BROKEN[said]))


def test_an_unknown_name_comes_with_near_ones() -> None:
    """As in every registry."""
    with pytest.raises(KeyError, match="unknown indicator 'epsilom'; the nearest names are epsilon"):
        check_indicator("epsilom")
