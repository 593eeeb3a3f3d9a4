"""Ten decimals hold no value of 1e-13: what a log cannot hold is scaled, and read back as it was measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nas_problems
import optimizers
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.check import check_folder
from experiments.folder.merge import merge_logs
from experiments.folder.record import RunRecord
from experiments.report import load_runs, overview
from experiments.session import work_on
from experiments.study import Study
from nas_problems import Integer, Metric, Problem, Real, SearchSpace, from_function, problems
from optimizers.ioh_format import read_runs
from optimizers.ioh_merge import merge as merge_folders
from optimizers.ioh_write import factor_attribute, write_log

SPACE = SearchSpace((Integer("k", 1, 50),))
LOSS = Metric("loss", penalty=1e5, lower_bound=0.0)


def problem(scale: float, name: str = "small") -> Problem:
    return from_function(lambda config: scale * config["k"] ** 2, SPACE, name=name, metric=LOSS, function_id=30_500)


@pytest.mark.parametrize("scale", [1e-13, 4.321e-12, 1e-8, 1e-100, 3e-300, 5.0, 1e-3])
def test_values_are_read_back_as_they_were_measured(scale: float, tmp_path: Path) -> None:
    log = optimizers.run("random-search", problem(scale), budget=20, seed=1, folder=tmp_path / "log")
    (run,) = read_runs(tmp_path / "log")
    assert run.columns["raw_y"] == pytest.approx(log.y, rel=1e-3)
    assert run.columns["regret"] == pytest.approx(np.minimum.accumulate(log.y), rel=1e-3)
    assert run.best.y == pytest.approx(log.y.min(), rel=1e-9)
    assert len(np.unique(run.columns["raw_y"])) == len(np.unique(log.y))
    assert (run.value_factor == 1) == (scale >= 1e-6)


def test_a_wide_range_keeps_its_smallest_values(tmp_path: Path) -> None:
    sphere = from_function(
        lambda config: 100.0 * (config["x"] - 0.25) ** 2, SearchSpace((Real("x", 0, 1),)), name="sphere", metric=LOSS
    )
    log = optimizers.run("cma-es", sphere, budget=300, seed=1, folder=tmp_path / "log")
    (run,) = read_runs(tmp_path / "log")
    assert log.y[log.y > 0].min() < 1e-7
    best = np.minimum.accumulate(log.y)
    kept = best > 1e-13 * best[0]
    assert run.columns["regret"][kept] == pytest.approx(best[kept], rel=1e-2)


def test_the_smallest_floats_do_not_end_a_run(tmp_path: Path) -> None:
    log = optimizers.run("random-search", problem(5e-324), budget=5, seed=1, folder=tmp_path / "log")
    (run,) = read_runs(tmp_path / "log")
    assert run.value_factor == 1e300
    assert np.abs(run.columns["raw_y"] - log.y).max() < 1e-309


def test_zeros_stay_zeros_and_tables_have_no_factor(tmp_path: Path) -> None:
    log = optimizers.run("random-search", problem(0.0), budget=5, seed=1, folder=tmp_path / "log")
    (run,) = read_runs(tmp_path / "log")
    assert (run.value_factor, run.columns["raw_y"].tolist()) == (1.0, log.y.tolist())
    optimizers.run("random-search", "nb201-cifar10", budget=5, seed=1, folder=tmp_path / "table")
    (run,) = read_runs(tmp_path / "table")
    assert "value_factor" not in run.attributes


@pytest.mark.parametrize("scales", [(1.0, 1e-13), (1e-13, 1.0), (1e-9, 1e-30, 10.0)], ids=str)
def test_each_of_several_objectives_is_read_back_as_it_was_measured(scales: tuple[float, ...], tmp_path: Path) -> None:
    """Each has a factor of its own; regret and hypervolume, shares of 1, have none."""
    metrics = tuple(replace(LOSS, name=f"loss_{j}") for j in range(len(scales)))
    small = from_function(
        lambda config: {
            metric.name: scale * (config["k"] - 20.0 * j) ** 2
            for j, (metric, scale) in enumerate(zip(metrics, scales, strict=True))
        },
        SPACE,
        name="small-mo",
        metric=metrics,
    ).variant(objective=tuple(metric.name for metric in metrics))
    names = ["raw_y", *(f"F{j + 1}" for j in range(1, len(scales)))]
    logs = {}
    for seed in (1, 2):
        logs[seed] = optimizers.run("random-search", small, budget=20, seed=seed, folder=tmp_path / f"log{seed}")
    merge_folders([tmp_path / "log1", tmp_path / "log2"], tmp_path / "merged")
    for run in (*read_runs(tmp_path / "log1"), *read_runs(tmp_path / "merged")):
        log = logs[int(run.attributes["seed"])]
        for j, name in enumerate(names):
            assert run.columns[name] == pytest.approx(log.y[:, j], rel=1e-3)
            assert (run.attributes[factor_attribute(name)] == 1) == (scales[j] >= 1e-6)
        for name in ("regret", "hypervolume"):
            assert run.columns[name] == pytest.approx(log.columns[name], abs=1e-9)
        assert run.best.y == pytest.approx(log.y[:, 0].min(), rel=1e-9)


def test_runs_with_and_without_factors_merge(tmp_path: Path) -> None:
    """A table's run that needs no factor, and one that has them for one of its objectives."""
    table = nas_problems.make("nb201-cifar10", objective=("validation_accuracy", "n_parameters"))
    log = optimizers.run("random-search", table, budget=5, seed=1)
    tiny = replace(log, y=log.y * [1.0, 1e-12], seed=2)
    write_log(tmp_path / "one", table, log)
    write_log(tmp_path / "two", table, tiny)
    merge_folders([tmp_path / "one", tmp_path / "two"], tmp_path / "merged")
    first, second = read_runs(tmp_path / "merged")
    assert first.columns["F2"] == pytest.approx(log.y[:, 1], rel=1e-9)
    assert second.columns["F2"] == pytest.approx(tiny.y[:, 1], rel=1e-3)
    assert first.columns["raw_y"] == pytest.approx(second.columns["raw_y"])


def test_a_study_of_small_values_is_whole_and_tells_solvers_apart(tmp_path: Path) -> None:
    """In ten decimals all would be 0, and all solvers equal; iohinspector and we must see the same files."""
    name = "tiny-losses"
    problems.register(name, summary="Losses of 1e-13.", family="tests")(lambda: problem(1e-13, name))
    study = Study(problems=(name,), solvers=("random-search", "local-search"), budget=20, runs=4)
    folder = StudyFolder.prepare(tmp_path / "study", study)
    try:
        records = [record for _, record in work_on(folder, SerialExecutor())]
        merge_logs(folder)
        assert check_folder(folder.path).complaints == ()
        (one,) = load_runs(folder.path)
        table = overview([one], {})
    finally:
        problems.unregister(name)
    finals = sorted(record.final_regret for record in records if isinstance(record, RunRecord))
    assert sorted(np.concatenate(list(one.final.values()))) == pytest.approx(finals, rel=1e-3)
    assert 0 < table["final_regret"].max() < 1e-10
    assert len(set(table["final_regret"])) == 2
    merged = read_runs(folder.merged_path)
    assert {run.value_factor for run in merged} == {1e10}
