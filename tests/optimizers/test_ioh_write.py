"""Logs of single runs."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import optimizers
from nas_problems import Problem, make
from optimizers.ioh_format import LoggedRun, read_runs
from optimizers.ioh_write import WATCHED, check_new, watched_columns, write_log
from optimizers.runlog import MAX_SEED, RunLog, algorithm_name
from tests.nas_problems import tiny
from tests.optimizers.curves import asking, at, curve_problem
from tests.optimizers.logs import evaluated, random_run, write


def logged(folder: Path) -> LoggedRun:
    (run,) = read_runs(folder)
    return run


def test_a_log_worked_by_hand(tmp_path: Path) -> None:
    """Rows 4, 5 and 20 have the error 50 - i and take 1 + i seconds; the best error is 15."""
    problem = tiny.table_problem()
    Z = problem.space.from_index([5, 4, 5, 20])
    run = logged(write(tmp_path / "run", problem, evaluated(problem, Z, seed=7)))
    assert (run.function_id, run.function_name, run.instance, run.dimension) == (901, "tiny-table", 1, 3)
    assert (run.algorithm, run.algorithm_info, run.attributes) == ("random-search", "uniform", {"seed": 7.0})
    assert list(run.columns["evaluations"]) == [1, 2, 3, 4]
    assert list(run.columns["raw_y"]) == [45, 46, 45, 30]
    assert list(run.columns["regret"]) == [30, 30, 30, 15]
    assert list(run.columns["cost"]) == [6, 11, 17, 38]
    assert list(run.columns["n_failed"]) == [0, 0, 0, 0]
    assert list(run.columns["n_distinct"]) == [1, 2, 2, 3]
    assert np.array_equal(np.stack([run.columns[f"x{j}"] for j in range(3)], axis=1), Z)
    assert (run.n_evaluations, run.best.evaluation, run.best.y, run.best.x) == (4, 4, 30.0, tuple(Z[3]))


def test_regret_is_that_of_the_incumbent_without_noise(tmp_path: Path) -> None:
    """Seeds add -1, 0, 1 to the accuracy: a lucky query makes an incumbent that is truly worse."""
    problem = tiny.table_problem().variant(noise="sampled")
    Z = problem.space.from_index([10, 11, 13])
    log = evaluated(problem, Z, seed=0)
    for y, regret in (([39.0, 40.0, 40.0], [25, 25, 25]), ([41.0, 40.0, 37.0], [25, 24, 22])):
        folder = tmp_path / str(y[0])
        write_log(folder, problem, replace(log, y=np.array(y)))
        assert list(logged(folder).columns["regret"]) == regret


def test_failed_evaluations_cost_and_count(tmp_path: Path) -> None:
    problem = tiny.flaky_problem()
    run = logged(write(tmp_path / "run", problem, evaluated(problem, problem.space.from_index([7, 20, 35]), 0)))
    assert list(run.columns["raw_y"]) == [100, 100, 100]
    assert list(run.columns["n_failed"]) == [1, 2, 3]
    assert list(run.columns["cost"]) == [8, 29, 65]
    assert (run.best.evaluation, run.best.y) == (1, 100.0)


def test_isomorphic_cells_are_one_candidate(tmp_path: Path) -> None:
    problem = make("nb201-cifar10")
    same = [[0, 0, 3, 0, 0, 0], [0, 0, 0, 0, 0, 0], [3, 3, 3, 1, 3, 2]]
    run = logged(write(tmp_path / "run", problem, evaluated(problem, same, 0)))
    assert list(run.columns["n_distinct"]) == [1, 1, 2]


def test_real_parameters_are_logged_in_the_box(tmp_path: Path) -> None:
    problem = tiny.mixed_problem()
    log = random_run(problem, 20, seed=3)
    run = logged(write(tmp_path / "run", problem, log))
    X = np.stack([run.columns[f"x{j}"] for j in range(4)], axis=1)
    assert np.allclose(X, problem.space.to_box(log.Z), atol=1e-6)
    assert np.allclose(run.columns["raw_y"], log.y, atol=1e-10)
    assert np.allclose(run.columns["regret"], np.minimum.accumulate(log.y), atol=1e-10)


@pytest.mark.parametrize("maker", tiny.ALL)
@pytest.mark.parametrize("instance", [1, 2])
def test_every_kind_of_problem_survives(maker: Callable[[], Problem], instance: int, tmp_path: Path) -> None:
    problem = maker().variant(instance=instance)
    log = random_run(problem, 10, seed=1)
    before = log.Z.copy(), log.y.copy(), log.cost_seconds.copy(), log.failed.copy()
    run = logged(write(tmp_path / "run", problem, log))
    for array, copied in zip((log.Z, log.y, log.cost_seconds, log.failed), before, strict=True):
        assert np.array_equal(array, copied)
    assert run.instance == instance
    assert np.allclose(run.columns["raw_y"], log.y, atol=1e-10)
    assert np.allclose(run.columns["cost"], np.cumsum(log.cost_seconds))
    assert run.columns["n_failed"][-1] == log.failed.sum()
    assert run.best.evaluation == log.best + 1


def one_row(**changed: object) -> RunLog:
    return replace(random_run(tiny.table_problem(), 1, 1), **changed)  # type: ignore[arg-type]  # wrong ones, too


def test_the_largest_seed_is_kept_exactly(tmp_path: Path) -> None:
    write_log(tmp_path / "run", tiny.table_problem(), one_row(seed=MAX_SEED))
    assert logged(tmp_path / "run").attributes["seed"] == MAX_SEED


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 1.5, True])
def test_seeds_that_a_double_cannot_hold_are_refused(seed: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="seed: wanted an integer"):
        write_log(tmp_path / "run", tiny.table_problem(), one_row(seed=seed))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "a b", 'a"b', "a/b", "a\nb", "..", "é", "-x"])
def test_odd_names_are_refused(name: str, tmp_path: Path) -> None:
    problem = tiny.table_problem()
    with pytest.raises(ValueError, match="solver label"):
        write_log(tmp_path / "run", problem, one_row(solver=name))
    with pytest.raises(ValueError, match="initializer name"):
        write_log(tmp_path / "run", problem, one_row(initializer=name))
    assert not list(tmp_path.iterdir())


def test_a_folder_with_content_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for refusing in (lambda: check_new(tmp_path), lambda: write_log(tmp_path, tiny.table_problem(), one_row())):
        with pytest.raises(ValueError, match="new or empty folder"):
            refusing()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    problem = tiny.table_problem()
    write(tmp_path / "run", problem, random_run(problem, 2, 1))
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        check_new(tmp_path / "file" / "run")


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    problem = tiny.table_problem()
    log = random_run(problem, 2, 1)
    wrong: list[tuple[dict[str, object], str]] = [
        ({"Z": log.Z[:1]}, "wanted arrays of one length, at least 1, found .'Z': 1, 'y': 2"),
        ({"y": np.array([1.0, np.nan])}, "y: wanted finite values, found nan"),
        ({"cost_seconds": np.array([1.0, np.inf])}, "cost_seconds: wanted finite values, found inf"),
        ({"Z": log.Z + 99}, r"Z\[0, 0\] \(op\): wanted a code"),
    ]
    for changed, words in wrong:
        with pytest.raises(ValueError, match=words):
            write_log(tmp_path / "run", problem, replace(log, **changed))  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


# ---- several objectives, and fidelities

BOTH = ("validation_accuracy", "train_seconds")


def test_several_objectives_worked_by_hand(tmp_path: Path) -> None:
    """All 36 candidates are on the front, which goes from (15, 36) to (50.5, 1)."""
    problem = tiny.table_problem().variant(objective=BOTH)
    log = evaluated(problem, problem.space.from_index([5, 20, 5]), 3)
    run = logged(write(tmp_path / "run", problem, log))
    assert [*run.columns] == [
        *("evaluations", "raw_y", "F2", "regret", "hypervolume", "cost", "n_failed", "n_distinct"),
        *("x0", "x1", "x2"),
    ]
    assert list(run.columns["raw_y"]) == [45, 30, 45]
    assert list(run.columns["F2"]) == [6, 21, 6]
    first, second = (1.1 - 30 / 35.5) * (1.1 - 5 / 35), (1.1 - 15 / 35.5) * (1.1 - 20 / 35)
    both = first + second - (1.1 - 30 / 35.5) * (1.1 - 20 / 35)
    np.testing.assert_allclose(run.columns["hypervolume"], [first, both, both], atol=1e-9)
    np.testing.assert_allclose(run.columns["regret"], 1 - np.array([first, both, both]) / problem.front_hypervolume)
    assert (run.n_evaluations, run.best.evaluation, run.best.y) == (3, 2, 30.0)


def test_iohinspector_computes_the_same_hypervolumes(tmp_path: Path) -> None:
    from iohinspector import DataManager
    from iohinspector.indicators import add_indicator, anytime

    problem = make("nb201-cifar10", objective=("validation_accuracy", "n_parameters", "train_seconds"))
    log = random_run(problem, 60, 5)
    columns = write_log(tmp_path / "run", problem, log)
    manager = DataManager()
    manager.add_folder(str(tmp_path))
    table = manager.load(monotonic=False, include_meta_data=True)
    assert len(table) == 60
    scale = problem.reference
    width = np.array(scale.nadir) - np.array(scale.ideal)
    point = (np.array(scale.ideal) + scale.point * width).tolist()
    evaluations = list(range(1, 61))
    found = add_indicator(
        table, anytime.HyperVolume(reference_point=point), obj_vars=["raw_y", "F2", "F3"], evals=evaluations
    ).sort("evaluations")
    np.testing.assert_allclose(found["HyperVolume"].to_numpy() / width.prod(), columns["hypervolume"], rtol=1e-9)


def test_fidelities_that_vary_have_columns(tmp_path: Path) -> None:
    problem = curve_problem(continued=True)
    log = optimizers.run(asking(at([1, 2, 3], 1), at([1], 3), [1]), problem, budget=9, seed=1, folder=tmp_path / "run")
    run = logged(tmp_path / "run")
    assert list(run.columns["fidelity"]) == [1, 1, 1, 3, 9]
    np.testing.assert_allclose(run.columns["spent"], np.array([1, 2, 3, 5, 11]) / 9)
    np.testing.assert_allclose(run.columns["regret"], [10, 10, 10, 10, 10])
    assert list(run.columns["cost"]) == [2, 5, 9, 13, 25]
    assert log.columns.keys() == {*WATCHED, "fidelity", "spent"}
    assert "fidelity" not in watched_columns(problem, one_row_of(problem))
    assert "fidelity" in watched_columns(problem, one_row_of(problem), with_fidelity=True)


def one_row_of(problem: Problem) -> RunLog:
    return random_run(problem, 1, 1)


def test_a_run_elsewhere_does_not_depend_on_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    problem = tiny.table_problem()
    write(Path("a") / "run", problem, random_run(problem, 2, 1))
    assert json.loads((tmp_path / "a" / "run" / "IOHprofiler_f901_tiny-table.json").read_text())["function_id"] == 901
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_initializer_is_part_of_the_name() -> None:
    assert algorithm_name("cma-es", "uniform") == "cma-es"
    assert algorithm_name("cma-es", "sobol") == "cma-es.from-sobol"


def test_only_an_earlier_log_is_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    for seed in (1, 2):
        optimizers.run("random-search", tiny.table_problem(), budget=4, seed=seed, folder=folder, overwrite=True)
    (run,) = read_runs(folder)
    assert run.attributes["seed"] == 2
    with pytest.raises(ValueError, match="wanted a new or empty folder, found files"):
        optimizers.run("random-search", tiny.table_problem(), budget=4, seed=1, folder=folder)
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="wanted a new or empty folder, or an earlier log, found files"):
        optimizers.run("random-search", tiny.table_problem(), budget=4, seed=1, folder=folder, overwrite=True)
    assert (folder / "mine.txt").read_text() == "mine"
    assert len(read_runs(folder)) == 1


@pytest.mark.parametrize(
    "name", ["IOHprofiler_notes.json", "data_f1_x/other.dat", "data_f1_x/deeper/IOHprofiler_f1_DIM2.dat"]
)
def test_what_only_looks_like_a_log_stays(name: str, tmp_path: Path) -> None:
    path = tmp_path / "log" / name
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    with pytest.raises(ValueError, match="or an earlier log, found files"):
        optimizers.run("random-search", tiny.table_problem(), budget=4, seed=1, folder=tmp_path / "log", overwrite=True)
    assert path.read_text() == "{}"
