"""Sessions of work: nothing is lost, nothing is done twice, and the result depends on the study alone."""

import dataclasses
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from experiments.executor import Failure
from experiments.executors.local import LocalExecutor
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_logs
from experiments.folder.record import RunRecord
from experiments.folder.study_folder import StudyGoneError
from experiments.report.result import load_results
from experiments.session import left_to_do, work_on
from experiments.study import Run, Study
from experiments.unit import execute, load_plugins
from optimizers.ioh_format import Fault, FormatError, read_runs

T = TypeVar("T")
R = TypeVar("R")


def merged(folder: StudyFolder) -> dict[str, bytes]:
    merge_logs(folder, zipped=True)
    root = folder.merged_path
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def finish(folder: StudyFolder) -> int:
    return len(list(work_on(folder, SerialExecutor())))


def test_a_run_is_on_disk_when_it_is_yielded(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    for n, (run, record) in enumerate(work_on(folder, SerialExecutor()), start=1):
        assert not isinstance(record, Failure)
        assert record.key == run.key
        assert folder.finished() == {done.key for done in study.plan()[:n]}
        assert len(read_runs(folder.run_path(run.key))) == 1


def test_records_agree_with_logs(finished: StudyFolder) -> None:
    faults: list[Fault] = []
    results = load_results(finished, faults.append)
    assert faults == []
    assert len(results) == len(finished.study.plan())
    seeds = {run.key: run.seed for run in finished.study.plan()}
    for result in results:
        record = result.record
        assert record.seed == seeds[record.key]
        assert record.final_regret == pytest.approx(result.regret[-1], abs=1e-9)
        assert record.cost_seconds == pytest.approx(result.cost_seconds[-1], abs=1e-9)
        assert record.n_evaluations == len(result.evaluations) == 12
        assert (record.suite, record.fidelity) in {("tiny", "epochs 12"), ("tiny", "train_fraction 1")}
        assert record.target_is_optimum == (record.problem == "tiny-table")


def test_a_study_that_was_stopped_goes_on_where_it_was(study: Study, finished: StudyFolder, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "other", study)
    session = work_on(folder, SerialExecutor())
    for _ in range(5):
        next(session)
    session.close()  # type: ignore[attr-defined]  # a generator
    half = folder.path / "partial" / "1" / "tiny-table" / "random-search" / "i1-s2"
    half.mkdir(parents=True)
    (half / "IOHprofiler_f901_tiny-table.json").write_text('{"version": ')
    assert len(left_to_do(folder)) == 11
    assert finish(folder) == 11
    assert finish(folder) == 0
    assert not (folder.path / "partial").exists()
    assert merged(folder) == merged(finished)


def test_a_study_can_be_extended(study: Study, finished: StudyFolder, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "other", dataclasses.replace(study, runs=1, instances=(2,)))
    assert finish(folder) == 4
    extended = StudyFolder.prepare(folder.path, study)
    assert finish(extended) == 12
    assert merged(extended) == merged(finished)


def test_processes_give_the_same_bytes(study: Study, finished: StudyFolder, plugin: Path, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "other", study)
    with closing(LocalExecutor(2)) as executor:
        for _, outcome in work_on(folder, executor, plugins=(str(plugin),)):
            assert not isinstance(outcome, Failure)
    assert merged(folder) == merged(finished)


def test_failures_are_recorded_and_tried_again(plugin: Path, tmp_path: Path) -> None:
    study = Study(("tiny-table",), ("random-search", "raises", "strays", "idles"), budget=5)
    folder = StudyFolder.prepare(tmp_path / "study", study)
    for attempt in (1, 2):
        outcomes = {run.solver: outcome for run, outcome in work_on(folder, SerialExecutor())}
        assert set(outcomes) == {"raises", "strays", "idles"} | ({"random-search"} if attempt == 1 else set())
        reasons = {key.split("/")[1]: failure.reason for key, failure in folder.failures().items()}
        assert reasons["raises"] == "RuntimeError: this solver"
        assert reasons["strays"].startswith("AskError: strays asked outside the space of tiny-table")
        assert "without an evaluation" in reasons["idles"]
        assert {failure.attempts for failure in folder.failures().values()} == {attempt}
        assert "always breaks" in folder.failures()["tiny-table/raises/i1-s1"].details
    assert folder.finished() == {"tiny-table/random-search/i1-s1"}


def test_a_run_that_fails_is_tried_again_after_the_others(plugin: Path, tmp_path: Path) -> None:
    study = Study(("tiny-table",), ("raises", "random-search"), budget=5)
    folder = StudyFolder.prepare(tmp_path / "study", study)
    outcomes = [(run.solver, outcome) for run, outcome in work_on(folder, SerialExecutor(), retries=2)]
    assert [solver for solver, _ in outcomes] == ["random-search", "raises"]
    assert isinstance(outcomes[1][1], Failure)
    assert [failure.attempts for failure in folder.failures().values()] == [3]
    with pytest.raises(ValueError, match="retries: wanted >= 0, found -1"):
        next(work_on(folder, SerialExecutor(), retries=-1))


def test_a_run_that_succeeds_in_the_end_has_not_failed(study: Study, tmp_path: Path) -> None:
    broken = {study.plan()[0].key, study.plan()[5].key}

    class Unlucky(SerialExecutor):
        def __call__(self, work: Callable[[T], R], units: deque[T]) -> Iterator[tuple[T, R | Failure]]:
            def unlucky(unit: T) -> R:
                key = getattr(unit, "key", "")
                if key in broken:
                    broken.remove(key)
                    raise OSError("stale file handle")
                return work(unit)

            return super().__call__(unlucky, units)

    folder = StudyFolder.prepare(tmp_path / "study", study)
    outcomes = [outcome for _, outcome in work_on(folder, Unlucky(), retries=1)]
    assert len(outcomes) == 16 and not broken
    assert not any(isinstance(outcome, Failure) for outcome in outcomes)
    assert not folder.failures()


def test_a_worker_that_does_not_see_the_folder_says_so(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    with pytest.raises(FileNotFoundError, match=r"sees no study in .*elsewhere; workers must share the folder"):
        execute(study.plan()[0], folder=str(folder.path / "elsewhere"), suite="", plugins={})
    assert not (folder.path / "elsewhere").exists()


def test_a_process_that_dies_is_recorded(plugin: Path, tmp_path: Path) -> None:
    """Each with a limit that a busy machine cannot turn round: minutes for what dies, seconds for what never ends."""
    outcomes: dict[str, RunRecord | Failure] = {}
    for solvers, seconds in ((("dies", "random-search"), 300.0), (("hangs",), 3.0)):
        study = Study(("tiny-table",), solvers, budget=5)
        folder = StudyFolder.prepare(tmp_path / solvers[0], study)
        with closing(LocalExecutor(2, time_limit=seconds)) as executor:
            outcomes |= {run.solver: outcome for run, outcome in work_on(folder, executor, plugins=(str(plugin),))}
        assert not (folder.path / "partial").exists()
    assert outcomes["dies"] == Failure("the worker process ended with exit status 3", kind="died")
    assert outcomes["hangs"] == Failure("stopped after the time limit of 3 seconds", kind="time limit")
    assert not isinstance(outcomes["random-search"], Failure)


def test_the_merged_logs_name_the_suite(finished: StudyFolder, study: Study, tmp_path: Path) -> None:
    assert {run.suite for run in read_runs(finished.merged_path)} == {"tiny"}
    folder = StudyFolder.prepare(tmp_path / "other", dataclasses.replace(study, suite="mine", runs=1))
    finish(folder)
    merge_logs(folder)
    for path in (folder.merged_path, folder.runs_path):
        assert {run.suite for run in read_runs(path)} == {"mine"}


def test_merging_names_a_damaged_log(finished: StudyFolder) -> None:
    path = next(finished.runs_path.rglob("*.dat"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match="truncated"):
        merge_logs(finished)


def test_a_lost_run_is_done_again(finished: StudyFolder) -> None:
    before = merged(finished)
    shutil.rmtree(finished.run_path("tiny-table/random-search/i2-s1"))
    assert [run.key for run in left_to_do(finished)] == ["tiny-table/random-search/i2-s1"]
    assert finish(finished) == 1
    assert merged(finished) == before


def test_a_disk_that_is_full_elsewhere_is_a_failure_of_the_run(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device", "log.dat")

    monkeypatch.setattr("experiments.unit.optimizers.run", no_space)
    folder = StudyFolder.prepare(tmp_path / "study", study)
    outcomes = [outcome for _, outcome in work_on(folder, SerialExecutor())]
    assert all(isinstance(outcome, Failure) for outcome in outcomes)
    assert {failure.reason for failure in folder.failures().values()} == {
        "OSError: [Errno 28] No space left on device: 'log.dat'"
    }


@pytest.fixture
def broken_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "broken.py"
    path.write_text("import math\n1 / 0")
    yield path


def test_files_that_cannot_be_imported(broken_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"import: .*broken\.py, line 2: ZeroDivisionError"):
        load_plugins([broken_file])
    for path in (tmp_path / "absent.py", tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(ValueError, match="import: wanted a Python file"):
            load_plugins([path])


def test_a_run_can_be_carried_out_alone(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    run: Run = study.plan()[3]
    record = execute(run, folder=str(folder.path), suite="", plugins={})
    assert record is not None and folder.finished() == {run.key} == {record.key}


# ---- a study that is gone


def removed(folder: StudyFolder) -> None:
    shutil.rmtree(folder.path)


def moved(folder: StudyFolder) -> None:
    folder.path.rename(folder.path.with_name("moved"))


def replaced(folder: StudyFolder) -> None:
    removed(folder)
    StudyFolder.prepare(folder.path, folder.study)


def without_its_plan(folder: StudyFolder) -> None:
    (folder.path / "study.toml").unlink()


@pytest.mark.parametrize("vanish", [removed, moved, replaced, without_its_plan])
def test_a_study_that_is_gone_ends_the_work(
    study: Study, tmp_path: Path, vanish: Callable[[StudyFolder], None]
) -> None:
    """It came back without its plan, and all other runs were made for nothing."""
    folder = StudyFolder.prepare(tmp_path / "study", study)
    session = work_on(folder, SerialExecutor())
    for _ in range(2):
        next(session)
    vanish(folder)
    with pytest.raises(StudyGoneError, match="the study is gone"):
        list(session)
    assert not (folder.path / "runs").exists() or vanish is without_its_plan
    if vanish in (removed, moved):
        assert not folder.path.exists()


@pytest.mark.parametrize("vanish", [removed, moved])
def test_a_run_that_is_being_made_does_not_bring_its_study_back(
    study: Study, tmp_path: Path, vanish: Callable[[StudyFolder], None]
) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    with pytest.raises(StudyGoneError), folder.making(study.plan()[0].key) as partial:
        vanish(folder)
        partial.mkdir(parents=True)  # as what writes the log does
        (partial / "log").write_text("")
    assert not folder.path.exists()
    with pytest.raises(StudyGoneError):
        folder.note_failure(study.plan()[0].key, "some reason")
    assert not folder.path.exists()


def test_nothing_stays_of_a_failure_that_was_made_good(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    key = study.plan()[0].key
    folder.note_failure(key, "some reason")
    assert (folder.path / "failed").is_dir()
    finish(folder)
    assert not (folder.path / "failed").exists()


def test_no_empty_folders_stay_of_a_run_that_was_set_aside(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    next(iter(work_on(folder, SerialExecutor())))
    folder.set_aside(folder.run_path(study.plan()[0].key), ["for a test"])
    assert not folder.runs_path.exists()


def _other_budget(folder: StudyFolder) -> None:
    changed = dataclasses.replace(folder.study, budget=folder.study.budget + 1)
    (folder.path / "study.toml").write_text(changed.to_toml())


def _fewer_runs(folder: StudyFolder) -> None:
    (folder.path / "study.toml").write_text(dataclasses.replace(folder.study, runs=1).to_toml())


def _other_problems(folder: StudyFolder) -> None:
    (folder.path / "study.toml").write_text(dataclasses.replace(folder.study, problems=("tiny-table",)).to_toml())


def _damaged_plan(folder: StudyFolder) -> None:
    (folder.path / "study.toml").write_text("problems = [")


def _empty_plan(folder: StudyFolder) -> None:
    (folder.path / "study.toml").write_text("")


def _folder_as_plan(folder: StudyFolder) -> None:
    without_its_plan(folder)
    (folder.path / "study.toml").mkdir()


def _file(folder: StudyFolder) -> None:
    removed(folder)
    folder.path.write_text("no folder")


def _link_to_nowhere(folder: StudyFolder) -> None:
    removed(folder)
    folder.path.symlink_to("nowhere")


@pytest.mark.parametrize(
    "vanish",
    [
        *(_other_budget, _fewer_runs, _other_problems, _damaged_plan),
        *(_empty_plan, _folder_as_plan, _file, _link_to_nowhere),
    ],
)
def test_a_study_that_became_another_one_ends_the_work(
    study: Study, tmp_path: Path, vanish: Callable[[StudyFolder], None]
) -> None:
    """Runs with a budget of 12 went on to be made under a plan that said 13, or under none that can be read."""
    folder = StudyFolder.prepare(tmp_path / "study", study)
    session = work_on(folder, SerialExecutor())
    for _ in range(2):
        next(session)
    vanish(folder)
    n_files = len(list(tmp_path.rglob("run.toml")))
    with pytest.raises(StudyGoneError, match="the study is gone"):
        list(session)
    assert len(list(tmp_path.rglob("run.toml"))) <= n_files + 1  # the one that was being made


def test_a_study_that_somebody_extends_by_hand_goes_on(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    session = work_on(folder, SerialExecutor())
    next(session)
    (folder.path / "study.toml").write_text(dataclasses.replace(study, runs=study.runs + 1).to_toml())
    assert len(list(session)) == study.n_runs - 1


def test_runs_that_were_removed_meanwhile_are_not_counted(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    session = work_on(folder, SerialExecutor())
    for _ in range(3):
        next(session)
    shutil.rmtree(folder.runs_path)
    assert len(list(session)) == study.n_runs - 3
    assert len(list(folder.finished())) == study.n_runs - 3
    assert len(list(work_on(folder, SerialExecutor()))) == 3  # and are made again
