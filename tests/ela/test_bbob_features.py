"""References: what is computed, when, and that the same points put a problem where it belongs."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest

from ela.bbob import FUNCTION_NAMES, evaluate_function
from ela.bbob_features import ReferenceSettings, reference, reference_on
from ela.feature import Conditions, FeatureSet, feature_sets, features
from ela.feature.design import Design, Outcome
from ela.feature.registry import LEARNING_FROM_NAS
from ela.placement import place
from ela.sampling import unit_design
from nas_problems.array import FloatArray
from tests.ela.test_placement import bbob_sample


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))


def lattice(n: int = 150, d: int = 5, *, seed: int = 0) -> FloatArray:
    """Points whose variables have five values each, as the box code of NAS-Bench-201 has."""
    return np.asarray(np.floor(5 * unit_design(n, d, rng=np.random.default_rng(seed))) * 2.0 - 4.0, dtype=np.float64)


class TestReference:
    """BBOB through ioh, computed and cached."""

    def test_values_are_those_of_ioh(self) -> None:
        import ioh

        X, y = bbob_sample(8, 3, d=4, n=5, seed=0)
        problem = ioh.get_problem("Rosenbrock", 3, 4, ioh.ProblemClass.BBOB)
        assert y.tolist() == [problem(x) for x in X.tolist()]
        assert len(FUNCTION_NAMES) == 24
        with pytest.raises(ValueError, match=r"function: wanted 1 ... 24, found 25"):
            evaluate_function(25, 1, X)

    def test_computed_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first = reference(2, n=30, instances=2, sets="distribution")
        assert first.values.shape == (48, 3)
        monkeypatch.setattr("ela.bbob_features.compute_reference", lambda *a, **k: pytest.fail("computed again"))
        again = reference(2, n=30, instances=2, sets="distribution")
        assert np.array_equal(first.values, again.values)

    def test_everything_that_matters_is_in_the_key(self) -> None:
        settings = ReferenceSettings(2, 30, 2, "lhs", "raw", ("ic.m0",))
        others = [
            ReferenceSettings(3, 30, 2, "lhs", "raw", ("ic.m0",)),
            ReferenceSettings(2, 31, 2, "lhs", "raw", ("ic.m0",)),
            ReferenceSettings(2, 30, 3, "lhs", "raw", ("ic.m0",)),
            ReferenceSettings(2, 30, 2, "sobol", "raw", ("ic.m0",)),
            ReferenceSettings(2, 30, 2, "lhs", "minmax", ("ic.m0",)),
            ReferenceSettings(2, 30, 2, "lhs", "raw", ("ic.h_max",)),
            ReferenceSettings(2, 30, 2, "lhs", "raw", ("ic.m0",), seed=2),
        ]
        assert len({settings.key, *(other.key for other in others)}) == 8

    def test_the_shipped_file_is_what_the_command_computes(self) -> None:
        shipped = reference(23)
        assert shipped.values.shape == (480, 20) and np.isfinite(shipped.values).all()
        rng = np.random.default_rng([1, 12, 7])
        X = 10 * unit_design(1000, 23, rng=rng) - 5
        found = features(X, evaluate_function(12, 7, X), lower=-5, upper=5, sets="learning-from-nas")
        row = np.flatnonzero((shipped.functions == 12) & (shipped.instances == 7))[0]
        assert found.vector(LEARNING_FROM_NAS) == pytest.approx(shipped.values[row], rel=1e-7)


class TestReferenceOnPoints:
    """The functions on the points of a problem's design."""

    def test_rows_are_the_features_of_the_functions_at_the_points(self) -> None:
        X = lattice()
        on = reference_on(X, instances=2, value_scale="minmax")
        row = np.flatnonzero((on.functions == 8) & (on.instances == 2))[0]
        alone = features(
            X, evaluate_function(8, 2, X), lower=-5, upper=5, sets="learning-from-nas", value_scale="minmax"
        )
        assert on.values[row] == pytest.approx(alone.vector(on.names), rel=1e-9)
        assert on.conditions == alone.conditions

    def test_rows_of_parts(self) -> None:
        X = lattice()
        on = reference_on(X, size=100, instances=1, sets=("ela_distr.kurtosis", "nbc.nn_nb.cor"))
        assert on.conditions == Conditions(100, 5, "raw")
        assert "on the problem's own points (100 of 150 each)" in on.label
        assert on.values.shape == (24, 2) and np.isfinite(on.values).all()
        assert len(np.unique(on.values[:, 0])) > 20

    def test_computed_once_for_the_same_points(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first = reference_on(lattice(), instances=1, sets="distribution")
        with monkeypatch.context() as patch:
            patch.setattr("ela.bbob_features.compute_tasks", lambda *a, **k: pytest.fail("computed again"))
            assert np.array_equal(reference_on(lattice(), instances=1, sets="distribution").values, first.values)
        assert not np.array_equal(reference_on(lattice(seed=1), instances=1, sets="distribution").values, first.values)

    def test_a_function_on_a_lattice_is_at_home_only_among_functions_on_it(self) -> None:
        X = lattice()
        found = features(X, evaluate_function(8, 99, X), lower=-5, upper=5, sets="learning-from-nas")
        at_home = place(found, reference_on(X, instances=5))
        elsewhere = place(found, reference(5, n=150, instances=5))
        assert at_home.beyond > 0.5
        assert elsewhere.beyond < 0.1  # it would be called a class of its own
        assert at_home.nearest[0] == 8

    @pytest.mark.parametrize("is_function", [False, True])
    def test_features_of_other_packages_are_computed_anew(self, is_function: bool) -> None:
        calls: list[int] = []

        def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
            calls.append(design.n)
            return {"own.n": float(design.n)}

        def of_points(X: FloatArray, y: FloatArray) -> dict[str, float]:
            calls.append(len(y))
            return {"own.n": float(len(y))}

        own = FeatureSet.from_function(of_points, ["own.n"]) if is_function else FeatureSet(("own.n",), compute)
        feature_sets.register("own", summary="the number of points", family="test")(own)
        try:
            for _ in range(2):
                reference_on(lattice(20), instances=1, sets="own")
        finally:
            feature_sets.unregister("own")
        assert calls == [20] * 48

    def test_arguments_that_cannot_be(self) -> None:
        with pytest.raises(ValueError, match=r"size, instances: wanted 1 ... 150 and >= 1, found 151, 5"):
            reference_on(lattice(), size=151)
        with pytest.raises(ValueError, match="points: 1 of 2 rows hold numbers that are not finite"):
            reference_on(np.array([[0.0], [np.nan]]))
        with pytest.raises(ValueError, match=r"X\[0, 0\]: wanted a number in \[-5, 5\], found 6"):
            reference_on(np.array([[6.0]]))
