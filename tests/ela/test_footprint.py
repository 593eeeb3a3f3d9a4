"""Fitness-landscape footprints: exact ones by hand, estimates next to the whole."""

from functools import partial

import numpy as np
import pytest

import ela
import nas_problems
from ela.footprint import (
    MEASURES,
    RADAR_MEASURES,
    Footprint,
    footprint,
    footprint_radar,
    footprint_table,
    persistence_levels,
)
from ela.landscape import Landscape, exact_autocorrelation, local_search_from
from nas_problems import Categorical, Fidelities, Metric, Problem, SearchSpace
from nas_problems.catalog import nas_bench_201, spikenas
from nas_problems.datasets.images import ImageSet
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.evaluators.training import TrainingEvaluator, training_problem
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.skeleton import CellSkeleton
from tests.nas_problems.tiny import constrained_problem, flaky_problem, mixed_problem, table_problem


def _onemax(d: int = 6) -> Problem:
    """Two fidelities; the error is the number of ones, after little training turned upside down."""
    space = SearchSpace(tuple(Categorical(f"b{i}", (0, 1)) for i in range(d)))
    ones = np.concatenate(list(space.enumerate())).sum(axis=1).astype(float)
    metric = Metric("error")
    evaluator = TableEvaluator(
        space, {"error": np.stack([d - ones, ones])[:, :, None]}, {"error": metric}, Fidelities("epochs", (1, 9))
    )
    return Problem("tiny-onemax", 999, space, evaluator, (metric,), "none")


def test_onemax_by_hand() -> None:
    found = footprint(_onemax(), seed=0)
    assert found.is_exact
    assert (found.n_candidates, found.n_evaluations) == (64, 128)
    assert found.fitness_mean == 3.0
    assert found.fitness_sd == pytest.approx(np.sqrt(6 / 4))
    assert found.autocorrelation == pytest.approx(1 - 2 / 6)
    assert found.ruggedness == pytest.approx(1.5)
    assert found.n_optima == 1
    assert found.n_optima_birthday == pytest.approx(2**2 / (2 * np.log(2)))  # every second search repeats
    assert found.fdc == pytest.approx(1.0)
    assert found.neutrality == 0.0
    assert found.locality == pytest.approx(1.0)
    assert found.persistence_positive == 0.0  # the best become the worst
    assert found.persistence_negative == 0.0
    assert set(found.intervals) == {"n_optima_birthday"}
    assert not found.reasons


def _failing(penalty: float) -> Problem:
    """A ladder of 4^4 candidates whose order does not depend on epochs; a quarter of them fails."""
    space = SearchSpace(tuple(Categorical(f"c{i}", (0, 1, 2, 3)) for i in range(4)))
    Z = np.concatenate(list(space.enumerate()))
    y = 82.0 + Z @ np.array([4.0, 1.0, 0.2, 0.05])
    y[Z[:, 3] == 3] = np.nan
    metric = Metric("error", penalty=penalty)
    evaluator = TableEvaluator(
        space, {"error": np.stack([y + 1, y])[:, :, None]}, {"error": metric}, Fidelities("epochs", (1, 9))
    )
    return Problem("tiny-failing", 998, space, evaluator, (metric,), "none")


@pytest.mark.filterwarnings("ignore:tiny-failing:UserWarning")  # about values worse than the penalty
@pytest.mark.parametrize("budget", [None, 200], ids=["exact", "sampled"])
def test_a_penalty_below_the_values_makes_no_failure_a_good_candidate(budget: int | None) -> None:
    low = footprint(_failing(50.0), budget=budget, seed=1)
    high = footprint(_failing(1000.0), budget=budget, seed=1)
    assert low.persistence_positive == high.persistence_positive == 1.0
    assert low.persistence_negative == high.persistence_negative


@pytest.mark.filterwarnings("ignore:tiny-failing:UserWarning")
def test_local_searches_do_not_end_in_failures() -> None:
    problem = _failing(50.0)
    starts = np.array([[3, 3, 3, 3], [0, 0, 0, 3], [1, 2, 3, 0]])
    ends, values, _ = local_search_from(starts, problem)
    np.testing.assert_array_equal(ends, np.zeros((3, 4)))
    assert values.tolist() == [82.0] * 3


def test_the_same_seed_gives_the_same_footprint() -> None:
    problem = nas_problems.make("nb201-cifar10")
    assert footprint(problem, seed=3) == footprint(problem, seed=3)
    assert footprint(problem, budget=200, seed=3) == footprint(problem, budget=200, seed=3)


def test_exact_values_are_those_of_the_measures() -> None:
    problem = nas_problems.make("nb201-cifar100")
    found = ela.footprint(problem, seed=1)
    landscape = Landscape.enumerate(problem)
    assert found.fitness_mean == landscape.y.mean()
    assert found.n_optima == landscape.local_search.n_optima
    assert found.autocorrelation == exact_autocorrelation(landscape.graph, landscape.y)


