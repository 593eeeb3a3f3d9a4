"""Logs of others next to a study's."""

import json
from pathlib import Path

import ioh
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import nas_problems
from experiments.cli import make_app
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.report import write_report
from experiments.report.other import read_other
from experiments.report.result import Result, load_results
from experiments.session import work_on
from experiments.study import Study
from nas_problems.adapters.ioh import as_ioh
from optimizers.ioh_format import Fault

TWO = "tiny-table[objective=validation_accuracy+train_seconds]"


def foreign(folder: Path, name: str, *, algorithm: str = "mine", instance: int = 1, budget: int = 12) -> Path:
    """A log by bare ioh's Analyzer, of improvements only, as any user of ioh would write one."""
    logger = ioh.logger.Analyzer(
        root=str(folder), folder_name=f"{algorithm}-{name}-{instance}", algorithm_name=algorithm
    )
    made = nas_problems.make(name, instance=instance)
    problem = as_ioh(made)
    problem.attach_logger(logger)
    for z in made.space.sample(budget, np.random.default_rng(7)).tolist():
        problem(z)
    problem.detach_logger()
    logger.close()
    return folder


@pytest.fixture
def own(finished: StudyFolder) -> list[Result]:
    return load_results(finished, print)


def test_a_foreign_run_has_the_regret_of_its_values(own: list[Result], tmp_path: Path) -> None:
    path = foreign(tmp_path / "theirs", "tiny-table")
    found = read_other(path, own, print)
    (run,) = found.results
    problem = nas_problems.make("tiny-table")
    Z = problem.space.sample(12, np.random.default_rng(7))
    wanted = np.minimum.accumulate(problem(Z)) - problem.target
    held = run.regret[np.searchsorted(run.evaluations, np.arange(1, 13), side="right") - 1]
    assert held == pytest.approx(wanted)
    assert (run.record.algorithm, run.record.n_evaluations, run.evaluations[-1]) == ("mine", 12, 12)
    assert found.budgets == {"tiny-table": 12}
    assert found.notes == ["Only in this study: tiny-mixed."]


