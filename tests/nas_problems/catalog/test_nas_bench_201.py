"""NAS-Bench-201: seeds, isomorphic cells and recorded values."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nas_problems
from ela.landscape import Landscape, neutrality
from nas_problems.catalog.nas_bench_201 import (
    EDGES,
    N_CLASSES,
    OPERATIONS,
    SPACE,
    architecture_strings,
    codes_of,
    flops,
    is_connected,
    n_parameters,
)
from nas_problems.evaluators.table import TableEvaluator

ALL_CELLS = np.concatenate(list(SPACE.enumerate()))
cells = st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), min_size=1, max_size=8).map(np.array)


def test_seeds_per_cell() -> None:
    """8,169 cells were trained with three seeds, 7,456 with two."""
    evaluator = nas_problems.make("nb201-cifar10").evaluator
    assert isinstance(evaluator, TableEvaluator)
    seeds, counts = np.unique(evaluator.n_seeds("validation_accuracy", 200), return_counts=True)
    assert dict(zip(seeds.tolist(), counts.tolist(), strict=True)) == {2: 7_456, 3: 8_169}


def test_6466_cells_are_distinct() -> None:
    assert len(np.unique(SPACE.canonical(ALL_CELLS), axis=0)) == 6_466


def test_canonical_is_idempotent_and_the_first_of_its_class() -> None:
    canonical = SPACE.canonical(ALL_CELLS)
    np.testing.assert_array_equal(SPACE.canonical(canonical), canonical)
    assert (SPACE.index_of(canonical) <= np.arange(15_625)).all()


@pytest.mark.parametrize(
    ("cell", "other"),
    [
        ([0, 3, 4, 0, 2, 3], [0, 3, 0, 0, 0, 3]),  # nothing reaches node 1, so what leaves it is zero
        ([2, 1, 0, 0, 0, 3], [0, 1, 0, 0, 4, 3]),  # what reaches node 1 goes nowhere
        ([3, 0, 1, 0, 0, 1], [0, 3, 0, 0, 0, 1]),  # one convolution and skips, through node 1 or node 2
        ([1, 3, 2, 1, 0, 4], [1, 2, 3, 0, 1, 4]),  # node 1 is the input, so its edges can be swapped with node 0's
    ],
)
def test_isomorphic_cells(cell: list[int], other: list[int]) -> None:
    np.testing.assert_array_equal(SPACE.canonical([cell]), SPACE.canonical([other]))


def test_different_cells() -> None:
    """One convolution is not two, and convolution after pooling is not pooling after convolution."""
    distinct = SPACE.canonical([[0, 0, 0, 3, 0, 0], [3, 0, 0, 0, 3, 0], [4, 0, 0, 0, 3, 0], [3, 0, 0, 0, 4, 0]])
    assert len(np.unique(distinct, axis=0)) == 4


def test_isomorphic_cells_keep_their_own_values_in_the_table() -> None:
    column = nas_problems.make("nb201-cifar10").tabulate()
    representative = SPACE.index_of(SPACE.canonical(ALL_CELLS))
    assert (column[representative] != column).sum() > 5_000


@given(cells)
def test_strings_round_trip(Z: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> None:
    strings = architecture_strings(Z)
    np.testing.assert_array_equal(codes_of(strings), Z)
    assert all(text.count("|") == 9 and text.count("~") == 6 for text in strings)


def test_operations_in_the_order_of_the_published_space() -> None:
    assert OPERATIONS == ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
    assert SPACE.names == ("edge_0_1", "edge_0_2", "edge_1_2", "edge_0_3", "edge_1_3", "edge_2_3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "wanted '"),
        ("|none~0|", "wanted '"),
        ("|none~0|+|none~0|none~0|+|none~0|none~1|none~2|", "wanted '"),
        ("|conv~0|+|none~0|none~1|+|none~0|none~1|none~2|", "wanted operations of"),
    ],
)
def test_bad_strings(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        codes_of([text])


@given(st.one_of(st.text("|+~012none_skip", max_size=60), st.just("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|")))
def test_any_text_is_a_cell_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert codes_of([text]).shape == (1, 6)


def test_no_strings() -> None:
    assert codes_of([]).shape == (0, 6)


@pytest.mark.parametrize("dataset", N_CLASSES)
def test_the_published_number_of_parameters_is_another_cell_s_on_204_cells(dataset: str) -> None:
    problem = nas_problems.make(f"nb201-{dataset}")
    computed, recorded = (
        problem.variant(objective=name).tabulate() for name in ("n_parameters", "n_parameters_recorded")
    )
    differs = np.abs(computed - recorded) > 1
    assert differs.sum() == 204
    if dataset == "cifar10":
        assert (recorded / computed - 1).max() == pytest.approx(0.512, abs=1e-3)


def test_parameters_and_multiply_adds_at_the_extremes() -> None:
    """The published extremes: 7.78305 to 220.11969, 7.7889 to 220.12554, 1.9534 to 55.03756 million multiply-adds."""
    extremes = [[0] * 6, [3] * 6]
    assert n_parameters(np.array(extremes), n_classes=10).tolist() == [73_306, 1_531_546]
    assert flops(np.array(extremes), n_classes=10).tolist() == [7_783_050, 220_119_690]
    assert flops(np.array(extremes), n_classes=100).tolist() == [7_788_900, 220_125_540]
    assert flops(np.array(extremes), n_classes=120, n_pixels=256).tolist() == [1_953_400, 55_037_560]


@pytest.mark.parametrize("dataset", N_CLASSES)
def test_computed_metrics_of_the_problems(dataset: str) -> None:
    problem = nas_problems.make(f"nb201-{dataset}")
    Z = problem.space.sample(50, np.random.default_rng(1))
    found = problem.evaluate(Z).metrics
    n_pixels = 256 if dataset == "imagenet16-120" else 1024
    np.testing.assert_array_equal(found["n_parameters"], n_parameters(Z, n_classes=N_CLASSES[dataset]))
    np.testing.assert_array_equal(found["flops"], flops(Z, n_classes=N_CLASSES[dataset], n_pixels=n_pixels))


def test_341_cells_have_no_path_from_input_to_output() -> None:
    connected = is_connected(ALL_CELLS)
    assert (~connected).sum() == 341
    error = nas_problems.make("nb201-cifar10").tabulate()
    np.testing.assert_allclose(error[~connected], 90.29, atol=0.3)  # one class for every image
    assert error[connected].max() < 85


@given(cells)
def test_connected_as_by_walking_the_edges(Z: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> None:
    for code, connected in zip(Z.tolist(), is_connected(Z), strict=True):
        kept = [edge for edge, operation in zip(EDGES, code, strict=True) if operation]
        reached = {0}
        for _ in range(3):
            reached |= {end for start, end in kept if start in reached}
        assert connected == (3 in reached)


def test_summation_breaks_no_ties() -> None:
    """Regression: means of equal records differed in their last bit: 14,482 values, neutrality .00164."""
    landscape = Landscape.enumerate(nas_problems.make("nb201-cifar100"))
    assert len(np.unique(landscape.y)) == 14_247
    assert neutrality(landscape.graph, landscape.y, tolerance=0.0) == pytest.approx(0.00554, abs=5e-6)
