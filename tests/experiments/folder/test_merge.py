"""Merging studies, single runs and logs of other programs into folders that IOHanalyzer takes."""

from pathlib import Path

import ioh
import pytest

import optimizers
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_folders
from nas_problems import Problem
from nas_problems.adapters.ioh import as_ioh
from optimizers.ioh_format import FormatError, lint, read_runs
from tests.nas_problems import tiny


def log_by_ioh(problem: Problem, root: Path, name: str) -> None:
    """Five evaluations in a log of ioh's own, which names no suite."""
    logger = ioh.logger.Analyzer(root=str(root), folder_name=name, algorithm_name="by-hand")
    wrapped = as_ioh(problem)
    wrapped.attach_logger(logger)
    for k in range(5):
        wrapped((k % (problem.space.upper + 1)).tolist())
    wrapped.reset()
    wrapped.detach_logger()
    logger.close()


def test_single_runs_join_the_solver_of_a_study(finished: StudyFolder, tmp_path: Path) -> None:
    """One folder per solver, with all runs, the columns of each and one suite name."""
    optimizers.run("random-search", "tiny-table", budget=12, seed=99, folder=tmp_path / "single" / "one")
    merged = merge_folders([finished.path, tmp_path / "single"], tmp_path / "all", zipped=True)
    assert [path.name for path in merged] == ["local-search.variant-query-until-lower", "random-search"]
    runs = [run for run in read_runs(merged[1]) if run.function_name == "tiny-table"]
    assert len(runs) == 5 and 99 in {run.attributes["seed"] for run in runs}
    assert all({"regret", "cost", "n_failed", "n_distinct"} <= set(run.columns) for run in runs)
    assert {run.suite for run in runs} == {"tiny"}
    assert (tmp_path / "all" / "random-search.zip").is_file() and not lint(tmp_path / "all")


def test_a_folder_around_studies_and_runs(finished: StudyFolder, tmp_path: Path) -> None:
    """Everything below is found once, not a study's merged logs nor the result of an earlier merge."""
    optimizers.run("random-search", "tiny-table", budget=12, seed=99, folder=tmp_path / "one")
    for _ in range(2):
        merge_folders([tmp_path], tmp_path / "all")
        assert len(read_runs(tmp_path / "all")) == 17


def test_logs_of_other_programs(tmp_path: Path) -> None:
    """Names no suite where nobody does, and that of the others where one does."""
    problem = tiny.table_problem()
    log_by_ioh(problem, tmp_path / "logs", "a")
    merge_folders([tmp_path / "logs"], tmp_path / "all")
    assert {run.suite for run in read_runs(tmp_path / "all")} == {"unknown_suite"}
    optimizers.run("random-search", problem, budget=5, seed=1, folder=tmp_path / "logs" / "b", suite="mine")
    assert len(merge_folders([tmp_path / "logs"], tmp_path / "all")) == 2
    assert {run.suite for run in read_runs(tmp_path / "all")} == {"mine"}


def test_what_cannot_be_merged(finished: StudyFolder, tmp_path: Path) -> None:
    """No folder, no logs, the same run twice, or a place that holds something else."""
    with pytest.raises(NotADirectoryError, match="absent"):
        merge_folders([tmp_path / "absent"], tmp_path / "all")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="wanted logs in IOHprofiler format, found none in"):
        merge_folders([tmp_path / "empty"], tmp_path / "all")
    with pytest.raises(FormatError, match=r"is in .* already"):
        merge_folders([finished.path, finished.merged_path], tmp_path / "all")
    with pytest.raises(ValueError, match="wanted a new folder or an earlier merge"):
        merge_folders([finished.path], tmp_path)
    assert not (tmp_path / "all").exists()


@pytest.mark.parametrize("out", [".", "", "..", None])
def test_the_working_directory_is_not_replaced(
    out: str | None, finished: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dot was 'PosixPath('.') has an empty name', and its full name left the shell in a folder that was deleted."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(
        ValueError, match=r"wanted a folder of its own, .* found the working directory, or one around it"
    ):
        merge_folders([finished.path], Path.cwd() if out is None else Path(out))


def test_logs_that_nobody_else_has_are_not_replaced(tmp_path: Path) -> None:
    """A folder of single runs looks like an earlier merge, and a zip file may be anything; both were deleted."""
    for name, seed in (("singles/a", 1), ("singles/b", 2), ("more", 3)):
        optimizers.run("random-search", "nb201-cifar10", budget=5, seed=seed, folder=tmp_path / name)
    with pytest.raises(ValueError, match=r"wanted a new folder or an earlier merge, found .*a$"):
        merge_folders([tmp_path / "more"], tmp_path / "singles")
    assert len(read_runs(tmp_path / "singles" / "a")) == len(read_runs(tmp_path / "singles" / "b")) == 1
    merge_folders([tmp_path / "singles"], tmp_path / "all", zipped=True)
    (solver,) = merge_folders([tmp_path / "singles", tmp_path / "more"], tmp_path / "all", zipped=True)
    assert len(read_runs(solver)) == 3
    (tmp_path / "all" / "thesis.zip").write_bytes(b"years")
    with pytest.raises(ValueError, match=r"wanted a new folder or an earlier merge, found .*thesis\.zip$"):
        merge_folders([tmp_path / "more"], tmp_path / "all")
