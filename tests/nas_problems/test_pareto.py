"""Domination and hypervolume: their definitions, refused input, and the published scale of NAS-Bench-201."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nas_problems
from nas_problems import Metric
from nas_problems.pareto import Reference, hypervolume, nondominated
from tests.nas_problems import tiny

BOTH = ("validation_accuracy", "train_seconds")


@given(st.integers(1, 3).flatmap(lambda m: st.lists(st.lists(st.integers(0, 3), min_size=m, max_size=m), min_size=1)))
def test_nondominated_rows_are_those_of_the_definition(rows: list[list[int]]) -> None:
    Y = np.array(rows, dtype=np.float64)
    dominated = [any((other <= y).all() and (other < y).any() for other in Y) for y in Y]
    assert nondominated(Y).tolist() == [not found for found in dominated]


@given(st.integers(1, 3).flatmap(lambda m: st.lists(st.lists(st.integers(0, 5), min_size=m, max_size=m), max_size=6)))
def test_hypervolume_counts_the_dominated_cells_of_a_grid(rows: list[list[int]]) -> None:
    m = len(rows[0]) if rows else 2
    Y = np.array(rows, dtype=np.float64).reshape(-1, m)
    cells = np.stack(np.meshgrid(*[np.arange(4)] * m, indexing="ij"), axis=-1).reshape(-1, m)
    dominated = sum(bool((cell >= Y).all(axis=1).any()) for cell in cells)
    assert hypervolume(Y, np.full(m, 4.0)) == dominated


@pytest.mark.parametrize("Y", [[[np.nan, 1.0]], [[np.inf, 1.0]], [1.0, 2.0], np.empty((3, 0))])
def test_what_moocore_would_call_zero_is_refused(Y: object) -> None:
    with pytest.raises(ValueError, match="Y: wanted"):
        hypervolume(np.array(Y), np.ones(2))
    with pytest.raises(ValueError, match="Y: wanted"):
        nondominated(np.array(Y))


def test_wrong_reference_points() -> None:
    for point in ([1.0], [1.0, np.nan], 1.0):
        with pytest.raises(ValueError, match="point: wanted 2 finite values"):
            hypervolume(np.ones((1, 2)), np.array(point))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"ideal": (0.0, 1.0), "nadir": (1.0, 1.0)}, "wanted finite ideal < nadir"),
        ({"ideal": (0.0,), "nadir": (1.0, 1.0)}, "wanted finite ideal < nadir"),
        ({"ideal": (), "nadir": ()}, "wanted finite ideal < nadir"),
        ({"ideal": (0.0, np.nan), "nadir": (1.0, 1.0)}, "wanted finite ideal < nadir"),
        ({"ideal": (0.0,), "nadir": (1.0,), "point": 0.0}, "wanted a positive, finite point"),
    ],
)
def test_references_that_cannot_be(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Reference(**arguments)  # type: ignore[arg-type]  # wrong on purpose


def test_a_constant_objective_has_width_one() -> None:
    assert Reference.of_front(np.array([[1.0, 5.0], [2.0, 5.0]])) == Reference((1.0, 5.0), (2.0, 6.0))
    large = Reference.of_front(np.array([[1.0, -1e17], [2.0, -1e17]]))  # of which 1 is less than a digit
    assert large.normalised(np.array([[1.5, -1e17]])).tolist() == [[0.5, 0.0]]


@pytest.mark.parametrize(
    ("objectives", "n", "volume"),
    [
        (("validation_accuracy", "n_parameters"), 13, 1.037397),
        (("validation_accuracy", "n_parameters", "latency_seconds"), 54, 1.216746),
    ],
)
def test_the_fronts_of_nas_bench_201(objectives: tuple[str, ...], n: int, volume: float) -> None:
    """Against values computed by moocore alone, from the same table."""
    problem = nas_problems.make("nb201-cifar10", objective=objectives)
    assert problem.pareto_front is not None
    assert len(problem.pareto_front.Y) == n
    assert problem.front_hypervolume == pytest.approx(volume, abs=1e-6)


def test_the_scale_of_a_problem() -> None:
    table = tiny.table_problem().variant(objective=BOTH)
    assert table.reference == Reference((15.0, 1.0), (50.5, 36.0))  # all 36 codes are on the front
    stated = table.variant(reference=Reference((0.0, 0.0), (100.0, 40.0), point=1.0))
    assert stated.reference.nadir == (100.0, 40.0)
    assert stated.variant(noise="sampled").reference == stated.reference
    assert stated.variant(objective=BOTH[::-1]).reference == Reference((1.0, 15.0), (36.0, 50.5))
    with pytest.raises(ValueError, match="reference: wanted one of 2 objectives, found 1"):
        table.variant(reference=Reference((0.0,), (1.0,)))


def test_without_a_front_the_ranges_of_the_metrics_are_the_scale() -> None:
    problem = tiny.mixed_problem().variant(objective=("validation_error", "train_seconds"))
    assert problem.pareto_front is None
    assert problem.reference == Reference((0.0, 0.0), (tiny.ERROR.penalty, tiny.SECONDS.penalty))
    assert problem.front_hypervolume == pytest.approx(1.21)


def test_ranges_of_metrics() -> None:
    assert Metric("accuracy", "%", maximize=True, range=(100.0, 40.0)).minimised_range == (0.0, 60.0)
    assert Metric("auc", maximize=True, penalty=0.0).minimised_range == (-1.0, 0.0)
    assert Metric("count", maximize=True, penalty=-1e17).minimised_range == (-1e17 - 1e5, -1e17)
    with pytest.raises(ValueError, match="auc: wanted a range from a good to a bad value"):
        Metric("auc", maximize=True, range=(0.0, 1.0))
