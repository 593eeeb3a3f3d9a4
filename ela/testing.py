"""The conformance suite for feature sets: run it on your own before you plug it in.

>>> check_feature_set("dispersion")
"""

from collections.abc import Collection, Mapping

import numpy as np

from ela.feature.compute import Features, features_of
from ela.feature.design import Design, check_design
from ela.feature.registry import Change, FeatureSet, feature_sets
from nas_problems.array import FloatArray
from nas_problems.parameter import check_name

Points = tuple[FloatArray, FloatArray]
"""Points in [-5, 5]^d, shape (n, d), and their values, shape (n,)."""

_TOLERANCE = 1e-6
_CHANGED = (
    "plain",
    "lattice",
    "lattice with repeated points",
    "lattice of thirds",  # of coordinates that float64 does not hold exactly: sums must not break ties
    "tied values",
    "plateau at the best",
)


def designs() -> Mapping[str, Points]:
    """The designs of the suite, by name: what studies of real problems hand over, down to the degenerate."""
    rng = np.random.default_rng(1)
    box = rng.uniform(-5, 5, (160, 3))
    smooth = _values(box) + 0.1 * rng.standard_normal(160)
    lattice = np.floor(rng.uniform(0, 5, (120, 3))) * 2.0 - 4.0
    distinct = rng.permutation(np.unique(lattice, axis=0))
    one_hot = np.where(np.arange(4) == rng.integers(4, size=(60, 1)), 5.0, -5.0)
    few = {f"{n} points": (box[:n], smooth[:n]) for n in (1, 2, 3, 5, 8)}
    return {
        "plain": (box, smooth),
        "one variable": (box[:, :1], smooth),
        "lattice": (distinct, _values(distinct)),
        "lattice with repeated points": (lattice, _values(lattice)),
        "lattice of thirds": (distinct / 3.0, np.round(_values(distinct) / 20.0)),
        "dependent variables": (one_hot, rng.standard_normal(60)),
        "constant variable": (np.column_stack([box[:, 0], np.ones(160)]), smooth),
        "constant variable of tenths": (np.column_stack([box[:, 0], np.full(160, 0.1)]), smooth),
        "tied values": (box, np.round(smooth / 20.0)),
        "plateau at the best": (box, np.maximum(smooth, np.median(smooth))),
        "penalties": (box, np.where(smooth > np.quantile(smooth, 0.9), 1e9, smooth)),
        "one value unlike all others": (box, np.where(np.arange(160) == 7, 1.0, 0.0)),
        "constant values": (box, np.full(160, 2.5)),
        "all points equal": (np.ones((30, 2)), np.arange(30.0)),
        "tiny values": (box, 1e-200 * smooth),
        "large values": (box, 1e150 * smooth),
        **few,
    }


def check_feature_set(feature_set: str | FeatureSet) -> None:
    """Check everything that ``features``, ``bootstrap`` and ``place`` rely on.

    Names; on all ``designs()`` a finite number or a reason, never an exception; on a plain design a number for each
    feature; the same number alone and together with others, for a part and for its points alone, and whatever the
    global random state is; arguments are left as they are; a generator decides what is drawn; and no feature depends
    on a change of the design that ``varies`` does not list for it.

    Args:
        feature_set: What to check; one that is not registered need not be.

    Raises:
        AssertionError: What does not hold, for which feature, on which design.
        KeyError: An unknown name.
    """
    chosen = feature_sets[feature_set].factory if isinstance(feature_set, str) else feature_set
    _check_names(chosen)
    for name, points in designs().items():
        _check_outcomes(chosen, points, f"on {name}")
    plain = designs()["plain"]
    _check_randomness(chosen, plain)
    _check_plain(chosen, plain)
    _check_parts(chosen, plain)
    for name in _CHANGED:
        _check_changes(chosen, designs()[name], f"on {name}")


def _values(X: FloatArray) -> FloatArray:
    weights = np.arange(1.0, X.shape[1] + 1)
    return np.asarray((X**2) @ weights + 3 * np.sin(4 * X[:, 0]) + X[:, 0] * X[:, -1], dtype=np.float64)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _design(X: FloatArray, y: FloatArray, lower: object = -5.0, upper: object = 5.0) -> Design:
    design = check_design(X, y, lower, upper)
    assert isinstance(design, Design), design
    return design


def _computed(
    chosen: FeatureSet, design: Design, wanted: Collection[str] | None = None, seed: int | None = None
) -> Features:
    rng = None if seed is None else np.random.default_rng(seed)
    return features_of(design, chosen.features if wanted is None else wanted, rng=rng, sets=[chosen])


