"""Instances as relabellings: inverse, distances and names."""

import pickle
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nas_problems
from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from nas_problems.instances import draw_relabelling
from nas_problems.space import Codes, active_text, used_configs
from nas_problems.testing import check_space
from tests.nas_problems import tiny
from tests.nas_problems.strategies import spaces, spaces_with_codes

instances = st.integers(2, 65_535)


@given(spaces_with_codes(spaces()), instances)
def test_a_relabelling_is_undone_by_its_inverse(made: tuple[SearchSpace, Codes], instance: int) -> None:
    space, Z = made
    relabelling = draw_relabelling(space, "name", instance)
    np.testing.assert_array_equal(relabelling.to_base(relabelling.from_base(Z)), Z)
    np.testing.assert_array_equal(
        relabelling.from_base(relabelling.to_base(relabelling.from_base(Z))), relabelling.from_base(Z)
    )


@given(spaces_with_codes(spaces()), instances)
def test_configurations_are_the_same(made: tuple[SearchSpace, Codes], instance: int) -> None:
    space, Z = made
    relabelling = draw_relabelling(space, "name", instance)
    assert relabelling.space.decode(relabelling.from_base(Z)) == space.decode(Z)


@given(spaces_with_codes(spaces(), max_rows=2), instances)
def test_neighbourhoods_and_distances_are_the_same(made: tuple[SearchSpace, Codes], instance: int) -> None:
    space, Z = made
    relabelling = draw_relabelling(space, "name", instance)
    around = relabelling.to_base(relabelling.space.neighbours(relabelling.from_base(Z)[0]))
    assert {tuple(z) for z in around.tolist()} == {tuple(z) for z in space.neighbours(Z[0]).tolist()}
    relabelled = relabelling.from_base(Z)
    for metric in ("hamming", "gower"):
        found = relabelling.space.distance(relabelled, relabelled, metric=metric)
        np.testing.assert_allclose(found, space.distance(Z, Z, metric=metric), atol=1e-12)


@given(spaces(), instances)
def test_the_relabelled_space_keeps_its_promises(space: SearchSpace, instance: int) -> None:
    check_space(draw_relabelling(space, "name", instance).space)


def test_the_same_name_and_number_give_the_same_relabelling_forever() -> None:
    space = draw_relabelling(tiny.TABLE_SPACE, "tiny-table", 2).space
    assert space == draw_relabelling(tiny.TABLE_SPACE, "tiny-table", 2).space
    assert [parameter.name for parameter in space.parameters] == ["op", "depth", "kernel"]
    assert space.parameters[0] == Categorical("op", ("pool", "conv", "none"))


def test_names_and_numbers_matter() -> None:
    drawn = {draw_relabelling(tiny.TABLE_SPACE, "tiny-table", i).space for i in range(2, 30)}
    assert len(drawn) > 20
    assert draw_relabelling(tiny.TABLE_SPACE, "a", 2).space != draw_relabelling(tiny.TABLE_SPACE, "b", 2).space


def test_scales_are_kept() -> None:
    """Categories are permuted, orders are kept or reversed, integers and reals stay as they are."""
    scale = (Integer("i", 2, 9, log=True), Real("r", 0.1, 1.0), Ordinal("o", (1, 2, 3)), Categorical("c", (1, 2, 3)))
    seen: dict[str, set[object]] = {}
    for instance in range(2, 60):
        for parameter in draw_relabelling(SearchSpace(scale), "name", instance).space.parameters:
            seen.setdefault(parameter.name, set()).add(parameter)
    assert seen["i"] == {scale[0]} and seen["r"] == {scale[1]}
    assert seen["o"] == {scale[2], Ordinal("o", (3, 2, 1))}
    assert len(seen["c"]) == 6


def test_validity_goes_along() -> None:
    problem = tiny.constrained_problem()
    other = problem.variant(instance=5)
    everything = problem.space.from_index(np.arange(36))
    codes = other.space.encode(problem.space.decode(everything))
    np.testing.assert_array_equal(other.space.is_valid(codes), problem.space.is_valid(everything))


def test_isomorphism_goes_along() -> None:
    """Two cells are one and the same in an instance exactly when they are in the problem as published."""
    problem = nas_problems.make("nb201-cifar10")
    other = nas_problems.make("nb201-cifar10", instance=3)
    everything = np.concatenate(list(problem.space.enumerate()))
    codes = other.space.encode(problem.space.decode(everything))
    wanted = other.space.encode(problem.space.decode(problem.space.canonical(everything)))
    np.testing.assert_array_equal(other.space.canonical(codes), wanted)


@pytest.mark.parametrize("name", ["nb201-cifar10", "fcnet-protein", "mlp-car"])
def test_all_values_of_an_instance_are_those_of_the_problem_in_another_order(name: str) -> None:
    base, other = nas_problems.make(name), nas_problems.make(name, instance=7)
    np.testing.assert_array_equal(np.sort(other.tabulate()), np.sort(base.tabulate()))
    assert (other.tabulate() != base.tabulate()).any()
    assert base.optimum is not None and other.optimum is not None
    assert other.optimum.y == base.optimum.y and len(other.optimum.Z) == len(base.optimum.Z)
    best = sorted(map(str, map(sorted, (c.items() for c in base.space.decode(base.optimum.Z)))))
    assert sorted(map(str, map(sorted, (c.items() for c in other.space.decode(other.optimum.Z))))) == best


def listed_space() -> SearchSpace:
    """Four recorded rows, of which two have no gamma."""
    rows = [("linear", None, 3.0), ("linear", None, 2.0), ("rbf", 0.1, 1.0), ("rbf", 0.5, 4.0)]
    known = pd.DataFrame(rows, columns=["kernel", "gamma", "loss"]).assign(c=[1.0, 2.0, 3.0, 5.0])
    return nas_problems.from_frame(known, metric="loss").space


def graph_space() -> SearchSpace:
    return nas_problems.make("nb101-digits").space


CONDITIONAL = {name: partial(lambda name: nas_problems.make(name).space, name) for name in ("knn-wine", "svm-digits")}


@pytest.mark.parametrize(
    "made", [*CONDITIONAL.values(), listed_space, graph_space], ids=[*CONDITIONAL, "rows", "graph"]
)
@pytest.mark.parametrize("instance", [2, 3, 4])
def test_an_instance_knows_conditions_and_rows(made: Callable[[], SearchSpace], instance: int) -> None:
    """The configurations that are used, and where parameters are active, are those of the problem itself."""
    space = made()
    other = draw_relabelling(space, "name", instance)
    Z = SearchSpace(space.parameters).sample(40, np.random.default_rng(instance))
    Z = Z[space.is_valid(Z)] if space.validity is not None else Z
    assert used_configs(other.space, other.from_base(Z)) == [
        {name: config[name] for name in other.space.names if name in config} for config in used_configs(space, Z)
    ]
    for parameter in space.parameters:
        assert active_text(other.space, parameter) == active_text(space, parameter)
    np.testing.assert_array_equal(other.space.canonical(other.from_base(Z)), other.from_base(space.canonical(Z)))
    again = pickle.loads(pickle.dumps(other.space))  # our own
    np.testing.assert_array_equal(again.canonical(other.from_base(Z)), other.space.canonical(other.from_base(Z)))
