"""The suite passes every registered feature set, and catches every kind of broken one."""

import os
import subprocess
import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ela.feature import FeatureSet, feature_sets
from ela.feature.design import Design, Outcome
from ela.feature.registry import Change
from ela.testing import check_feature_set, designs
from nas_problems.array import FloatArray


@pytest.mark.parametrize("name", feature_sets.names())
def test_every_registered_set_conforms(name: str) -> None:
    check_feature_set(name)


def test_the_designs_of_the_suite() -> None:
    for name, (X, y) in designs().items():
        assert X.shape == (len(y), X.shape[1]) and np.abs(X).max() <= 5 and np.isfinite(y).all(), name
    assert np.ptp(designs()["constant values"][1]) == 0
    lattice = designs()["lattice with repeated points"][0]
    assert len(np.unique(lattice, axis=0)) < len(lattice)


def one(compute: Callable[[Design], Outcome], *, varies: Collection[Change] = ()) -> FeatureSet:
    """A set of one feature."""

    def whole(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
        return {"mine.one": compute(design)}

    return FeatureSet(("mine.one",), whole, varies=dict.fromkeys(varies, frozenset({"mine.one"})))


def draw(design: Design) -> float:
    return float(np.random.random())  # noqa: NPY002  # what the suite must see


def change_argument(design: Design) -> float:
    design.y.sort()
    return 0.0


def fail_on_ties(design: Design) -> float:
    if len(np.unique(design.X, axis=0)) < design.n:
        raise ValueError("points are tied")
    return 0.0


BROKEN = {
    "the global random state was used": one(draw),
    r"mine.one on plain: .* with values scaled; list it in varies": one(lambda d: float(np.ptp(d.y))),
    r"mine.one on plain: .* with values shifted": one(lambda d: float(d.y.mean()), varies=["values scaled"]),
    r"mine.one on plain: .* with points shifted": one(lambda d: float(d.X.mean())),
    r"mine.one on plain: .* with points reordered": one(lambda d: float(d.y.argmin())),
    r"mine.one on plain: .* with variables reordered": one(lambda d: float(d.X[:, 0].std())),
    r"on plain.*ValueError: assignment destination|on plain.*read-only": one(change_argument),
    r"on lattice with repeated points: wanted a number or a reason, found ValueError: points are tied": one(
        fail_on_ties
    ),
    "mine.one on plain: undefined, no reason to be": one(lambda d: "no reason to be"),
    "mine.one on plain: wanted a reason of one line": one(lambda d: "two\nlines"),
    r"mine.one: .* of a part, .* of the same points alone": one(lambda d: float(d.parent is None)),
    "features: wanted at least one name": FeatureSet((), lambda *given: {}),
    "has a name twice": FeatureSet(("a", "a"), lambda *given: {}),
    "feature name: wanted a name of letters": FeatureSet(("a b",), lambda *given: {}),
    r"\['ic.m0'\] are names of the set information-content": FeatureSet(("ic.m0",), lambda *given: {}),
    r"minimum: \['b'\] are not features of the set": FeatureSet(("a",), lambda *given: {}, minimum={"b": lambda d: 2}),
    "KeyError": FeatureSet(("a", "b"), lambda *given: {"a": 1.0}),
    "varies: wanted some of": replace(one(lambda d: 1.0), varies={"y doubled": frozenset()}),  # type: ignore[dict-item]  # the point
}


@pytest.mark.parametrize("message", BROKEN)
def test_broken_sets_are_caught(message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_feature_set(BROKEN[message])


def test_a_feature_of_the_first_of_equally_good_points_is_caught() -> None:
    best = one(lambda d: float(np.linalg.norm(d.X - d.X[d.y.argmin()], axis=1).mean()))
    with pytest.raises(AssertionError, match=r"mine.one on (lattice|tied).* with points reordered"):
        check_feature_set(best)


def test_a_feature_must_not_depend_on_what_else_is_wanted() -> None:
    def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
        return dict.fromkeys(wanted, float(len(wanted)))

    with pytest.raises(AssertionError, match=r"mine.a: 1 alone, 2 with others"):
        check_feature_set(FeatureSet(("mine.a", "mine.b"), compute))


def test_sets_from_functions_conform_and_need_only_a_line() -> None:
    def best(X: FloatArray, y: FloatArray) -> dict[str, float]:
        near = np.linalg.norm(X[:, None] - X[y == y.min()], axis=2).min(axis=1)
        return {"mine.fdc": float(np.corrcoef(near, y)[0, 1]) if np.ptp(near) > 0 else np.nan}

    check_feature_set(FeatureSet.from_function(best, ["mine.fdc"]))


def test_a_set_of_another_package_is_found(tmp_path: Path) -> None:
    (tmp_path / "other_package.py").write_text(
        "import ela\n"
        "ela.feature_sets.register('other', summary='number of points', family='test')(\n"
        "    ela.FeatureSet.from_function(lambda X, y: {'other.n': float(len(y))}, ['other.n'])\n"
        ")\n"
    )
    folder = tmp_path / "other-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    (folder / "entry_points.txt").write_text("[iohnas.features]\nother = other_package\n")
    code = (
        "import ela, numpy as np\n"
        "X = np.random.default_rng(0).uniform(-5, 5, (30, 2))\n"
        "print(ela.features(X, X[:, 0], lower=-5, upper=5, sets='other')['other.n'])"
    )
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout == "30.0\n", done.stderr
