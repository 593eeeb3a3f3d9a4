"""``features``: the landscape features of a design, by one of three engines, never a silent number."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

import numpy as np

from ela.feature import engine_orivex, engine_pflacco
from ela.feature.design import Design, Outcome, check_design
from ela.feature.registry import DEFAULT_SETS, FeatureSet, feature_sets, wanted_features
from nas_problems.array import FloatArray, brief
from nas_problems.checked import checked
from nas_problems.exception import describe

Engine = Literal["own", "pflacco", "orivex"]
"""Who computes: our own batched code, pflacco, or orivex."""

ValueScale = Literal["raw", "minmax"]
"""Values as they are, or brought to [0, 1] first."""


class Conditions(NamedTuple):
    """What features depend on besides the landscape: only those with equal conditions can be compared.

    Attributes:
        n: Number of points.
        d: Number of variables.
        value_scale: Scale of the values.
    """

    n: int
    d: int
    value_scale: ValueScale

    def __str__(self) -> str:
        return f"{self.n} points in {self.d}-d, values {self.value_scale}"


@dataclass(frozen=True)
class Features(Mapping[str, float]):
    """Landscape features of one design: a mapping from pflacco's names to numbers.

    Args:
        values_by_name: Name -> value; NaN where undefined.
        conditions: Size of the design and scale of its values.
        undefined: Name -> why the feature is undefined.
        engines: Name -> the engine that made the number, or found it undefined.

    >>> X = np.random.default_rng(1).uniform(-5, 5, (60, 2))
    >>> sphere = features(X, (X**2).sum(axis=1), lower=-5, upper=5, sets="meta-model")
    >>> round(sphere["ela_meta.quad_simple.adj_r2"], 3)
    1.0
    """

    values_by_name: Mapping[str, float]
    conditions: Conditions
    undefined: Mapping[str, str] = field(default_factory=dict)
    engines: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float:
        """The value of a feature; NaN where it is undefined."""
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def vector(self, names: Collection[str]) -> FloatArray:
        """The values of some features, shape (len(names),)."""
        return np.array([self.values_by_name[name] for name in names], dtype=np.float64)


@checked
def features(
    X: object,
    y: object,
    *,
    lower: object,
    upper: object,
    sets: str | Collection[str] = DEFAULT_SETS,
    engine: Engine = "own",
    rng: np.random.Generator | None = None,
    value_scale: ValueScale = "raw",
) -> Features:
    """Landscape features of a design of experiments.

    Args:
        X: Points, shape (n, d).
        y: Minimised values, shape (n,).
        lower: Lower bounds: a number, or one per variable.
        upper: Upper bounds.
        sets: Names of feature sets, of single features, or ``learning-from-nas``; one or several.
        engine: Who computes. What an engine lacks falls to the next of pflacco (where installed) and own.
        rng: Draws the first point of the information-content tour; None: the smallest point, so that
            all engines walk the same tour.
        value_scale: ``minmax`` brings y to [0, 1] first; some features (intercept, ic.eps_*) depend on it.

    Returns:
        Every wanted feature: a number, or NaN and the reason in ``undefined``: for numbers that are not
        finite, constant values, too few points, and whatever else a feature needs.

    Raises:
        ValueError: Shapes that do not agree, points outside the bounds, an unknown engine or scale.
        KeyError: An unknown set or feature.
        ImportError: Engine pflacco is wanted and not installed.

    >>> rng = np.random.default_rng(1)
    >>> X = rng.uniform(-5, 5, size=(100, 2))
    >>> found = features(X, (X**2).sum(axis=1), lower=-5, upper=5, sets="ela_meta.quad_simple.adj_r2")
    >>> round(found["ela_meta.quad_simple.adj_r2"], 6)
    1.0
    """
    wanted = wanted_features(sets)
    if engine not in get_args(Engine):
        raise ValueError(f"engine: wanted one of {get_args(Engine)}, found {brief(engine)}")
    if value_scale not in get_args(ValueScale):
        raise ValueError(f"value_scale: wanted one of {get_args(ValueScale)}, found {brief(value_scale)}")
    if engine == "pflacco" and not engine_pflacco.available():
        raise ImportError(engine_pflacco.MISSING)
    design = check_design(X, y, lower, upper)
    if isinstance(design, str):
        n, d = np.asarray(X).shape
        return all_undefined(wanted, design, Conditions(n, d, value_scale))
    return features_of(design, wanted, engine=engine, rng=rng, value_scale=value_scale)


def features_of(
    design: Design,
    wanted: Collection[str],
    *,
    engine: Engine = "own",
    rng: np.random.Generator | None = None,
    value_scale: ValueScale = "raw",
    sets: Collection[FeatureSet] | None = None,
) -> Features:
    """The wanted features of a checked design; see ``features``.

    Args:
        design: The design.
        wanted: Names of features.
        engine: Who computes.
        rng: Draws the first point of a tour.
        value_scale: Scale of the values.
        sets: Where the features are from; None: all registered sets.
    """
    if value_scale == "minmax":
        design = scale_values(design)
    sets = [entry.factory for entry in feature_sets] if sets is None else sets
    outcomes: dict[str, Outcome] = _undefined_for_any_engine(design, wanted, sets)
    engines = dict.fromkeys(outcomes, "own")
    if engine == "orivex":
        computed = engine_orivex.compute(design, [name for name in wanted if name not in outcomes], rng)
        outcomes |= computed
        engines |= dict.fromkeys(computed, "orivex")
    for feature_set in sets:
        open_names = [name for name in feature_set.features if name in wanted and name not in outcomes]
        if open_names and engine != "own" and engine_pflacco.available():
            computed = engine_pflacco.compute(feature_set, design, open_names, rng)
            outcomes |= computed
            engines |= dict.fromkeys(computed, "pflacco")
            open_names = [name for name in open_names if name not in computed]
        if open_names:
            outcomes |= _own(feature_set, design, open_names, rng)
            engines |= dict.fromkeys(open_names, "own")
    return _result(wanted, outcomes, engines, Conditions(design.n, design.d, value_scale))


def _own(
    feature_set: FeatureSet, design: Design, names: list[str], rng: np.random.Generator | None
) -> dict[str, Outcome]:
    """Our own computation; numbers that float64 cannot carry (1e-200 squared) undefine single features."""
    with np.errstate(all="ignore"):
        try:
            return feature_set.compute(design, names, rng)
        except (ArithmeticError, np.linalg.LinAlgError) as error:
            if len(names) == 1:
                return {names[0]: describe(error)}
        except ValueError as error:  # how numpy and scipy say that a number was beyond float64
            if np.isfinite(np.square(design.y).sum()):
                raise
            if len(names) == 1:
                return {names[0]: f"values too large to be squared: {(str(error).splitlines() or [''])[0]}"}
    return {name: outcome for single in names for name, outcome in _own(feature_set, design, [single], rng).items()}


def scale_values(design: Design) -> Design:
    """The design with values brought to [0, 1]; constant values stay as they are."""
    if design.constant:
        return design
    low, high = design.y.min(), design.y.max()
    return design.with_values((design.y - low) / (high - low))


def _undefined_for_any_engine(
    design: Design, wanted: Collection[str], sets: Collection[FeatureSet]
) -> dict[str, Outcome]:
    """Constant values and too few points: not every library says so, so that it is found out here."""
    undefined: dict[str, Outcome] = {}
    for feature_set in sets:
        for name in feature_set.features:
            if name not in wanted:
                continue
            if design.constant and name not in feature_set.without_values:
                undefined[name] = "y is constant"
            elif (reason := feature_set.too_few(name, design)) is not None:
                undefined[name] = reason
    return undefined


def _result(
    wanted: Collection[str], outcomes: Mapping[str, Outcome], engines: Mapping[str, str], conditions: Conditions
) -> Features:
    values: dict[str, float] = {}
    undefined: dict[str, str] = {}
    for name in wanted:
        outcome = outcomes[name]
        if isinstance(outcome, str):
            values[name], undefined[name] = np.nan, outcome
        elif not np.isfinite(outcome):
            values[name], undefined[name] = np.nan, f"the value is {outcome}"
        else:
            values[name] = outcome
    return Features(values, conditions, undefined, {name: engines[name] for name in wanted})


def all_undefined(wanted: Collection[str], reason: str, conditions: Conditions) -> Features:
    """Features of a design that has none, all for the same reason."""
    return Features(
        dict.fromkeys(wanted, np.nan), conditions, dict.fromkeys(wanted, reason), dict.fromkeys(wanted, "own")
    )
