"""Placement: distances by hand, and functions that recognise themselves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ela.bbob import evaluate_function
from ela.bbob_features import Reference, reference
from ela.feature import Conditions, Features, FeatureTable, bootstrap, features
from ela.placement import cluster, is_class, place
from ela.sampling import unit_design
from nas_problems.array import FloatArray

CONDITIONS = Conditions(n=30, d=2, value_scale="raw")


def line() -> Reference:
    """24 functions on a line: rows f and f + 0.1 of one feature, and a constant feature."""
    functions = np.repeat(np.arange(1, 25), 2)
    position = functions + np.tile([0.0, 0.1], 24)
    values = np.column_stack([position, np.ones(48)])
    return Reference(functions, np.tile([1, 2], 24), ("a", "b"), values, "a line", CONDITIONS)


def at(a: float) -> Features:
    return Features({"a": a, "b": 1.0, "c": 0.0}, CONDITIONS)


def test_nearest_function_on_a_line() -> None:
    placed = place(at(7.04), line(), k=2)
    assert placed.nearest[0] == 7
    assert placed.share[6] == 1
    assert placed.names == ("a",)
    assert placed.dropped == {"b": "the same for all BBOB functions", "c": "the reference does not have it"}
    sd = np.std(line().values[:, 0], ddof=1)
    assert placed.neighbours.mean * sd == pytest.approx(0.05)
    assert placed.inside.mean * sd == pytest.approx((0.1 + 0.9) / 2)


def test_distances_to_other_functions_tell_a_class_of_its_own() -> None:
    inside, outside = place(at(7.0), line(), k=2), place(at(60.0), line(), k=2)
    assert inside.beyond == 1
    assert outside.beyond == 0
    assert outside.neighbours.mean > 5 * outside.between.mean


def test_parts_give_an_uncertainty() -> None:
    placed = place(FeatureTable((at(7.0), at(7.1), at(8.0), at(8.05))), line(), k=2)
    assert placed.share[6] == placed.share[7] == 0.5
    assert placed.interval(7) == (0, 1)
    assert placed.nearest[:2].tolist() == [7, 8]


def test_undefined_features_are_left_out_and_named() -> None:
    found = Features({"a": np.nan}, CONDITIONS, {"a": "y is constant"})
    with pytest.raises(ValueError, match="y is constant"):
        place(found, line())


@pytest.mark.parametrize("other", [{"n": 24}, {"d": 3}, {"value_scale": "minmax"}])
def test_features_made_under_other_conditions_are_refused(other: dict[str, object]) -> None:
    found = replace(at(7.0), conditions=CONDITIONS._replace(**other))  # type: ignore[arg-type]  # mixed values
    with pytest.raises(ValueError, match=r"reference: wanted \d+ points in \d-d, values .*, found 30 points in 2-d"):
        place(found, line())
    assert place(found, replace(line(), conditions=None)).nearest[0] == 7


def test_parts_go_with_a_reference_of_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))
    X, y = bbob_sample(1, 1, d=2, n=30, seed=0)
    parts = bootstrap(
        X, y, lower=-5, upper=5, size=24, repetitions=2, sets="distribution", rng=np.random.default_rng(0)
    )
    with pytest.raises(ValueError, match="wanted 24 points in 2-d"):
        place(parts, reference(2, n=30, instances=1, sets="distribution"))
    placed = place(parts, reference(2, n=24, instances=1, sets="distribution"))
    assert "24 points (lhs)" in placed.label


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"k: wanted 1 ... 47, found 48"):
        place(at(1), line(), k=48)
    with pytest.raises(ValueError, match="scaling: wanted one of"):
        place(at(1), line(), scaling="rank")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(KeyError, match="nothing"):
        line().select(["nothing"])


def test_clusters() -> None:
    points = np.array([[0.0], [0.2], [5.0], [5.3], [5.1]])
    for method in ("complete", "ward"):
        tree = cluster(points, method=method)
        assert is_class(tree, [2, 3, 4]) and is_class(tree, [0, 1])
        assert not is_class(tree, [1, 2])


def bbob_sample(function: int, instance: int, *, d: int, n: int, seed: int) -> tuple[FloatArray, FloatArray]:
    X = 10 * unit_design(n, d, rng=np.random.default_rng(seed)) - 5
    return X, evaluate_function(function, instance, X)


@pytest.mark.parametrize("function", [5, 12, 21])
def test_a_bbob_function_finds_itself(function: int) -> None:
    X, y = bbob_sample(function, 99, d=23, n=1000, seed=5)
    found = features(X, y, lower=-5, upper=5, sets="learning-from-nas", value_scale="minmax")
    placed = place(found, reference(23, value_scale="minmax"))
    assert placed.nearest[0] == function
    assert placed.label.startswith("24 BBOB functions x 20 instances in 23-d, 1000 points (lhs)")
