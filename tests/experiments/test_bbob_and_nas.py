"""BBOB, a NAS table and an HPO table in one study: one command, read alike by iohinspector and by us."""

import json
from pathlib import Path

import ioh
import pytest
from iohinspector import DataManager
from typer.testing import CliRunner

import nas_problems
import optimizers
from experiments.cli import make_app
from experiments.folder import StudyFolder
from experiments.folder.record import RunRecord
from experiments.report.other import read_other
from experiments.report.result import load_results
from experiments.study import Study
from optimizers.ioh_format import Fault, scan

PROBLEMS = ("bbob-f1", "bbob-f1[dimension=2]", "nb201-cifar10", "fcnet-protein")
SOLVERS = "random-search,one-plus-one-ea,cma-es"


def test_three_solvers_in_one_command_and_both_readers_see_the_same_numbers(tmp_path: Path) -> None:
    out = tmp_path / "study"
    words = ["run", "--problems", ",".join(PROBLEMS), "--solvers", SOLVERS, "--budget", "12", "--runs", "1"]
    done = CliRunner().invoke(make_app(), [*words, "--executor", "serial", "--out", str(out)], prog_name="iohnas")
    assert done.exit_code == 0, done.output
    checked = CliRunner().invoke(make_app(), ["check", str(out)], prog_name="iohnas")
    assert "our reader and iohinspector see the same runs, evaluations and best values" in checked.output

    folder = StudyFolder.open(out)
    records = [RunRecord.read(path.parent) for path in folder.runs_path.rglob("run.toml")]
    assert len(records) == 12
    suites = {}
    for path in folder.merged_path.rglob("*.json"):
        log = json.loads(path.read_text())
        suites[log["function_name"]] = (log["suite"], log["function_id"])
    assert suites["bbob-f1"] == suites["bbob-f1-d2"] == ("BBOB", 1)
    manager = DataManager()
    manager.add_folder(str(folder.merged_path))
    rows = manager.load(monotonic=False, include_meta_data=True)
    best = {key: part["raw_y"].min() for key, part in rows.group_by("function_name", "algorithm_name")}
    ours = {(record.problem, record.algorithm): record for record in records}
    assert best.keys() == ours.keys()
    for key, record in ours.items():
        assert best[key] == pytest.approx(record.final_regret + record.target, abs=1e-9)


def test_ids_of_two_suites_of_ioh_are_told_apart_by_dimension_or_refused() -> None:
    assert len(list(Study(("bbob-f1", "pbo-f1"), ("random-search",), budget=5).plan())) > 0
    with pytest.raises(ValueError, match="bbob-f1-d16 and pbo-f1 have the same id 1 in logs"):
        Study(("bbob-f1[dimension=16]", "pbo-f1"), ("random-search",), budget=5).plan()


def refuse(fault: Fault) -> None:
    pytest.fail(str(fault))


def test_published_logs_of_bbob_meet_ours(tmp_path: Path) -> None:
    problem = ioh.get_problem(1, 1, 5, ioh.ProblemClass.BBOB)
    triggers = [ioh.logger.trigger.ALWAYS]
    logger = ioh.logger.Analyzer(triggers=triggers, root=str(tmp_path), folder_name="theirs", algorithm_name="other")
    problem.attach_logger(logger)
    for x in ([1.0] * 5, [0.0] * 5, [-1.0] * 5):
        problem(x)
    problem.reset()
    problem.detach_logger()
    logger.close()
    record = optimizers.run("random-search", "bbob-f1", budget=5, seed=1, folder=tmp_path / "ours")
    assert record.problem == "bbob-f1"
    (theirs,) = scan(tmp_path / "theirs", refuse)
    assert (theirs.function_name, theirs.function_id) == ("Sphere", 1)
    study = tmp_path / "study"
    words = ["run", "--problems", "bbob-f1", "--solvers", "random-search", "--budget", "5", "--runs", "1"]
    assert CliRunner().invoke(make_app(), [*words, "--executor", "serial", "--out", str(study)]).exit_code == 0
    other = read_other(tmp_path / "theirs", load_results(StudyFolder.open(study), refuse), refuse)
    assert [run.record.problem for run in other.results] == ["bbob-f1"]
    best = min(nas_problems.make("bbob-f1")([[v] * 5])[0] for v in (1.0, 0.0, -1.0))
    assert other.results[0].regret[-1] == pytest.approx(best, abs=1e-9)
