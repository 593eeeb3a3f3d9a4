"""Values by hand, agreement of the three engines, and how bad input is reported."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from ela.feature import Conditions, Features, bootstrap, engine_pflacco, feature_sets, features
from ela.feature.bootstrap import FeatureTable
from ela.feature.compute import Engine
from ela.feature.design import Design, check_design
from ela.feature.registry import DEFAULT_SETS, LEARNING_FROM_NAS, wanted_features
from ela.feature.sets.information_content import EPSILON, entropy, partial_information, tour
from ela.feature.sets.meta_model import fit
from ela.feature.sets.nearest_better import nearest_better
from nas_problems.array import FloatArray

needs_pflacco = pytest.mark.skipif(not engine_pflacco.available(), reason="pflacco is not installed")
ENGINES: tuple[Engine, ...] = ("own", "orivex")

_PLUGIN = """
from ela.feature import FeatureSet, feature_sets

def spread(X, y):
    return {"mine.range": y.max() - y.min()}

feature_sets.register("mine", summary="range", family="values")(FeatureSet.from_function(spread, ["mine.range"]))
"""


def design(n: int = 250, d: int = 4, *, seed: int = 1, noise: float = 0.3) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    X = rng.uniform(-5, 5, size=(n, d))
    y = (X**2).sum(axis=1) + 3 * np.sin(4 * X[:, 0]) + X[:, 0] * X[:, 1] + noise * rng.standard_normal(n)
    return X, y


def computed(X: object, y: object, sets: str | tuple[str, ...] = LEARNING_FROM_NAS, engine: Engine = "own") -> Features:
    return features(X, y, lower=-5, upper=5, sets=sets, engine=engine)


class TestValuesByHand:
    """Numbers that can be worked out on paper."""

    def test_skewness_and_kurtosis_of_type_three(self) -> None:
        # y = 0 0 0 4: m2 = 3, m3 = 6, m4 = 21
        found = computed(np.arange(4.0)[:, None], [0, 0, 0, 4], "distribution")
        assert found["ela_distr.skewness"] == pytest.approx(6 / 3**1.5 * 0.75**1.5)
        assert found["ela_distr.kurtosis"] == pytest.approx(21 / 9 * 0.75**2 - 3)

    def test_linear_function_is_fitted_exactly(self) -> None:
        X, _ = design(50, 3)
        found = computed(X, 7 + X @ [1.0, -4.0, 2.0], "meta-model")
        assert found["ela_meta.lin_simple.adj_r2"] == pytest.approx(1)
        assert found["ela_meta.lin_simple.intercept"] == pytest.approx(7)
        assert found["ela_meta.lin_simple.coef.min"] == pytest.approx(1)
        assert found["ela_meta.lin_simple.coef.max"] == pytest.approx(4)
        assert found["ela_meta.lin_simple.coef.max_by_min"] == pytest.approx(4)

    def test_condition_of_a_quadratic_function(self) -> None:
        X, _ = design(50, 3)
        found = computed(X, X**2 @ [1.0, 10.0, 100.0] + X[:, 0], "ela_meta.quad_simple.cond")
        assert found["ela_meta.quad_simple.cond"] == pytest.approx(100)

    def test_dispersion_of_points_on_a_line(self) -> None:
        # all: distances 1 1 1 2 2 3, mean 10/6; the best half: 0 and 1
        X = np.array([[0.0], [1.0], [2.0], [3.0]])
        both = Design(X, np.arange(4.0), np.array([-5.0]), np.array([5.0]))
        assert both.distances.sum() / 12 == pytest.approx(10 / 6)
        found = computed(np.repeat(X, 1, axis=0), [0, 0, 5, 9], ("disp.ratio_mean_25", "disp.diff_mean_25"))
        assert found["disp.ratio_mean_25"] == pytest.approx(1 / (10 / 6))
        assert found["disp.diff_mean_25"] == pytest.approx(1 - 10 / 6)

    def test_nearest_better_on_a_line(self) -> None:
        # points 0, 1, 3 with y 2, 1, 0: better of 0 is 1 (distance 1), of 1 is 3 (distance 2); 3 is best
        graph = nearest_better(Design(np.array([[0.0], [1.0], [3.0]]), np.array([2.0, 1.0, 0.0]), *bounds(1)))
        assert graph.near.tolist() == [1, 1, 2]
        assert graph.near_better.tolist() == [1, 2, 2]
        assert graph.better.tolist() == [1, 2, -1]
        assert graph.indegree.tolist() == [0, 1, 1]

    def test_best_points_that_tie_take_one_outside_their_neighbourhood(self) -> None:
        X = np.arange(41.0)[:, None]  # neighbourhood: ceil(0.05 * 41) = 3, itself and the two nearest
        y = np.ones(41)
        y[[10, 11, 20]] = 0
        graph = nearest_better(Design(X, y, np.array([-1.0]), np.array([50.0])))
        assert graph.near_better[[10, 11, 20]].tolist() == [10, 9, 9]

    def test_tour_goes_to_the_nearest_point_not_visited(self) -> None:
        X = np.array([[0.0], [10.0], [1.0], [3.0]])
        assert tour(np.abs(X - X.T), 0).tolist() == [0, 2, 3, 1]

    def test_information_of_a_zigzag(self) -> None:
        # signs + - + -, all steeper than every threshold: three pairs, two of +-, one of -+
        signs, levels = np.array([1, -1, 1, -1]), np.full(4, len(EPSILON))
        expected = -(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3)) / np.log(6)
        assert entropy(signs, levels) == pytest.approx(np.full(len(EPSILON), expected))
        assert partial_information(signs, levels) == pytest.approx(np.ones(len(EPSILON)))

    def test_information_ends_where_slopes_read_as_zero(self) -> None:
        signs, levels = np.array([1, -1, 1]), np.array([3, 5, 3])
        # from 3 on the symbols are 0 - 0: pairs (0, -) and (-, 0); from 5 on 0 0 0
        assert entropy(signs, levels)[[2, 4, 5]] == pytest.approx([np.log(2) / np.log(6)] * 2 + [0])
        assert partial_information(signs, levels)[[2, 4, 5]].tolist() == [1, 0, 0]

    def test_components_of_points_on_a_line(self) -> None:
        X = np.linspace(-4, 4, 30)[:, None] * np.array([1.0, 0.5, 0.1])
        found = computed(X, np.linspace(0, 1, 30) ** 2, "pca")
        assert found["pca.expl_var.cov_x"] == pytest.approx(1 / 3)
        assert found["pca.expl_var_PC1.cor_x"] == pytest.approx(1)

    def test_level_sets_of_a_plane_are_separated_by_a_line(self) -> None:
        X, _ = design(300, 2)
        assert computed(X, X[:, 0], "level")["ela_level.mmce_lda_50"] < 0.05


class TestAgreement:
    """Another implementation gives the same numbers."""

    @needs_pflacco
    @pytest.mark.parametrize("name", feature_sets.names())
    def test_own_equals_pflacco(self, name: str) -> None:
        X, y = design()
        own, reference = computed(X, y, name), computed(X, y, name, "pflacco")
        assert set(reference.engines.values()) == {"pflacco"}
        assert not reference.undefined and not own.undefined
        assert own.vector(list(own)) == pytest.approx(reference.vector(list(own)), rel=1e-9, abs=1e-9)

    def test_own_equals_orivex(self) -> None:
        X, y = design(400, 6)
        own, reference = computed(X, y), computed(X, y, engine="orivex")
        assert list(reference.engines.values()).count("orivex") == 16
        assert own.vector(LEARNING_FROM_NAS) == pytest.approx(reference.vector(LEARNING_FROM_NAS), rel=1e-9, abs=1e-9)

    @needs_pflacco
    @pytest.mark.parametrize("seed", [2, 3])
    def test_a_random_tour_is_the_same_in_pflacco(self, seed: int) -> None:
        X, y = design(120, 3)
        own, reference = (
            features(
                X, y, lower=-5, upper=5, sets="information-content", engine=engine, rng=np.random.default_rng(seed)
            )
            for engine in ("own", "pflacco")
        )
        assert own.vector(list(own)) == pytest.approx(reference.vector(list(own)), rel=1e-9, abs=1e-9)

    @needs_pflacco
    def test_tied_best_values_follow_pflacco(self) -> None:
        X, y = design(200, 3)
        y = np.maximum(y, np.quantile(y, 0.3))
        own, reference = computed(X, y, "nearest-better"), computed(X, y, "nearest-better", "pflacco")
        assert own.vector(list(own)) == pytest.approx(reference.vector(list(own)), rel=1e-9)

    @needs_pflacco
    def test_duplicated_points_follow_pflacco(self) -> None:
        X, y = design(100, 3)
        X, y = np.vstack([X, X[:20]]), np.concatenate([y, y[:20] + 1])
        for name in ("dispersion", "information-content"):
            own, reference = computed(X, y, name), computed(X, y, name, "pflacco")
            assert own.vector(list(own)) == pytest.approx(reference.vector(list(own)), rel=1e-9)

    def test_what_orivex_lacks_is_said_to_come_from_another_engine(self) -> None:
        X, y = design(60, 2)
        found = computed(X, y, "dispersion", "orivex")
        assert set(found.engines.values()) == {"pflacco" if engine_pflacco.available() else "own"}

    def test_cholesky_and_singular_values_agree(self) -> None:
        X, y = design(80, 5)
        dependent = np.column_stack([X, X[:, 0] + X[:, 1]])
        assert fit(dependent, y).rank == 5
        assert fit(dependent, y).r2 == pytest.approx(fit(X, y).r2, rel=1e-12)


class TestMetamorphicRelations:
    """What must not change, or must change in a known way."""

    INVARIANT = tuple(
        name
        for name in LEARNING_FROM_NAS
        if not name.endswith((".intercept", "h_max", "eps_s", "eps_max", "eps_ratio"))
    )

    @pytest.mark.parametrize("engine", ENGINES)
    def test_order_of_rows_does_not_matter(self, engine: Engine) -> None:
        X, y = design()
        order = np.random.default_rng(0).permutation(len(y))
        one, other = computed(X, y, engine=engine), computed(X[order], y[order], engine=engine)
        assert one.vector(list(one)) == pytest.approx(other.vector(list(one)), rel=1e-9)

    def test_order_of_rows_does_not_matter_on_a_lattice(self) -> None:
        rng = np.random.default_rng(5)
        X = rng.permutation(np.unique(rng.integers(0, 5, (120, 3)), axis=0)) * 2.0 - 4.0  # many equal distances
        y = (X**2).sum(axis=1) + X[:, 0] * X[:, 1]
        order = rng.permutation(len(y))
        names = wanted_features(("nearest-better", "information-content", "dispersion"))
        one, other = computed(X, y, names), computed(X[order], y[order], names)
        assert one.vector(names) == pytest.approx(other.vector(names), rel=1e-9, nan_ok=True)

    def test_scale_of_values_matters_only_where_it_is_said_to(self) -> None:
        X, y = design()
        one, other = computed(X, y), computed(X, 1000 * y - 7)
        assert one.vector(self.INVARIANT) == pytest.approx(other.vector(self.INVARIANT), rel=1e-9)
        name = "ela_meta.lin_simple.intercept"
        assert other[name] == pytest.approx(1000 * one[name] - 7)

    def test_values_brought_to_one_scale_do_not_depend_on_it(self) -> None:
        X, y = design()
        one, other = (
            features(X, values, lower=-5, upper=5, sets="learning-from-nas", value_scale="minmax")
            for values in (y, 1e6 * y + 3)
        )
        assert one.vector(list(one)) == pytest.approx(other.vector(list(one)), rel=1e-9)


class TestBadInput:
    """Never a crash, never a silent number."""

    @pytest.mark.parametrize("engine", ENGINES)
    def test_constant_values(self, engine: Engine) -> None:
        X, _ = design(60, 3)
        found = computed(X, np.full(60, 2.5), ("learning-from-nas", "pca"), engine)
        defined = {name for name in found if name not in found.undefined}
        assert defined == {name for name in found if name.endswith("_x")}
        assert found.undefined["ic.h_max"] == "y is constant"
        assert all(np.isnan(found[name]) for name in found.undefined)

    @pytest.mark.parametrize("engine", ENGINES)
    def test_numbers_that_are_not_finite(self, engine: Engine) -> None:
        X, y = design(60, 3)
        y[3], X[7, 1] = np.nan, np.inf
        found = computed(X, y, engine=engine)
        assert set(found.undefined.values()) == {"2 of 60 rows hold numbers that are not finite"}

    @pytest.mark.parametrize("engine", ENGINES)
    @pytest.mark.parametrize("n", range(7))
    def test_few_points(self, n: int, engine: Engine) -> None:
        X, y = design(n, 2)
        found = features(X, y, lower=-5, upper=5, engine=engine)
        for name, value in found.items():
            assert np.isfinite(value) != (name in found.undefined)
        assert "ela_meta.quad_w_interact.adj_r2" in found.undefined

    @pytest.mark.parametrize("engine", ENGINES)
    def test_all_points_equal(self, engine: Engine) -> None:
        found = features(np.ones((30, 2)), np.arange(30.0), lower=-5, upper=5, engine=engine)
        for name, value in found.items():
            assert np.isfinite(value) != (name in found.undefined), name
        assert "ic.m0" in found.undefined and "disp.ratio_mean_02" in found.undefined

    @pytest.mark.parametrize("engine", ENGINES)
    @pytest.mark.parametrize("seed", range(8))
    def test_grids_ties_and_extreme_scales(self, seed: int, engine: Engine) -> None:
        rng = np.random.default_rng(seed)
        X = np.round(rng.uniform(-5, 5, (int(rng.integers(8, 40)), 2)))
        y = np.round(rng.standard_normal(len(X))) * 10.0 ** rng.choice([-200, 0, 150])
        found = features(X, y, lower=-5, upper=5, engine=engine)
        for name, value in found.items():
            assert np.isfinite(value) != (name in found.undefined), name

    def test_shapes_that_cannot_be_meant(self) -> None:
        with pytest.raises(ValueError, match=r"y: wanted shape \(3,\)"):
            computed(np.zeros((3, 2)), [1, 2])
        with pytest.raises(ValueError, match=r"X: wanted shape \(n, d\)"):
            computed([1, 2, 3], [1, 2, 3])
        with pytest.raises(ValueError, match=r"X\[1, 0\]: wanted a number in \[-5, 5\], found 6"):
            computed([[0.0], [6.0]], [1, 2])
        with pytest.raises(ValueError, match="wanted lower < upper"):
            features([[0.0]], [1], lower=1, upper=1)

    def test_unknown_names(self) -> None:
        X, y = design(20, 2)
        with pytest.raises(KeyError, match="dispersion"):
            computed(X, y, "dispersions")
        with pytest.raises(ValueError, match="engine: wanted one of"):
            computed(X, y, engine="flacco")  # type: ignore[arg-type]  # the point of the test

    def test_without_pflacco(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engine_pflacco, "available", lambda: False)
        X, y = design(60, 3)
        with pytest.raises(ImportError, match=r"pip install --no-deps pflacco==1\.2\.2 pyDOE==0\.3\.9"):
            computed(X, y, engine="pflacco")
        found = computed(X, y, engine="orivex")
        assert not found.undefined
        assert set(found.engines.values()) == {"orivex", "own"}


def by_one_and_two_processes(
    X: FloatArray, y: FloatArray, *, size: int, repetitions: int, sets: str | tuple[str, ...]
) -> list[FeatureTable]:
    """The same samples by one process, and by two."""
    return [
        bootstrap(
            X, y, lower=-5, upper=5, size=size, repetitions=repetitions, sets=sets, rng=np.random.default_rng(3),
            n_processes=n,
        )
        for n in (1, 2)
    ]  # fmt: skip


class TestBootstrap:
    """Parts of a design share its work and give the same numbers as alone."""

    def test_a_part_has_the_features_of_its_rows(self) -> None:
        X, y = design(100, 3)
        whole = check_design(X, y, -5, 5)
        assert isinstance(whole, Design)
        rows = np.random.default_rng(1).choice(100, 60, replace=False)
        part = whole.subset(rows)
        assert np.array_equal(part.distances, whole.distances[np.ix_(rows, rows)])
        alone = computed(X[rows], y[rows])
        table = bootstrap(
            X, y, lower=-5, upper=5, size=100, repetitions=1, sets="distribution", rng=np.random.default_rng(0)
        )
        assert table.values[0] == pytest.approx(computed(X, y, "distribution").vector(table.names), rel=1e-12)
        from ela.feature.compute import features_of

        assert features_of(part, LEARNING_FROM_NAS).vector(LEARNING_FROM_NAS) == pytest.approx(
            alone.vector(LEARNING_FROM_NAS), rel=1e-10
        )

    def test_a_part_is_scaled_by_its_own_values(self) -> None:
        X, y = design(100, 3)
        y[np.argmax(y)] = 1e6  # in some parts, not in others
        table = bootstrap(
            X,
            y,
            lower=-5,
            upper=5,
            size=60,
            repetitions=8,
            sets="ela_meta.lin_simple.intercept",
            rng=np.random.default_rng(0),
            value_scale="minmax",
        )
        rng = np.random.default_rng(0)
        for found in table:
            rows = np.sort(rng.choice(100, 60, replace=False))
            rng.integers(2**32)  # the tour's seed
            alone = features(X[rows], y[rows], lower=-5, upper=5, sets=table.names, value_scale="minmax")
            assert found.vector(table.names) == pytest.approx(alone.vector(table.names), rel=1e-9)
            assert found.conditions == alone.conditions == Conditions(60, 3, "minmax")

    @pytest.mark.slow
    def test_the_number_of_processes_does_not_matter(self) -> None:
        X, y = design(200, 3)
        one, two = by_one_and_two_processes(X, y, size=150, repetitions=5, sets="learning-from-nas")
        assert np.array_equal(one.values, two.values)
        assert one.frame().shape == (5, 20)

    @pytest.mark.parametrize("engine", ["own", pytest.param("pflacco", marks=needs_pflacco), "orivex"])
    @pytest.mark.parametrize("n_constant", [1, 3])
    def test_a_constant_variable_is_one_whatever_its_mean_is_rounded_to(self, engine: Engine, n_constant: int) -> None:
        """The standard deviation of 160 times 0.1 is 3e-16."""
        outcomes = []
        for constant in (1.0, 0.1):
            X, y = design(160, 3)
            X[:, 3 - n_constant :] = constant
            found = computed(X, y, DEFAULT_SETS, engine)
            outcomes.append((found.undefined, [found[name] for name in found if name not in found.undefined]))
        assert outcomes[0][0] == outcomes[1][0] and "pca.expl_var.cor_x" in outcomes[0][0]
        assert outcomes[0][1] == pytest.approx(outcomes[1][1], rel=1e-6)

    @pytest.mark.parametrize("name", ["plug_in_under_another_name", "__main__"])
    def test_sets_of_others_are_computed_with_several_processes(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A plug-in's file is imported in the others; what the script registered is known to this one alone."""
        (tmp_path / "mine.py").write_text(_PLUGIN)
        spec = importlib.util.spec_from_file_location(name, tmp_path / "mine.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        if name != "__main__":
            monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        try:
            X, y = design(60, 2)
            sets = ("mine", "ela_meta.lin_simple.intercept")
            one, two = by_one_and_two_processes(X, y, size=40, repetitions=4, sets=sets)
        finally:
            feature_sets.unregister("mine")
        assert np.array_equal(one.values, two.values) and np.isfinite(one.values).all()

    def test_a_missing_engine_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engine_pflacco, "available", lambda: False)
        X, y = design(60, 2)
        with pytest.raises(ImportError, match="wanted pflacco"):
            bootstrap(X, y, lower=-5, upper=5, size=40, engine="pflacco", rng=np.random.default_rng(3))

    def test_same_seed_same_numbers(self) -> None:
        X, y = design(100, 3)
        tables = [
            bootstrap(
                X, y, lower=-5, upper=5, size=80, repetitions=3, sets="nbc.nn_nb.cor", rng=np.random.default_rng(7)
            ).values
            for _ in range(2)
        ]
        assert np.array_equal(tables[0], tables[1])
        assert len(np.unique(tables[0])) == 3

    def test_bad_numbers_are_reported_once_per_part(self) -> None:
        X, y = design(30, 2)
        y[0] = np.nan
        table = bootstrap(X, y, lower=-5, upper=5, size=20, repetitions=2, rng=np.random.default_rng(0))
        assert np.isnan(table.values).all()
        assert all("not finite" in row.undefined["ic.m0"] for row in table)

    def test_sizes_that_cannot_be(self) -> None:
        X, y = design(30, 2)
        with pytest.raises(ValueError, match=r"size: wanted 1 ... 30, found 31"):
            bootstrap(X, y, lower=-5, upper=5, size=31, rng=np.random.default_rng(0))


def test_registered_sets() -> None:
    """None vanishes unseen."""
    known = {"dispersion", "distribution", "information-content", "level", "meta-model", "nearest-better", "pca"}
    assert known <= set(feature_sets.names())
    assert len(LEARNING_FROM_NAS) == len(set(LEARNING_FROM_NAS)) == 20


def bounds(d: int) -> tuple[FloatArray, FloatArray]:
    return np.full(d, -5.0), np.full(d, 5.0)


@pytest.mark.parametrize("scale", [1e150, 1e154, 1e160, 1e300])
@pytest.mark.parametrize("engine", ["own", "orivex"])
def test_values_that_cannot_be_squared_undefine_features(scale: float, engine: Engine) -> None:
    """They made all features raise, in place of a reason for each that has none."""
    X = np.random.default_rng(0).uniform(-5, 5, (80, 2))
    found = features(X, (X**2).sum(axis=1) / 50 * scale, lower=-5, upper=5, engine=engine)
    assert 0 < len(found.undefined) < 20 and all(found.undefined.values())
