"""A study that was run with plug-ins says so where one of them is missing."""

from pathlib import Path

import pytest

from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.plugin import plan_of, plugins_of
from experiments.folder.status import read_status
from experiments.session import left_to_do, work_on
from experiments.study import Study
from tests.experiments import misbehaving

STUDY = Study(problems=("tiny-table",), solvers=("random-search",), budget=3)


@pytest.fixture
def folder(plugin: Path, tmp_path: Path) -> StudyFolder:
    """A study that was run with a plug-in."""
    found = StudyFolder.prepare(tmp_path / "study", STUDY)
    assert len(list(work_on(found, SerialExecutor(), plugins=(str(plugin),)))) == 1
    return found


def test_sessions_note_their_plugins_by_name(folder: StudyFolder, plugin: Path) -> None:
    assert plugins_of(folder) == ("plugin.py",)
    (folder.path / "versions.toml").write_text('[[session]]\n[[session]]\nplugins = ["b.py", "a.py", 3]\nioh = "1"\n')
    assert plugins_of(folder) == ("b.py", "a.py")
    for damaged in ("[[session", "session = 3", "session = [3]", "[[session]]\nplugins = 3"):
        (folder.path / "versions.toml").write_text(damaged)
        assert plugins_of(folder) == ()


def test_what_lacks_a_plugin_names_it(folder: StudyFolder) -> None:
    assert len(plan_of(STUDY, folder)) == 1
    misbehaving.unregister()
    try:
        for ask in (read_status, left_to_do):
            with pytest.raises(
                KeyError, match=r"unknown problem 'tiny-table'; .*; this study .* give --import plugin\.py"
            ):
                ask(folder)
        (folder.path / "versions.toml").unlink()
        with pytest.raises(KeyError, match=r"unknown problem 'tiny-table'; [^;]*$"):
            plan_of(STUDY, folder)
    finally:
        misbehaving.register()
