"""Ties: equal values and equal distances, of which designs on tables are full, have one answer in all engines."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

import nas_problems
from ela.encoding import Encoding
from ela.feature import Features, bootstrap, engine_pflacco, features
from ela.feature.compute import Engine
from ela.feature.design import check_design
from ela.feature.registry import DEFAULT_SETS, wanted_features
from ela.sampling import sample
from nas_problems.array import FloatArray
from nas_problems.datasets.chain_cnn import FILES, load_table

needs_pflacco = pytest.mark.skipif(not engine_pflacco.available(), reason="pflacco is not installed")

Points = tuple[FloatArray, FloatArray]


def _cloud(values: Callable[[FloatArray], FloatArray], n: int = 160) -> Points:
    """Points without equal distances, with values made of a smooth function's."""
    rng = np.random.default_rng(3)
    X = rng.uniform(-5, 5, (n, 3))
    return X, values(np.asarray((X**2) @ [1.0, 2.0, 3.0] + 3 * np.sin(4 * X[:, 0]) + rng.standard_normal(n)))


def _grid(n_steps: int) -> Points:
    """Distinct points on a lattice whose coordinates float64 does not hold exactly, with tied values."""
    rng = np.random.default_rng(4)
    X = -5 + 10 * (rng.permutation(np.unique(rng.integers(0, n_steps, (150, 4)), axis=0)) + 0.5) / n_steps
    return X, np.round((X**2).sum(axis=1) / 10.0)


def _table(name: str, encoding: Encoding = "box") -> Points:
    X, y = sample(nas_problems.make(name), 200, seed=2, encoding=encoding)
    return X, y


DESIGNS: Mapping[str, Callable[[], Points]] = {
    "few values": lambda: _cloud(lambda y: np.round(y / 20)),
    "plateau at the best": lambda: _cloud(lambda y: np.maximum(y, np.quantile(y, 0.6))),
    "plateau at the worst": lambda: _cloud(lambda y: np.minimum(y, np.quantile(y, 0.4))),
    "two best": lambda: _cloud(lambda y: np.where(np.arange(len(y)) % 80 == 7, y.min() - 1, y)),
    "one value unlike all others": lambda: _cloud(lambda y: np.where(np.arange(len(y)) == 7, 1.0, 0.0)),
    "lattice of thirds": lambda: _grid(3),
    "lattice of sevenths": lambda: _grid(7),
    "NAS-Bench-201": lambda: _table("nb201-cifar100"),
    "NAS-Bench-201, target encoding": lambda: _table("nb201-cifar10", "target"),
    "HPOBench": lambda: _table("mlp-car"),
}
NAMES = tuple(name for name in wanted_features(DEFAULT_SETS) if name != "ela_meta.quad_w_interact.adj_r2")
"""Without the model whose columns can depend on each other, where pflacco counts columns instead of the rank."""


