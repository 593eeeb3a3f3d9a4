"""Features as pflacco computes them: the only file that imports pflacco.

pflacco 1.2.2 asks for older versions of numpy and pandas than ioh can work with, but runs on the new ones,
so that it is installed without its dependencies and is optional.
"""

import importlib
import importlib.util
import math
import warnings
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

import numpy as np

from ela.feature.design import Design, Outcome
from ela.feature.registry import FeatureSet

INSTALL = "pip install --no-deps pflacco==1.2.2 pyDOE==0.3.9"

MISSING = f"engine 'pflacco': wanted pflacco 1.2.2 and scipy < 1.18, found none that can be imported; {INSTALL}"


_ORDER_OF_A_TREE = frozenset({"calculate_nbc", "calculate_information_content"})
"""Functions whose results depend on which of equally near points comes first."""

_ROUNDING_OF_CONSTANTS = frozenset({"calculate_pca", "calculate_ela_meta", "calculate_ela_level"})
"""Functions that tell a constant variable by its deviation from its mean, which rounding makes more than 0."""


@cache
def available() -> bool:
    """Whether pflacco is installed and can be imported: 1.2.2 takes a function from scipy that scipy 1.18 lacks."""
    if importlib.util.find_spec("pflacco") is None:
        return False
    try:
        importlib.import_module("pflacco.classical_ela_features")
    except ImportError:
        return False
    return True


def compute(
    entry: FeatureSet, design: Design, wanted: Collection[str], rng: np.random.Generator | None
) -> dict[str, Outcome]:
    """The wanted features of a set by pflacco's function; nothing where pflacco has none or breaks.

    Nothing is left to chance: a tour starts at the smallest point, or at one drawn from ``rng``, and equal points
    are merged before it. What depends on which of equally near points comes first is left out: there it is
    the order of a tree. So are models and components where a variable is constant.

    Raises:
        ImportError: pflacco is not installed; the message has the command.
    """
    if entry.pflacco is None:
        return {}
    if not available():
        raise ImportError(MISSING)
    if entry.pflacco in _ORDER_OF_A_TREE and design.has_tied_distances:
        return {}
    if entry.pflacco in _ROUNDING_OF_CONSTANTS and not design.varies.all():
        return {}
    from pflacco import classical_ela_features

    function: Callable[..., dict[str, Any]] = getattr(classical_ela_features, entry.pflacco)
    options: dict[str, Any] = {}
    if entry.pflacco == "calculate_nbc":
        options["dist_tie_breaker"] = "first"
    if entry.pflacco == "calculate_information_content":
        design = design.distinct
        if design.n < 4 or design.constant:
            reason = "fewer than 4 distinct points" if design.n < 4 else "y is constant over distinct points"
            return {name: reason for name in entry.features if name in wanted}
        options["ic_nn_start"] = design.start if rng is None else int(rng.integers(design.n))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            values = function(design.X.copy(), design.y.copy(), **options)
    except Exception:  # pflacco raises the bare class; our own code then gives the number or the reason
        return {}
    return {name: _outcome(values.get(name)) for name in entry.features if name in wanted}


def _outcome(value: Any) -> Outcome:
    if value is None:
        return "pflacco has no value"
    number = float(np.real(value))
    return number if math.isfinite(number) else f"pflacco's value is {number}"
