"""Budgets that are not counted in rows of a log: at lower fidelities, and in seconds."""

from pathlib import Path

from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_logs
from experiments.report.result import Result, load_results
from experiments.session import work_on
from experiments.study import Study
from optimizers.ioh_format import Fault


def results_of(study: Study, tmp_path: Path) -> list[Result]:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    for _ in work_on(folder, SerialExecutor()):
        pass
    merge_logs(folder)
    faults: list[Fault] = []
    results = load_results(folder, faults.append)
    assert not faults
    return results


def test_solvers_that_choose_fidelities_are_compared_by_what_they_spend(tmp_path: Path) -> None:
    study = Study(("nb201-digits",), ("hyperband", "random-search"), budget=12, runs=2)
    for run in results_of(study, tmp_path):
        assert run.evaluations[0] == 1
        assert run.evaluations[-1] <= 12
        assert (run.record.n_evaluations > 12) == (run.record.algorithm == "hyperband")


def test_a_study_with_a_budget_in_seconds(tmp_path: Path) -> None:
    study = Study(("nb201-cifar10",), ("random-search", "local-search"), budget=500, budget_seconds=50_000.0)
    for run in results_of(study, tmp_path):
        costs = run.cost_seconds
        assert costs[-2] < 50_000 <= costs[-1]
        assert run.record.n_evaluations < 500


def test_a_study_with_several_objectives(tmp_path: Path) -> None:
    name = "nb201-cifar10[objective=validation_accuracy+n_parameters]"
    study = Study((name,), ("pymoo-nsga2", "random-search"), budget=60, runs=2)
    for run in results_of(study, tmp_path):
        assert 0 < run.regret[-1] < run.regret[0] <= 1
