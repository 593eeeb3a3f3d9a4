"""Cheap features: hand-worked values, invariances, and what tells landscapes apart."""

import numpy as np
import pytest

import nas_problems
from nas_problems import Categorical, Integer, Real, SearchSpace
from nas_problems.array import FloatArray
from optimizers.selector import COSTLY, FREE, NAMES, describe

MIXED = SearchSpace((Real("a", 0, 1), Integer("b", 0, 7), Categorical("c", tuple("xyz")), Categorical("d", (0, 1))))


def named(space: SearchSpace, Z: FloatArray | None = None, y: FloatArray | None = None) -> dict[str, float]:
    return dict(zip(NAMES, describe(space, Z, y).tolist(), strict=True))


def test_a_space_says_its_dimension_and_kinds() -> None:
    """One variable of each kind."""
    found = named(MIXED)
    assert found["log_d"] == 2
    assert [found[name] for name in FREE[1:5]] == [0.25] * 4
    assert found["log_size"] == pytest.approx(np.log2(1000) + 3 + np.log2(3) + 1)
    assert np.isnan([found[name] for name in COSTLY]).all()


@pytest.mark.parametrize("name", ["nb201-cifar10", "fcnet-protein", "bbob-f1", "pbo-f1"])
def test_they_are_finite(name: str) -> None:
    """On real problems with ties and plateaus."""
    problem = nas_problems.make(name)
    Z = problem.space.sample(30, np.random.default_rng(1))
    assert np.isfinite(describe(problem.space, Z, problem(Z))).all()


def test_a_constant_is_described() -> None:
    """No division by a spread of zero."""
    Z = MIXED.sample(20, np.random.default_rng(1))
    assert np.isfinite(describe(MIXED, Z, np.ones(20))).all()


def test_units_and_order_do_not_matter() -> None:
    """Values scaled and shifted, and rows in another order."""
    rng = np.random.default_rng(2)
    Z, y = MIXED.sample(40, rng), rng.normal(size=40)
    order = rng.permutation(40)
    assert describe(MIXED, Z, y) == pytest.approx(describe(MIXED, Z[order], 5 + 3 * y[order]), abs=1e-9)


def test_an_additive_landscape_is_recognised() -> None:
    """A sum of single variables fits better than noise, and one variable alone is the strongest."""
    space = SearchSpace(tuple(Categorical(f"x{j}", tuple("abcd")) for j in range(5)))
    rng = np.random.default_rng(3)
    Z = space.sample(60, rng)
    additive, noise = named(space, Z, Z.sum(axis=1) * 1.0), named(space, Z, rng.normal(size=60))
    alone = named(space, Z, Z[:, 2] * 1.0)
    assert additive["additive_fit"] > 0.8 > noise["additive_fit"] + 0.3
    assert alone["strongest"] > 0.8 > additive["strongest"]
