"""Mutations and crossovers: what they change, and how often."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_problems import Categorical, Integer, SearchSpace
from nas_problems.array import BoolArray
from nas_problems.space import Codes
from optimizers import variation
from optimizers.testing import spaces
from optimizers.variation import Mutator, crossover_one_point, crossover_uniform, mutate_each, mutate_one, repair

SPACES = spaces()
HAS_CHOICE = [name for name in SPACES if name != "one-code"]


def n_changed(Za: Codes, Zb: Codes) -> np.ndarray:
    return np.asarray((Za != Zb).sum(axis=1))


@given(st.sampled_from(HAS_CHOICE), st.integers(0, 2**32), st.integers(0, 30))
def test_one_mutation_changes_one_variable(name: str, seed: int, n: int) -> None:
    space, rng = SPACES[name], np.random.default_rng(seed)
    Z = space.sample(n, rng)
    before = Z.copy()
    children = mutate_one(space, Z, rng)
    assert np.array_equal(Z, before)
    assert space.is_valid(children).all()
    assert children.dtype == space.dtype
    assert children.shape == Z.shape
    if name != "constrained":  # there, a row that is refused to the end is drawn afresh
        assert (n_changed(Z, children) == 1).all()


def test_one_mutation_is_uniform_over_variables_and_other_values(rng: np.random.Generator) -> None:
    space = SearchSpace((Categorical("a", ("x", "y", "z")), Integer("b", 0, 4), Integer("fixed", 1, 1)))
    children = mutate_one(space, np.tile([1, 2, 0], (6000, 1)), rng)
    counts = {tuple(row): count for row, count in zip(*np.unique(children, axis=0, return_counts=True), strict=True)}
    assert set(counts) == {(0, 2, 0), (2, 2, 0), (1, 0, 0), (1, 1, 0), (1, 3, 0), (1, 4, 0)}
    for row, count in counts.items():
        assert abs(count - (1500 if row[0] != 1 else 750)) < 150


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", ["categorical", "mixed", "ordered"])
def test_each_variable_changes_at_its_rate(name: str, rate: float, rng: np.random.Generator) -> None:
    space = SPACES[name]
    Z = space.sample(3000, rng)
    children = mutate_each(space, Z, rng, rate=rate)
    assert np.allclose((children != Z).mean(axis=0), rate, atol=0.04)
    space.check(children)


@given(st.sampled_from(list(SPACES)), st.integers(0, 2**32), st.sampled_from([crossover_uniform, crossover_one_point]))
def test_children_take_every_variable_from_a_parent(
    name: str, seed: int, crossover: Callable[[SearchSpace, Codes, Codes, np.random.Generator], Codes]
) -> None:
    space, rng = SPACES[name], np.random.default_rng(seed)
    Za, Zb = space.sample(9, rng), space.sample(9, rng)
    children = crossover(space, Za, Zb, rng)
    assert space.is_valid(children).all()
    if name != "constrained":
        assert ((children == Za) | (children == Zb)).all()


def test_one_point_crossover_has_one_cut_inside(rng: np.random.Generator) -> None:
    space = SPACES["categorical"]
    children = crossover_one_point(space, np.zeros((600, 6), np.int64), np.ones((600, 6), np.int64), rng)
    assert (np.diff(children, axis=1) >= 0).all()
    cuts = np.bincount(6 - children.sum(axis=1), minlength=7)
    assert cuts[0] == cuts[6] == 0
    assert (np.abs(cuts[1:6] - 120) < 50).all()


def test_uniform_crossover_takes_half_from_each(rng: np.random.Generator) -> None:
    space = SPACES["categorical"]
    children = crossover_uniform(space, np.zeros((2000, 6), np.int64), np.ones((2000, 6), np.int64), rng)
    assert np.allclose(children.mean(axis=0), 0.5, atol=0.05)


def test_repair_leaves_valid_rows_and_draws_nothing_for_them(rng: np.random.Generator) -> None:
    space = SPACES["constrained"]
    Z = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 2, 0]])
    repaired = repair(space, Z, rng)
    assert space.is_valid(repaired).all()
    assert np.array_equal(repaired[[0, 2]], Z[[0, 2]])
    state = rng.bit_generator.state
    assert repair(space, repaired, rng) is repaired
    assert repair(SPACES["categorical"], Z, rng) is Z
    assert rng.bit_generator.state == state


def _never_between(Z: Codes) -> BoolArray:
    return np.asarray((np.diff(Z, axis=1) == 0).all(axis=1))


def test_a_row_without_a_valid_change_is_drawn_afresh(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variation, "MAX_REDRAWS", 5)
    space = SearchSpace(tuple(Categorical(f"op_{i}", ("x", "y", "z")) for i in range(3)), validity=_never_between)
    Z = np.zeros((30, 3), np.int64)
    assert space.is_valid(mutate_one(space, Z, rng)).all()
    assert space.is_valid(Mutator(space, rng)([0, 0, 0])).all()


@pytest.mark.parametrize("name", list(SPACES))
def test_the_mutator_makes_the_same_kind_of_children(name: str, rng: np.random.Generator) -> None:
    space = SPACES[name]
    mutate = Mutator(space, rng)
    for z in space.sample(400, rng):
        parent = z.tolist()
        child = mutate(parent)
        assert parent == z.tolist()
        assert child.shape == (1, space.n_parameters)
        assert child.dtype == space.dtype
        assert space.is_valid(child).all()
        if name not in ("constrained", "one-code"):
            assert n_changed(z[None, :], child) == 1


def test_one_variable_of_each_kind(rng: np.random.Generator) -> None:
    """A kind is all variables with the same choices; each has exactly one change, and every variable has its turn."""
    kinds = ((0, 1), ("x", "y", "z"))
    space = SearchSpace(tuple(Categorical(f"v_{i}", kinds[i >= 4]) for i in range(7)))
    mutate = Mutator(space, rng, each_kind=True)
    Z = space.sample(200, rng)
    changed = np.concatenate([mutate(z.tolist()) for z in Z]) != Z
    assert (changed[:, :4].sum(axis=1) == 1).all() and (changed[:, 4:].sum(axis=1) == 1).all()
    assert changed.any(axis=0).all()