def test_the_optimum_in_ten_decimals_is_the_optimum(own: list[Result], tmp_path: Path) -> None:
    """Its rounding would else be a regret of its own: below all others, and the hardest target."""
    path = foreign(tmp_path / "theirs", "tiny-table", budget=1)
    known = next(run.record for run in own if run.record.problem == "tiny-table")
    (index,), (data,) = path.rglob("*.json"), path.rglob("*.dat")
    y = known.target - 4e-11
    log = json.loads(index.read_text())
    log["scenarios"][0]["runs"][0]["best"]["y"] = y
    index.write_text(json.dumps(log))
    lines = data.read_text().splitlines()
    data.write_text("\n".join([lines[0], " ".join(["1", repr(y), *lines[1].split()[2:]])]) + "\n")
    (run,) = read_other(path, own, print).results
    assert run.regret.tolist() == [0.0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"function_name": "sphere"}, "sphere (function 901) is not a problem of this study"),
        ({"maximization": True}, "tiny-table is maximised there and minimised here"),
        ({"dimension": 5}, "tiny-table has 5 variables there and 3 here"),
        ({"instance": 9}, "tiny-table instance 9 is not in this study (instances 1, 2)"),
    ],
)
def test_what_cannot_be_compared_is_said(
    own: list[Result], tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    path = foreign(tmp_path / "theirs", "tiny-table", budget=1)
    (index,) = path.rglob("*.json")
    data = json.loads(index.read_text())
    (key, value), (scenario,) = *change.items(), data["scenarios"]
    place = scenario if key == "dimension" else scenario["runs"][0] if key == "instance" else data
    assert key in place
    place[key] = value
    index.write_text(json.dumps(data))
    found = read_other(path, own, print)
    assert found.n_compared == 0
    assert found.notes[0].replace("\\", "") == f"Not compared, 1 run: {reason}."


def test_values_below_the_optimum_are_of_another_problem(own: list[Result], tmp_path: Path) -> None:
    path = foreign(tmp_path / "theirs", "tiny-table", budget=1)
    (index,), (data,) = path.rglob("*.json"), path.rglob("*.dat")
    best = json.loads(index.read_text())["scenarios"][0]["runs"][0]["best"]["y"]
    index.write_text(index.read_text().replace(f'"y": {best}', '"y": -1000.0').replace(f'"y":{best}', '"y":-1000.0'))
    lines = data.read_text().splitlines()
    data.write_text("\n".join([lines[0], " ".join(["1", "-1000.0", *lines[1].split()[2:]])]) + "\n")
    found = read_other(path, own, print)
    assert "below its optimum" in found.notes[0]


def test_clashing_names_and_other_budgets_are_said(own: list[Result], tmp_path: Path) -> None:
    path = foreign(tmp_path / "theirs", "tiny-table", algorithm="random-search", budget=5)
    found = read_other(path, own, print)
    assert {run.record.algorithm for run in found.results} == {"random-search (theirs)"}
    assert found.budgets == {"tiny-table": 5}
    text = " ".join(found.notes).replace("\\", "")
    assert "random-search is in both; that of theirs is shown as random-search (theirs)." in text
    assert "tiny-table: 12 evaluations here, 5 there; compared after 5." in text


def test_another_study_keeps_what_it_knows(own: list[Result], finished: StudyFolder) -> None:
    found = read_other(finished.path, own, print)
    assert found.n_compared == len(own)
    assert {run.record.algorithm for run in found.results} == {f"{run.record.algorithm} (study)" for run in own}
    assert found.results[0].cost_seconds.tolist() == own[0].cost_seconds.tolist()


def test_merged_logs_of_ours_are_read_as_they_are(own: list[Result], finished: StudyFolder) -> None:
    found = read_other(finished.merged_path, own, print)
    assert found.n_compared == len(own)
    by_key = {(r.record.problem, r.record.instance, r.record.seed): r.regret.tolist() for r in own}
    for run in found.results:
        record = run.record
        assert by_key[record.problem, record.instance, record.seed] == run.regret.tolist()


def test_damaged_and_hostile_logs_are_left_out(own: list[Result], tmp_path: Path) -> None:
    path = foreign(tmp_path / "theirs", "tiny-table")
    foreign(path, "tiny-table", algorithm="evil")
    (index,) = (path / "evil-tiny-table-1").glob("*.json")
    data = json.loads(index.read_text())
    data["experiment_attributes"] = [{"x": "__import__('os').system('touch /nowhere')"}]
    index.write_text(json.dumps(data))
    faults: list[Fault] = []
    found = read_other(path, own, faults.append)
    assert [run.record.algorithm for run in found.results] == ["mine"]
    assert any("would evaluate" in fault.reason for fault in faults)


def test_nothing_to_compare_with(own: list[Result], tmp_path: Path) -> None:
    (path := tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="found no run that can be read"):
        read_other(path, own, print)
    with pytest.raises(NotADirectoryError):
        read_other(tmp_path / "absent", own, print)


def test_the_page_shows_both_and_escapes_names(finished: StudyFolder, tmp_path: Path) -> None:
    path = foreign(tmp_path / "theirs", "tiny-table")
    (index,) = path.rglob("*.json")
    index.write_text(index.read_text().replace('"mine"', json.dumps("<img src=x onerror=alert(1)>")))
    written = write_report(finished, tmp_path / "page", other=path)
    assert written.other is not None
    assert written.other.n_compared == 1
    text = written.page.read_text()
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "<img src=x" not in text
    assert "What was compared" in text
    shown = CliRunner().invoke(
        make_app(["report"]), ["report", str(finished.path), "--with", str(path), "--out", str(tmp_path / "again")]
    )
    assert shown.exit_code == 0, shown.output
    assert "Only in this study: tiny-mixed." in shown.output


def test_the_reason_why_nothing_can_be_read_is_passed_on(own: list[Result], tmp_path: Path) -> None:
    """With what may help; and with it, the rows are taken."""
    path = foreign(tmp_path / "theirs", "tiny-table")
    (index,) = path.rglob("*.json")
    log = json.loads(index.read_text())
    log["scenarios"][0]["runs"][0]["evals"] = 1
    index.write_text(json.dumps(log))
    with pytest.raises(ValueError, match=r"no run that can be read: .*the json has 1 evaluations.*--trust-data"):
        read_other(path, own, print)
    assert read_other(path, own, print, trust_data=True).n_compared == 1
    (tmp_path / "coco").mkdir()
    (tmp_path / "coco" / "bbobexp_f1.info").write_text("funcId = 1\n")
    with pytest.raises(ValueError, match=r"an \.info file of COCO"):
        read_other(tmp_path / "coco", own, print)


def carried_out(path: Path, **changes: object) -> StudyFolder:
    fields: dict[str, object] = {"problems": ("tiny-table",), "solvers": ("hyperband",), "budget": 12, "runs": 2}
    folder = StudyFolder.prepare(path, Study(**{**fields, **changes}))  # type: ignore[arg-type]
    for _ in work_on(folder, SerialExecutor()):
        pass
    return folder


def test_evaluations_at_lower_fidelities_count_as_their_shares(plugin: Path, tmp_path: Path) -> None:
    """Hyperband makes 21 evaluations of a budget of 12, in logs as in the study that they are of."""
    folder = carried_out(tmp_path / "study")
    own = load_results(folder, print)
    assert {run.record.n_evaluations for run in own} == {21}
    found = read_other(folder.runs_path, own, print)
    assert found.budgets == {"tiny-table": 12} and "compared after" not in " ".join(found.notes)
    for run, theirs in zip(own, found.results, strict=True):
        assert theirs.evaluations.tolist() == run.evaluations.tolist() and theirs.record.budget == 12
        assert theirs.regret.tolist() == run.regret.tolist() and theirs.incumbent.tolist() == run.incumbent.tolist()


def test_fronts_of_others_are_shown(plugin: Path, tmp_path: Path) -> None:
    folder = carried_out(tmp_path / "study", problems=(TWO,), solvers=("random-search", "hyperband"))
    own = load_results(folder, print)
    found = read_other(folder.runs_path, own, print)
    for run, theirs in zip(own, found.results, strict=True):
        assert run.front is not None and theirs.front is not None and not theirs.incumbent.size
        assert theirs.front.Y.tolist() == run.front.Y.tolist() and theirs.front.fidelity == run.front.fidelity
    written = write_report(folder, tmp_path / "page", other=folder.runs_path)
    assert written.other is not None and written.other.n_compared == 4
    table = pd.read_csv(tmp_path / "page" / "indicators.csv")
    assert set(table["solver"]) == {"hyperband", "random-search", "hyperband (runs)", "random-search (runs)"}


def test_runs_without_the_second_objective_are_refused(plugin: Path, tmp_path: Path) -> None:
    own = load_results(carried_out(tmp_path / "study", problems=(TWO,), solvers=("random-search",)), print)
    path = foreign(tmp_path / "theirs", "tiny-table", budget=5)
    (index,) = path.rglob("*.json")
    label = own[0].record.problem
    index.write_text(index.read_text().replace('"tiny-table"', json.dumps(label)))
    found = read_other(path, own, print)
    assert found.n_compared == 0
    assert found.notes[0].replace("\\", "") == f"Not compared, 1 run: {label} has 1 objective there and 2 here."