def _check_names(chosen: FeatureSet) -> None:
    _require(bool(chosen.features), "features: wanted at least one name")
    _require(len(set(chosen.features)) == len(chosen.features), f"features: {chosen.features} has a name twice")
    for name in chosen.features:
        try:
            check_name(name, "feature name")
        except ValueError as error:
            raise AssertionError(str(error)) from error
    for entry in feature_sets:
        if entry.factory is not chosen:
            taken = set(entry.factory.features) & set(chosen.features)
            _require(not taken, f"features: {sorted(taken)} are names of the set {entry.name}")
    for what, named in (
        ("without_values", chosen.without_values),
        ("minimum", chosen.minimum),
        *((f"varies[{change!r}]", names) for change, names in chosen.varies.items()),
    ):
        unknown = set(named) - set(chosen.features)
        _require(not unknown, f"{what}: {sorted(unknown)} are not features of the set")


def _check_outcomes(chosen: FeatureSet, points: Points, where: str) -> None:
    X, y = (array.copy() for array in points)
    X.flags.writeable = y.flags.writeable = False  # changing an argument raises
    try:
        outcomes = _computed(chosen, _design(X, y))
    except Exception as error:
        raise AssertionError(f"{where}: wanted a number or a reason, found {type(error).__name__}: {error}") from error
    for name, reason in outcomes.undefined.items():
        _require(bool(reason) and "\n" not in reason, f"{name} {where}: wanted a reason of one line, found {reason!r}")


def _check_plain(chosen: FeatureSet, points: Points) -> None:
    design = _design(*points)
    together = _computed(chosen, design)
    for name in chosen.features:
        _require(name not in together.undefined, f"{name} on plain: undefined, {together.undefined.get(name)}")
        alone = _computed(chosen, design, [name])
        _require(_same(alone[name], together[name]), f"{name}: {alone[name]:g} alone, {together[name]:g} with others")


def _check_randomness(chosen: FeatureSet, points: Points) -> None:
    design = _design(*points)
    saved = np.random.get_state()  # noqa: NPY002  # what is checked here
    try:
        pairs = []
        for seed in (1, 2):
            np.random.seed(seed)  # noqa: NPY002
            before = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002  # MT19937's
            pairs.append((_computed(chosen, design), _computed(chosen, design, seed=7)))
            after = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
            _require(before == after, "the global random state was used; draw from rng")
    finally:
        np.random.set_state(saved)  # noqa: NPY002
    for name in chosen.features:
        for first, second, what in zip(*pairs, ("without rng", "with the same rng"), strict=True):
            _require(
                np.array_equal(first[name], second[name], equal_nan=True),
                f"{name}: {what} {first[name]} once, {second[name]} again",
            )


def _check_parts(chosen: FeatureSet, points: Points) -> None:
    X, y = points
    rows = np.sort(np.random.default_rng(3).choice(len(y), 3 * len(y) // 4, replace=False))
    part, alone = _computed(chosen, _design(X, y).subset(rows)), _computed(chosen, _design(X[rows], y[rows]))
    for name in chosen.features:
        _require(
            _same(part[name], alone[name]),
            f"{name}: {part[name]:g} of a part, {alone[name]:g} of the same points alone",
        )


def _check_changes(chosen: FeatureSet, points: Points, where: str) -> None:
    X, y = points
    rng = np.random.default_rng(4)
    shift = np.array([3.0, -20.0, 7.0])
    order = rng.permutation(len(y))
    changed: dict[Change, Design] = {
        "values shifted": _design(X, y + 100.0),
        "values scaled": _design(X, 1000.0 * y),
        "points shifted": _design(X + shift, y, shift - 5.0, shift + 5.0),
        "points reordered": _design(X[order], y[order]),
        "variables reordered": _design(X[:, [2, 0, 1]], y),
    }
    unknown = set(chosen.varies) - set(changed)
    _require(not unknown, f"varies: wanted some of {sorted(changed)}, found {sorted(unknown)}")
    before = _computed(chosen, _design(X, y))
    for change, design in changed.items():
        after = _computed(chosen, design)
        for name in set(chosen.features) - set(chosen.varies.get(change, ())):
            _require(
                _same(before[name], after[name]),
                f"{name} {where}: {before[name]:g} is {after[name]:g} with {change}; list it in varies, or mend it",
            )


def _same(a: float, b: float) -> bool:
    return bool(np.isclose(a, b, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True))