def test_a_sample_estimates_the_whole() -> None:
    problem = _onemax(8)
    exact, sampled = footprint(problem, seed=1), footprint(problem, budget=4000, seed=1)
    assert not sampled.is_exact
    assert sampled.n_evaluations <= 4000 + 2 * 8
    for name in ("fitness_mean", "fitness_sd", "fdc", "autocorrelation"):
        low, high = sampled.intervals[name]
        value = sampled.value(name)
        assert value is not None
        assert low <= value <= high
        assert exact.value(name) == pytest.approx(value, abs=0.2)
    assert sampled.n_optima is None
    assert "sampled" in sampled.reasons["n_optima"]
    assert sampled.n_optima_birthday == pytest.approx(exact.n_optima_birthday)


@pytest.mark.parametrize("make", [constrained_problem, flaky_problem, mixed_problem, table_problem])
def test_every_kind_of_space_has_one(make: object) -> None:
    problem = make()  # type: ignore[operator]  # a function in a list
    found = footprint(problem, budget=200, seed=2)
    for name in MEASURES:
        value = found.value(name)
        assert (value is None) == (name in found.reasons), name
        assert value is None or np.isfinite(value)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_constant_landscape_says_so(level: float) -> None:
    problem = _onemax()
    evaluator = TableEvaluator(
        problem.base_space,
        {"error": np.full((1, 64, 1), level)},
        {"error": Metric("error")},
        Fidelities("epochs", (9,)),
    )
    flat = Problem("tiny-flat", 998, problem.base_space, evaluator, (Metric("error"),), "none")
    found = footprint(flat, seed=0)
    assert found.fdc is None
    assert found.reasons["fdc"] == "fitness is constant"
    assert found.neutrality == 1.0
    assert "only one fidelity" in found.reasons["persistence_positive"]


def test_a_random_noise_mode_is_a_landscape_of_its_own() -> None:
    problem = nas_problems.make("nb201-cifar10", noise="sampled")
    noisy = footprint(problem, seed=1)
    assert noisy.problem == "nb201-cifar10.sampled"
    assert noisy.n_optima is not None
    assert noisy.n_optima > 13  # White et al.: noise makes local minima


@pytest.mark.data
@pytest.mark.skipif(not spikenas.CURVES.at_hand, reason="$IOHNAS_DATA has no spikenas_bench")
def test_levels_of_persistence() -> None:
    problem = nas_problems.make("spikenas-cifar10")
    assert persistence_levels(problem) == (4, 11, 33, 100)
    assert persistence_levels(problem.variant(fidelity=2)) == (1, 2)
    assert footprint(problem, seed=1).persistence_positive is not None


def test_few_levels_are_all_taken() -> None:
    assert persistence_levels(_onemax()) == (1, 9)
    assert persistence_levels(_onemax().variant(fidelity=1)) == (1,)


def test_table_and_radar() -> None:
    footprints = [footprint(_onemax(), seed=0), footprint(table_problem().variant(fidelity=3), seed=0)]
    table = footprint_table(footprints)
    assert list(table.index) == ["tiny-onemax", "tiny-table.epochs-3"]
    assert table.loc["tiny-onemax", "ruggedness"] == pytest.approx(1.5)
    assert table["persistence_positive"].isna().tolist() == [False, True]
    figure = footprint_radar(footprints)
    (axes,) = figure.axes
    assert len(axes.get_xticklabels()) == len(RADAR_MEASURES)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["tiny-onemax", "tiny-table.epochs-3"]


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="budget: wanted at least 50"):
        footprint(_onemax(), budget=10, seed=0)
    with pytest.raises(ValueError, match="at least 3 axes"):
        footprint_radar([], measures=MEASURES)
    with pytest.raises(KeyError, match="wanted one of"):
        Footprint("x", True, 1, 1).value("colour")
    with pytest.raises(ValueError, match="one objective"):
        footprint(table_problem().variant(objective=["validation_accuracy", "train_seconds"]), seed=0)


@pytest.mark.slow
def test_sensors_are_variants_of_one_landscape() -> None:
    """The same cells on two bands of one image set: the band that shows the classes has the lower errors."""
    pytest.importorskip("torch")
    from nas_problems.network.family import CellFamily

    rng = np.random.default_rng(0)
    labels = np.arange(120) % 3
    pixels = rng.standard_normal((120, 4, 4, 2)) * 0.3
    pixels[..., 0] += labels[:, None, None]
    images = ImageSet.from_arrays("bands", pixels, labels, n_train=60, n_validation=40)
    cells = {
        band: training_problem(
            TrainingEvaluator(
                nas_bench_201.SPACE,
                partial(images.with_channels, [band]),
                partial(CellFamily, skeleton=CellSkeleton(channels=4, n_cells=1, n_stages=1)),
                TrainingProtocol(epochs=1, batch_size=10),
                Fidelities("epochs", (1,)),
            ),
            name=f"band-{band}",
            function_id=30_001 + band,
            source="own",
        ).variant(noise="seed-0", objective="validation_kappa")
        for band in (0, 1)
    }
    found = [footprint(problem, budget=50, seed=1) for problem in cells.values()]
    sampled = [Landscape.sample(problem, 20, rng=np.random.default_rng(1)).Z for problem in cells.values()]
    assert np.array_equal(sampled[0], sampled[1])
    assert [one.n_candidates for one in found] == [20, 20]
    means = [one.fitness_mean for one in found]
    assert means[0] is not None and means[1] is not None
    assert -1 <= means[0] < means[1] - 0.1 <= 1
