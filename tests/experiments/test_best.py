"""The best configuration is what a search is made for: decoded, with its value and what is known of its noise."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nas_problems
import optimizers
from experiments.best import (
    JSON_NAME,
    Found,
    best_of,
    best_of_run,
    best_per_problem,
    best_so_far,
    current_best,
    read_records,
    write_best,
)
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.record import RunRecord
from experiments.report.best import best_frame
from experiments.session import work_on
from experiments.study import Study
from nas_problems import Categorical, SearchSpace, from_frame, from_function
from nas_problems.parameter import Config, config_text
from optimizers.regret import regret_so_far
from tests.experiments.records import RECORD
from tests.optimizers.counted import SPACE
from tests.optimizers.curves import asking, at, curve_problem, live_curves


def test_true_values_of_a_box_space() -> None:
    problem = from_function(lambda config: abs(config["rate"] - 0.01) + config["width"], SPACE, name="own")
    log = optimizers.run("cma-es", problem, budget=40, seed=1)
    best = best_of_run(problem, log)
    assert best is not None
    assert best.config == log.best_config == log.frame().sort_values("y").iloc[0][list(SPACE.names)].to_dict()
    assert best.value == log.y.min() == abs(best.config["rate"] - 0.01) + best.config["width"]
    assert (best.n, best.spread, best.evaluation) == (1, 0.0, log.best + 1)


def test_the_mean_and_spread_of_recorded_trainings() -> None:
    """A lucky draw is not what the candidate is worth."""
    problem = nas_problems.make("nb201-cifar10", noise="sampled")
    log = optimizers.run("aging-evolution", problem, budget=200, seed=1)
    best = best_of_run(problem, log)
    assert best is not None
    Z = log.Z[log.best : log.best + 1]
    assert best.value == pytest.approx(problem.noise_free(Z)[0])
    seeds = [problem.variant(noise=f"seed-{k}")(Z)[0] for k in range(best.n)]
    assert best.n in (2, 3) and best.spread == pytest.approx(np.std(seeds, ddof=1)) and best.value >= log.y.min()


def test_repeated_evaluations_of_one_candidate() -> None:
    space = SearchSpace((Categorical("a", ("x", "y")),))
    values = iter(np.random.default_rng(0).normal(size=100))
    problem = from_function(lambda config: float(next(values)), space, name="noisy", lower_bound=-10.0)
    log = optimizers.run("random-search", problem, budget=30, seed=1)
    best = best_of_run(problem, log)
    assert best is not None and best.n > 5
    same = log.y[(log.Z[log.best] == log.Z).all(axis=1)]
    assert best.spread == pytest.approx(same.std(ddof=1))


def test_what_codes_that_are_not_rows_stand_for() -> None:
    """The configuration is the one whose value it is: the nearest row's, without inactive parameters."""
    frame = pd.DataFrame({"model": ["svm", "mlp"] * 20, "rate": [None, 0.5] * 20, "width": np.arange(40) * 3})
    frame["loss"] = np.arange(40)[::-1] / 40
    problem = from_frame(frame, metric="loss")
    for instance in (1, 2):
        variant = problem.variant(instance=instance)
        best = best_of_run(variant, optimizers.run("cma-es", variant, budget=30, seed=1))
        assert best is not None
        recorded = frame[np.isclose(frame["loss"], best.value)].iloc[0]
        assert best.config["width"] == recorded["width"] and best.config["model"] == recorded["model"]
        assert ("rate" in best.config) == (recorded["model"] == "mlp")
    log = optimizers.run("cma-es", problem, budget=30, seed=1)
    assert log.best_config == getattr(best_of_run(problem, log), "config", None)


def test_there_is_no_best_of_failures_and_of_several_objectives() -> None:
    def fails(config: Config) -> float:
        raise RuntimeError("no")

    problem = from_function(fails, SPACE, name="fails")
    assert best_of_run(problem, optimizers.run("random-search", problem, budget=5, seed=1)) is None
    several = nas_problems.make("nb201-cifar10").variant(objective=("validation_accuracy", "n_parameters"))
    assert best_of_run(several, optimizers.run("random-search", several, budget=5, seed=1)) is None