def _computed(points: Points, engine: Engine) -> Features:
    return features(*points, lower=-5, upper=5, engine=engine)


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("engine", [pytest.param("pflacco", marks=needs_pflacco), "orivex"])
def test_engines_agree(name: str, engine: Engine) -> None:
    points = DESIGNS[name]()
    own, other = _computed(points, "own"), _computed(points, engine)
    assert {feature: reason for feature, reason in own.undefined.items() if feature in NAMES}.keys() == {
        feature for feature in other.undefined if feature in NAMES
    }
    assert own.vector(NAMES) == pytest.approx(other.vector(NAMES), rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", DESIGNS)
def test_the_batched_path_agrees(name: str) -> None:
    X, y = DESIGNS[name]()
    n = len(y)
    parts = bootstrap(
        X, y, lower=-5, upper=5, size=n // 2, repetitions=3, sets="nearest-better", rng=np.random.default_rng(5)
    )
    rng = np.random.default_rng(5)
    for row in parts:
        rows = np.sort(rng.choice(n, n // 2, replace=False))
        rng.integers(2**32)  # the first point of a tour
        alone = features(X[rows], y[rows], lower=-5, upper=5, sets="nearest-better")
        assert row.vector(list(alone)) == pytest.approx(alone.vector(list(alone)), rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", DESIGNS)
def test_the_order_of_rows_and_the_place_of_the_box_break_no_tie(name: str) -> None:
    X, y = DESIGNS[name]()
    order, shift = np.random.default_rng(6).permutation(len(y)), 1 / 3
    sets = ("nearest-better", "information-content", "dispersion")
    found = features(X, y, lower=-5, upper=5, sets=sets)
    moved = features(X[order] + shift, y[order], lower=shift - 5, upper=shift + 5, sets=sets)
    assert found.vector(list(found)) == pytest.approx(moved.vector(list(found)), rel=1e-7, nan_ok=True)


def test_an_engine_that_breaks_a_tie_otherwise_is_not_asked() -> None:
    nearest_better = wanted_features("nearest-better")
    for name, left_out in (
        ("plateau at the worst", set[str]()),
        ("plateau at the best", set(nearest_better)),
        ("lattice of thirds", set(nearest_better)),
    ):
        X, y = DESIGNS[name]()
        if name == "lattice of thirds":
            y[0] = y.min() - 1  # a single best point
        engines = features(X, y, lower=-5, upper=5, sets="nearest-better", engine="orivex").engines
        assert {feature for feature in nearest_better if engines[feature] != "orivex"} == left_out


def test_equal_distances_are_equal_numbers() -> None:
    X = np.array([[0.1, 0.2, 0.3], [0.4, 0.2, 0.3], [0.1, 0.5, 0.3], [0.1, 0.2, 0.6]])  # three steps of 0.3
    design = check_design(X, np.arange(4.0), 0, 1)
    assert not isinstance(design, str)
    assert np.unique(design.distances[0, 1:]).size == 1 and design.has_tied_distances
    assert design.distances[0, 1] == pytest.approx(0.3, rel=1e-11)


@pytest.mark.data
@pytest.mark.skipif(not all(file.at_hand for file in FILES.values()), reason="$IOHNAS_DATA has no learning_from_nas")
@pytest.mark.parametrize(
    ("dataset", "column"), [("mnist", 0), ("fashion", 1), ("cifar10", 2)], ids=["mnist", "fashion", "cifar10"]
)
def test_the_published_columns_decide(dataset: str, column: int) -> None:
    """R flacco on parts of 800 of 1,000 networks, of which hundreds tie at chance level: vanstein2020, appendix."""
    published = {
        "nbc.dist_ratio.coeff_var": ((0.132, 0.00224), (0.1, 0.00139), (0.124, 0.00206)),
        "nbc.nn_nb.cor": ((0.411, 0.0213), (0.589, 0.0138), (0.468, 0.0145)),
        "nbc.nn_nb.mean_ratio": ((0.874, 0.00215), (0.916, 0.00104), (0.889, 0.00195)),
        "nbc.nn_nb.sd_ratio": ((0.539, 0.0126), (0.626, 0.0117), (0.551, 0.0124)),
    }
    from experiments.papers.learning_from_nas.numbers import bounds_of_variables

    if not FILES[dataset, "initial"].path().exists():
        pytest.skip("the published table is absent")
    table = load_table(dataset)
    low, high = (np.array(bound) for bound in bounds_of_variables())
    X = -5 + 10 * (table.values - low) / (high - low)
    parts = bootstrap(
        X,
        table.accuracy / 100,
        lower=-5,
        upper=5,
        size=800,
        repetitions=10,
        sets=tuple(published),
        rng=np.random.default_rng(1),
    )
    for j, (name, numbers) in enumerate(published.items()):
        mean, sd = numbers[column]
        assert abs(parts.values[:, j].mean() - mean) < 1.5 * sd, name
