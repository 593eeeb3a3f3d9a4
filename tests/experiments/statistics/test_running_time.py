"""Statistics: worked by hand, and equal to iohinspector's on the same logs."""

from pathlib import Path

import iohinspector
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from iohinspector import metrics

from experiments import statistics
from nas_problems.array import FloatArray
from optimizers.ioh_format import read_runs
from tests.nas_problems import tiny
from tests.optimizers.logs import random_run, write

BUDGET = 40
matrices = hnp.arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 12)), elements=st.floats(0, 1e6))


def test_alignment_holds_the_last_value() -> None:
    evaluations = [np.array([1.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0, 5.0])]
    values = [np.array([9.0, 7.0]), np.array([5.0, 4.0, 3.0, 2.0, 1.0])]
    assert statistics.align(evaluations, values, 4).tolist() == [[9, 9, 7, 7], [5, 4, 3, 2]]
    assert statistics.align([], [], 3).shape == (0, 3)


def test_alignment_refuses_runs_without_a_start() -> None:
    with pytest.raises(ValueError, match=r"evaluations\[0\]: wanted numbers from 1, found \[2.0\]"):
        statistics.align([np.array([2.0])], [np.array([1.0])], 3)
    with pytest.raises(ValueError, match="budget: wanted >= 1"):
        statistics.align([], [], 0)


def test_hits_and_running_times_worked_by_hand() -> None:
    V = np.array([[5.0, 2.0, 3.0, 1.0], [5.0, 4.0, 4.0, 2.0], [9.0, 9.0, 9.0, 9.0]])
    hits = statistics.first_hits(V, 2.0)
    assert hits.tolist() == [2, 4, 0]
    assert statistics.expected_running_time(hits, 4) == (2 + 4 + 4) / 2
    assert statistics.median_hit(hits) == 4
    assert statistics.median_hit(statistics.first_hits(V, 1.0)) == np.inf
    assert statistics.expected_running_time(statistics.first_hits(V, 0.5), 4) == np.inf
    assert statistics.median_hit(np.array([], dtype=np.int64)) == np.inf
    assert statistics.median_hit(np.array([2, 0])) == np.inf


def test_a_run_that_ended_early_costs_what_it_took() -> None:
    """A restart follows at once: the sum of the evaluations of all runs over the number of hits."""
    hits = np.array([2, 0, 0])
    assert statistics.expected_running_time(hits, np.array([40, 3, 40])) == 2 + 3 + 40
    with pytest.raises(ValueError, match=r"budget: wanted one of each of 3 runs, found shape \(2,\)"):
        statistics.expected_running_time(hits, np.array([40, 3]))


def test_attainment_worked_by_hand() -> None:
    V = np.array([[1000.0, 10.0, 100.0, 0.0]])
    assert np.allclose(statistics.attainment(V, best=1, worst=100), [[0, 0.5, 0.5, 1]])
    assert np.allclose(statistics.attainment(V, best=0, worst=100, log=False), [[0, 0.9, 0.9, 1]])
    assert np.allclose(statistics.area_over_curve(V, best=1, worst=100), [(0 + 0 + 0.5 + 0.5) / 4])


@pytest.mark.parametrize(("best", "worst", "log"), [(1, 1, True), (2, 1, False), (0, 1, True), (np.nan, 1, False)])
def test_targets_in_the_wrong_order_are_refused(best: float, worst: float, log: bool) -> None:
    with pytest.raises(ValueError, match="targets: wanted"):
        statistics.attainment(np.ones((1, 1)), best=best, worst=worst, log=log)


@given(matrices)
def test_attainment_is_a_growing_fraction(V: FloatArray) -> None:
    best, worst = statistics.target_range(V)
    assert 0 < best < worst
    reached = statistics.attainment(V, best=best, worst=worst)
    assert ((reached >= 0) & (reached <= 1)).all()
    assert (np.diff(reached, axis=1) >= 0).all()
    areas = statistics.area_over_curve(V, best=best, worst=worst)
    assert ((areas >= 0) & (areas <= 1 + 1e-12)).all()


@given(matrices, st.floats(0, 1e6))
def test_running_times_do_not_grow_with_easier_targets(V: FloatArray, target: float) -> None:
    budget = V.shape[1]
    hard, easy = (statistics.first_hits(V, value) for value in (target, 2 * target + 1))
    assert ((easy <= hard) | (hard == 0)).all()
    assert statistics.expected_running_time(easy, budget) <= statistics.expected_running_time(hard, budget)


def test_bands_are_quantiles() -> None:
    V = np.array([[1.0, 1.0], [2.0, 5.0], [9.0, 6.0]])
    assert statistics.quantile_bands(V, (0.0, 0.5, 1.0)).tolist() == [[1, 1], [2, 5], [9, 6]]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[FloatArray, pl.DataFrame]:
    """Twelve runs as our matrix of values, and as iohinspector loads them, improvements only.

    Its own filter of improvements drops the start of a run that equals the best of the run before.
    """
    folder: Path = tmp_path_factory.mktemp("logs")
    problem = tiny.table_problem()
    for seed in range(12):
        write(folder / str(seed), problem, random_run(problem, BUDGET, seed))
    runs = read_runs(folder)
    V = statistics.align([r.columns["evaluations"] for r in runs], [r.columns["raw_y"] for r in runs], BUDGET)
    manager = iohinspector.DataManager()
    manager.add_folder(str(folder))
    rows = manager.load(monotonic=False, include_columns=["instance"])
    best = pl.col("raw_y").cum_min().over("data_id")
    return V, rows.with_columns(best).filter(best != best.shift(1, fill_value=-1.0).over("data_id"))


def test_running_times_equal_iohinspector(logs: tuple[FloatArray, pl.DataFrame]) -> None:
    V, rows = logs
    theirs = metrics.aggregate_running_time(rows, free_vars=["instance"], eval_max=BUDGET)
    assert len(theirs) > 20
    for target, wanted, reached in zip(theirs["raw_y"], theirs["ERT"], theirs["success_ratio"], strict=True):
        hits = statistics.first_hits(V, target)
        assert np.mean(hits > 0) == pytest.approx(reached)
        assert statistics.expected_running_time(hits, BUDGET) == pytest.approx(wanted)


@pytest.mark.parametrize("log", [True, False])
def test_areas_equal_iohinspector(logs: tuple[FloatArray, pl.DataFrame], log: bool) -> None:
    V, rows = logs
    values = metrics.transform_fval(rows, lb=15.0, ub=45.0, scale_log=log)
    theirs = metrics.get_aocc(values, eval_max=BUDGET, free_vars=["instance"])
    ours = statistics.area_over_curve(V, best=15.0, worst=45.0, log=log)
    assert ours.mean() == pytest.approx(theirs["AOCC"][0])


def test_curves_equal_iohinspector(logs: tuple[FloatArray, pl.DataFrame]) -> None:
    V, rows = logs
    at = [1, 2, 5, 10, 20, BUDGET]
    theirs = metrics.get_data_ecdf(rows, f_min=15.0, f_max=45.0, eval_values=at, free_vars=["instance"])
    ours = statistics.attainment(V, best=15.0, worst=45.0).mean(axis=0)
    assert np.allclose(theirs.sort_values("evaluations")["eaf"], ours[np.array(at) - 1])