def test_frames() -> None:
    log = optimizers.run("random-search", "nb201-cifar10", budget=7, seed=1)
    frame = log.frame()
    assert list(frame.columns[:2]) == ["evaluation", nas_problems.make("nb201-cifar10").space.names[0]]
    assert len(frame) == 7 and frame.evaluation.tolist() == list(range(1, 8)) and frame.y.tolist() == log.y.tolist()
    assert log.space is not None
    assert [dict(zip(log.space.names, row, strict=True)) for row in frame[list(log.space.names)].to_numpy()] == [
        dict(config) for config in log.space.decode(log.Z)
    ]
    several = nas_problems.make("nb201-cifar10").variant(objective=("validation_accuracy", "n_parameters"))
    assert {"y_1", "y_2"} <= set(optimizers.run("random-search", several, budget=3, seed=1).frame().columns)
    own = from_function(lambda config: 1.0, SearchSpace((Categorical("y", ("a", "b")),)), name="y")
    assert "config.y" in optimizers.run("random-search", own, budget=3, seed=1).frame().columns


def test_files_of_a_study(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    list(work_on(folder, SerialExecutor()))
    found = write_best(folder, best_of(read_records(folder)))
    assert len(found) == 4 and [each.problem for each in best_per_problem(found)] == ["tiny-mixed", "tiny-table"]
    assert [Found(**each) for each in json.loads((folder.path / "best.json").read_text())] == found
    with (folder.path / "best.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["value"]) for row in rows] == [each.value for each in found]
    for row, each in zip(rows, found, strict=True):
        assert {name: row[f"config.{name}"] for name in each.config} == {n: str(v) for n, v in each.config.items()}
    for record in read_records(folder):
        if record.problem == "tiny-table":
            assert record.best_value == pytest.approx(record.target + record.final_regret)


def test_records_of_an_earlier_version_have_no_best(tmp_path: Path) -> None:
    RECORD.write(tmp_path / "run")
    path = tmp_path / "run" / "run.toml"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "best_" not in line))
    assert RunRecord.read(tmp_path / "run").best_config == ""
    assert best_of([RunRecord.read(tmp_path / "run")]) == []


@pytest.mark.parametrize("text", ["", "[1]", "{", "3", "null"])
def test_a_record_that_was_changed_gives_no_best(text: str) -> None:
    assert best_of([replace(RECORD, best_config=text)]) == []


def test_values_that_json_does_not_know() -> None:
    config = {"a": np.int64(3), "b": np.float64(0.5), "c": None, "d": True, "e": float("inf"), "f": (1, 2)}
    assert json.loads(config_text(config)) == {"a": 3, "b": 0.5, "c": None, "d": True, "e": "inf", "f": "(1, 2)"}


@pytest.mark.parametrize(
    "change",
    [
        {"value": 10**400},  # was an OverflowError of status and report
        {"spread": -(10**400)},
        {"value": float("nan")},
        {"value": True},
        {"value": "0.1"},
        {"problem": "two\nlines"},
        {"config": [1]},
        {"unknown": 1},
    ],
    ids=str,
)
def test_a_best_that_somebody_changed_is_read_from_the_records(
    change: dict[str, object], finished: StudyFolder
) -> None:
    write_best(finished, right := best_of(read_records(finished)))
    path = finished.path / "best.json"
    listed = json.loads(path.read_text())
    path.write_text(json.dumps([{**each, **change} for each in listed]))
    assert current_best(finished) == right and len(right) == 4


@pytest.mark.parametrize("noise", ["mean", "sampled"])
def test_of_a_table_the_value_is_that_at_the_full_fidelity(noise: str) -> None:
    """Candidate k has error 10 k + 9 / epochs: after one of nine epochs 19, and 11 at the end, as the regret has it."""
    problem = curve_problem(continued=True).variant(noise=noise)
    log = optimizers.run(asking(at([2, 1], 1)), problem, budget=9, seed=1)
    best = best_of_run(problem, log)
    assert best is not None and log.y[log.best] == 19.0
    assert (best.value, best.fidelity, best.evaluation, best.config) == (11.0, 9.0, 2, {"width": 1})
    assert best.value == problem.target + regret_so_far(problem, log.Z, log.y, fidelity=log.fidelity)[-1]


