"""Designs have the properties that their names promise, on every kind of space."""

import numpy as np
import pytest

import nas_problems
from ela.encoding import Encoding, encode_points
from ela.sampling import DesignKind, sample, sample_codes, unit_design
from nas_problems import Categorical, Integer, Real, SearchSpace
from nas_problems.array import BoolArray
from nas_problems.space import Codes

SPACE = SearchSpace((Categorical("op", ("a", "b", "c")), Integer("width", 1, 4), Real("rate", 0.1, 1.0)))


@pytest.mark.parametrize("n", [1, 7, 64])
def test_latin_hypercube_has_one_point_in_every_slice(n: int) -> None:
    U = unit_design(n, 3, rng=np.random.default_rng(0))
    assert np.array_equal(np.sort(np.floor(U * n), axis=0), np.tile(np.arange(n)[:, None], (1, 3)))


@pytest.mark.parametrize("design", ["lhs", "sobol", "uniform"])
def test_designs_fill_the_unit_cube_and_follow_their_seed(design: DesignKind) -> None:
    one, other = (unit_design(128, 2, design=design, rng=np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one, other)
    assert one.shape == (128, 2) and one.min() >= 0 and one.max() < 1
    assert np.abs(one.mean(axis=0) - 0.5).max() < 0.1


def test_sobol_points_balance_better_than_uniform_ones() -> None:
    def imbalance(design: DesignKind) -> float:
        U = unit_design(256, 2, design=design, rng=np.random.default_rng(1))
        counts = np.histogramdd(U, bins=(8, 8), range=[(0, 1), (0, 1)])[0]
        return float(counts.std())

    assert imbalance("sobol") < 0.5 < imbalance("uniform")


def test_unknown_design() -> None:
    with pytest.raises(ValueError, match="design: wanted one of"):
        unit_design(5, 2, design="grid", rng=np.random.default_rng(0))  # type: ignore[arg-type]  # the point
    with pytest.raises(ValueError, match="wanted >= 1, found 0, 2"):
        unit_design(0, 2, rng=np.random.default_rng(0))


def test_codes_spread_evenly_over_choices() -> None:
    Z = sample_codes(SPACE, 120, rng=np.random.default_rng(0))
    assert np.bincount(Z[:, 0].astype(int)).tolist() == [40, 40, 40]
    assert np.bincount(Z[:, 1].astype(int)).tolist() == [30, 30, 30, 30]


def test_invalid_rows_are_drawn_again() -> None:
    def even(Z: Codes) -> BoolArray:
        return np.asarray(Z.sum(axis=1) % 2 == 0)

    def never(Z: Codes) -> BoolArray:
        return np.zeros(len(Z), dtype=np.bool_)

    parameters = (Integer("a", 0, 9), Integer("b", 0, 9))
    Z = sample_codes(SearchSpace(parameters, validity=even), 200, rng=np.random.default_rng(0))
    assert len(Z) == 200 and even(Z).all()
    with pytest.raises(RuntimeError, match="200 of 200 rows are still not valid"):
        sample_codes(SearchSpace(parameters, validity=never), 200, rng=np.random.default_rng(0))


def test_sample_evaluates_the_points_that_it_returns() -> None:
    problem = nas_problems.make("nb201-cifar10")
    X, y = sample(problem, 60, seed=3)
    assert X.shape == (60, 6) and np.abs(X).max() <= 5
    assert np.array_equal(problem(problem.space.from_box(X)), y)
    again = sample(problem, 60, seed=3)
    assert np.array_equal(again.X, X) and np.array_equal(again.y, y)
    assert not np.array_equal(sample(problem, 60, seed=4).X, X)


def test_noise_follows_the_seed() -> None:
    problem = nas_problems.make("nb201-cifar10", noise="sampled")
    assert np.array_equal(sample(problem, 30, seed=1).y, sample(problem, 30, seed=1).y)


def test_sample_wants_one_objective() -> None:
    problem = nas_problems.make("nb201-cifar10", objective=("validation_accuracy", "n_parameters"))
    with pytest.raises(ValueError, match="wanted one objective"):
        sample(problem, 10, seed=1)


class TestEncoding:
    """Ordered columns stay as they are; categorical ones follow the chosen encoding."""

    Z = np.array([[0, 0, 0.1], [1, 3, 1.0], [1, 1, 0.5], [2, 2, 0.3]])
    y = np.array([4.0, 1.0, 3.0, 0.0])

    @pytest.mark.parametrize("encoding", ["one-hot", "target"])
    def test_ordered_parameters_are_their_box_code(self, encoding: Encoding) -> None:
        X = encode_points(SPACE, self.Z, self.y, encoding=encoding)
        assert np.array_equal(X[:, -2:], SPACE.to_box(self.Z)[:, 1:])

    def test_one_hot(self) -> None:
        X = encode_points(SPACE, self.Z, self.y, encoding="one-hot")
        assert X[:, :3].tolist() == [[5, -5, -5], [-5, 5, -5], [-5, 5, -5], [-5, -5, 5]]

    def test_target(self) -> None:
        # means 4, 2, 0 -> 5, 0, -5
        assert encode_points(SPACE, self.Z, self.y, encoding="target")[:, 0].tolist() == [5, 0, 0, -5]

    def test_target_does_not_depend_on_the_names_of_choices(self) -> None:
        order = np.array([2, 0, 1])
        renamed = self.Z.copy()
        renamed[:, 0] = order[self.Z[:, 0].astype(int)]
        one, other = (encode_points(SPACE, Z, self.y, encoding="target") for Z in (self.Z, renamed))
        assert np.array_equal(one, other)

    def test_target_of_constant_values_is_the_middle(self) -> None:
        assert not encode_points(SPACE, self.Z, np.ones(4), encoding="target")[:, 0].any()

    def test_target_encoding_ends_at_the_edges_of_the_box(self) -> None:
        """10 * x / x is not always 10; ``features`` refuses points outside the box."""
        space = SearchSpace((Categorical("op", tuple("abcde")),))
        Z = np.arange(5)[:, None]
        for seed in range(20):
            X = encode_points(space, Z, np.random.default_rng(seed).random(5), encoding="target")
            assert (X.min(), X.max()) == (-5.0, 5.0)

    def test_unknown_encoding(self) -> None:
        with pytest.raises(ValueError, match="encoding: wanted one of"):
            encode_points(SPACE, self.Z, self.y, encoding="ordinal")  # type: ignore[arg-type]  # the point
