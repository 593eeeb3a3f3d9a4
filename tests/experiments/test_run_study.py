"""A study from Python gives what the command line gives."""

from pathlib import Path

import pytest

import optimizers
from experiments.folder import StudyFolder
from experiments.report import load_runs, plot_convergence
from experiments.run_study import run_study
from experiments.study import Study
from optimizers import Task
from tests.experiments.test_session import merged


def test_it_gives_the_same_bytes_as_a_session(study: Study, finished: StudyFolder, tmp_path: Path) -> None:
    folder = run_study(tmp_path / "other", study)
    assert merged(folder) == merged(finished) and (folder.path / "best.csv").is_file()
    assert run_study(folder.path, study).finished() == folder.finished()  # nothing is left to do
    assert len(plot_convergence(load_runs(folder.path)).axes) >= 2


def test_workers_import_the_files(study: Study, finished: StudyFolder, plugin: Path, tmp_path: Path) -> None:
    assert merged(run_study(tmp_path / "other", study, workers=2, imports=[plugin])) == merged(finished)


def test_solvers_of_this_process_and_runs_that_fail(tmp_path: Path) -> None:
    @optimizers.register("of-a-cell", summary="raises", family="test")
    @optimizers.as_solver
    def of_a_cell(task: Task):  # type: ignore[no-untyped-def]
        yield task.start(2)
        raise RuntimeError("bad luck")

    study = Study(("nb201-cifar10",), ("of-a-cell", "random-search"), budget=5, runs=2)
    try:
        with pytest.raises(RuntimeError, match="2 runs failed, first nb201-cifar10/of-a-cell/i1-s1: RuntimeError: bad"):
            run_study(tmp_path / "study", study)
    finally:
        optimizers.solvers.unregister("of-a-cell")
    assert len(StudyFolder.open(tmp_path / "study").finished()) == 2


def test_what_cannot_be_is_refused_before_anything_runs(study: Study, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="workers: wanted >= 1, found 0"):
        run_study(tmp_path / "new", study, workers=0)
    with pytest.raises(KeyError, match="unknown solver 'randomsearch'"):
        run_study(tmp_path / "new", Study(("nb201-cifar10",), ("randomsearch",), budget=5))
    assert not (tmp_path / "new").exists()
