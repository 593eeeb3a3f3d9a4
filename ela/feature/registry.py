"""The registry of feature sets, and what a feature set is.

To add a set, add one file in ``ela/feature/sets`` that registers a ``FeatureSet``; it is found by name, and
``ela.testing.check_feature_set`` checks it with all others.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ela.feature.design import Design, Outcome
from nas_problems.array import FloatArray, brief
from nas_problems.checked import checked
from nas_problems.registry import Registry

Compute = Callable[[Design, Collection[str], np.random.Generator | None], dict[str, Outcome]]
"""``(design, wanted names, rng) -> {name: value or reason}``; rng None: no random choice at all."""


Change = Literal["values shifted", "values scaled", "points shifted", "points reordered", "variables reordered"]
"""What can be done to a design: y + c; c y; X + c, with the bounds; its rows or its columns in another order."""


@dataclass(frozen=True)
class FeatureSet:
    """Some features that share work.

    Args:
        features: Their names, as pflacco has them; of your own, with a prefix of your own: ``mine.range``.
        compute: Our own computation of the wanted ones.
        pflacco: Name of pflacco's function for the set; None if it has none.
        without_values: The features that look at the points only, and so are defined for constant values.
        minimum: Feature -> (number of variables -> fewest points that define it), whoever computes; 2 if not given.
        varies: Change -> the features that it may change. No other feature may depend on it.

    >>> feature_sets["distribution"].factory.features[:2]
    ('ela_distr.skewness', 'ela_distr.kurtosis')
    """

    features: tuple[str, ...]
    compute: Compute
    pflacco: str | None = None
    without_values: frozenset[str] = frozenset()
    minimum: Mapping[str, Callable[[int], int]] = field(default_factory=dict)
    varies: Mapping[Change, frozenset[str]] = field(default_factory=dict)

    @classmethod
    @checked
    def from_function(
        cls,
        function: Callable[[FloatArray, FloatArray], Mapping[str, float]],
        features: Collection[str],
        *,
        varies: Mapping[Change, Collection[str]] | None = None,
    ) -> "FeatureSet":
        """A set from any function of points and values, such as those of pflacco.

        Args:
            function: ``(X (n, d), y (n,)) -> {name: value}``; it gets at least 2 points, and values that are not all
                equal. NaN: undefined.
            features: The names that it returns.
            varies: See the class.

        >>> def spread(X, y):
        ...     return {"mine.range": y.max() - y.min()}
        >>> mine = FeatureSet.from_function(spread, ["mine.range"], varies={"values scaled": ["mine.range"]})
        >>> mine.features
        ('mine.range',)
        """

        def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
            values = function(design.X.copy(), design.y.copy())
            return {name: float(values[name]) for name in wanted}

        compute.__module__ = getattr(function, "__module__", None) or ""  # whose it is, see ``is_ours``
        allowed: dict[Change, frozenset[str]] = {change: frozenset(names) for change, names in (varies or {}).items()}
        return cls(tuple(features), compute, varies=allowed)

    @property
    def is_ours(self) -> bool:
        """Whether the set comes with this package."""
        return self.compute.__module__.startswith("ela.feature.")

    def too_few(self, name: str, design: Design) -> str | None:
        """Why the design has too few points for a feature; None if it has enough."""
        wanted = self.minimum[name](design.d) if name in self.minimum else 2
        return None if design.n >= wanted else f"{design.n} points, wanted at least {wanted}"


feature_sets: Registry[FeatureSet] = Registry("feature set", catalog="ela.feature.sets", entry_points="iohnas.features")
"""All feature sets, by name."""

LEARNING_FROM_NAS = (
    "disp.diff_mean_02",
    "disp.diff_mean_05",
    "disp.ratio_mean_02",
    "disp.ratio_mean_05",
    "ela_distr.kurtosis",
    "ela_distr.skewness",
    "ic.eps_max",
    "ic.eps_ratio",
    "ic.eps_s",
    "ic.h_max",
    "ic.m0",
    "ela_meta.lin_simple.adj_r2",
    "ela_meta.lin_simple.intercept",
    "ela_meta.lin_w_interact.adj_r2",
    "nbc.dist_ratio.coeff_var",
    "nbc.nb_fitness.cor",
    "nbc.nn_nb.cor",
    "nbc.nn_nb.mean_ratio",
    "nbc.nn_nb.sd_ratio",
    "ela_meta.quad_simple.adj_r2",
)
"""The 20 features of the paper. Source: vanstein2020, section 3."""

SELECTIONS: dict[str, tuple[str, ...]] = {"learning-from-nas": LEARNING_FROM_NAS}
"""Selections of single features that can be named like a set."""

DEFAULT_SETS = (
    "distribution",
    "meta-model",
    "dispersion",
    "nearest-better",
    "information-content",
    "level",
    "pca",
)


def wanted_features(sets: str | Collection[str]) -> tuple[str, ...]:
    """Names of the features in some sets and selections, in their order, each once.

    Args:
        sets: Name of a set, of a selection, or of a single feature; or several of them.

    Raises:
        KeyError: An unknown name; the message has the nearest ones.
    """
    names: list[str] = []
    single = {feature for entry in feature_sets for feature in entry.factory.features}
    for name in (sets,) if isinstance(sets, str) else sets:
        if not isinstance(name, str):
            raise KeyError(f"sets: wanted names, found {brief(name)}")
        if name in SELECTIONS:
            names.extend(SELECTIONS[name])
        elif name in single:
            names.append(name)
        else:
            names.extend(feature_sets[name].factory.features)
    return tuple(dict.fromkeys(names))