def test_of_a_live_problem_the_fidelity_of_the_value_is_named() -> None:
    problem = live_curves()
    log = optimizers.run(asking(at([2, 1], 1), at([2], 3)), problem, budget=9, seed=1)
    best = best_of_run(problem, log)
    assert best is not None
    assert (best.value, best.fidelity, best.config) == (23.0, 3.0, {"width": 2})


def test_a_maximised_metric_is_shown_as_it_was_measured(tmp_path: Path) -> None:
    """The largest accuracy is the best, also next to a record of an earlier version, which has what was minimised."""
    old = replace(RECORD, key="p/a/i1-s1", problem="p", algorithm="a", objective="negative accuracy", best_config="{}")
    old = replace(old, best_value=-0.5, target_is_optimum=False, target=0.0, final_regret=-0.5)
    new = replace(old, metric="accuracy", maximize=True)
    records = [old, replace(new, key="p/a/i1-s2", best_value=-0.75), replace(new, key="p/b/i1-s1", algorithm="b")]
    found = best_of(records)
    assert [(each.run, each.objective, each.value, each.minimised) for each in found] == [
        ("p/a/i1-s2", "accuracy", 0.75, -0.75),
        ("p/b/i1-s1", "accuracy", 0.5, -0.5),
    ]
    assert (new.result, old.result) == ("accuracy 0.5", "value -0.5")
    folder = StudyFolder(tmp_path)
    write_best(folder, found)
    assert current_best(folder) == found
    entries = json.loads((tmp_path / JSON_NAME).read_text())
    earlier = [{key: value for key, value in entry.items() if key != "minimised"} for entry in entries]
    (tmp_path / JSON_NAME).write_text(json.dumps([earlier[1] | {"value": -0.5, "objective": "negative accuracy"}]))
    (known,) = current_best(folder)
    assert (known.objective, known.value, known.minimised) == ("negative accuracy", -0.5, -0.5)


def test_values_at_a_higher_fidelity_come_first() -> None:
    """However good one at a lower fidelity looks; and what is below the full one says so."""
    record = replace(RECORD, best_config='{"width": 1}', best_n=1, fidelity="epochs 9")
    runs = [
        replace(record, key="p/a/i1-s1", best_value=0.5, best_fidelity=1.0),
        replace(record, key="p/a/i1-s2", best_value=0.9, best_fidelity=3.0),
        replace(record, key="p/b/i1-s1", algorithm="b", best_value=0.7, best_fidelity=1.0),
    ]
    found = best_of(runs)
    assert [(each.run, each.value_in_words) for each in found] == [
        ("p/a/i1-s2", "0.9 at epochs 3 of 9"),
        ("p/b/i1-s1", "0.7 at epochs 1 of 9"),
    ]
    assert best_frame(found)["fidelity"].tolist() == ["epochs 3 of 9", "epochs 1 of 9"]
    (old,) = best_of([replace(record, best_value=0.5)])
    assert (old.fidelity, old.value_in_words) == (9.0, "0.5")
    assert "fidelity" not in best_frame([old])


def test_the_best_so_far_is_that_at_the_highest_fidelity(tmp_path: Path) -> None:
    nas_problems.register("live-curves", summary="for tests", family="tests")(live_curves)
    try:
        study = Study(("live-curves",), ("random-search",), budget=5, runs=1)
        folder = StudyFolder.prepare(tmp_path / "study", study)
        (run,) = study.plan()
        journal = folder.journal_path(run.key)
        optimizers.run(asking(at([2, 1], 1), at([2], 3)), live_curves(), budget=5, seed=run.seed, journal=journal)
        (found,) = best_so_far(folder)
    finally:
        nas_problems.problems.unregister("live-curves")
    assert (found.value, found.config, found.evaluation) == (23.0, {"width": 2}, 3)
    assert found.value_in_words == "23 at epochs 3 of 9"
