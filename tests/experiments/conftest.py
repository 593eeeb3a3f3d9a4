"""Studies for the tests: tiny problems, misbehaving solvers, folders with finished runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import nas_problems
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_logs
from experiments.process import PROCESS, load_plugins
from experiments.session import work_on
from experiments.study import Study
from tests.experiments import misbehaving
from tests.optimizers.counted import PLUGIN


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Path]:
    """A file that registers tiny problems and misbehaving solvers, imported for the time of a test."""
    path = tmp_path / "plugin.py"
    path.write_text("from tests.experiments.misbehaving import register\n\nregister()\n")
    load_plugins([path])
    yield path
    misbehaving.unregister()
    PROCESS.forget()


@pytest.fixture
def study(plugin: Path) -> Study:
    """Two problems x two solvers x two instances x two seeds, 12 evaluations each."""
    return Study(
        problems=("tiny-table", "tiny-mixed"),
        solvers=("random-search", "local-search[variant=query-until-lower]"),
        budget=12,
        runs=2,
        instances=(1, 2),
    )


@pytest.fixture
def finished(study: Study, tmp_path: Path) -> StudyFolder:
    """The folder of the study with all runs and merged logs."""
    folder = StudyFolder.prepare(tmp_path / "study", study)
    for _ in work_on(folder, SerialExecutor()):
        pass
    merge_logs(folder)
    return folder


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Path]:
    """Registers the problem ``counted``, which notes its calls."""
    path = tmp_path / "plugin.py"
    path.write_text(PLUGIN.format(target=str(tmp_path / "calls"), dies_after=-1))
    load_plugins([path])
    yield path
    nas_problems.problems.unregister("counted")
    PROCESS.forget()
