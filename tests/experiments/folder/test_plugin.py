"""A study that was run with plug-ins says so where one of them is missing."""

import dataclasses
import warnings
from pathlib import Path

import pytest

from experiments.executor import Failure
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.plugin import digests_of, plan_of, plugins_of
from experiments.folder.status import read_status
from experiments.process import PROCESS, digest_of, load_plugins
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


def test_a_plugin_that_was_edited_during_a_session_is_not_mixed_with_what_it_was(
    folder: StudyFolder, plugin: Path
) -> None:
    """Processes that start later, and one that imported it earlier, refuse what the session did not begin with."""
    began_with = {str(plugin): digest_of(plugin)}
    plugin.write_text(f"{plugin.read_text()}# edited\n")
    load_plugins(began_with, digests=began_with)  # has it already
    with pytest.raises(ValueError, match=rf"{plugin} has changed since this process imported it; start a new one"):
        load_plugins([plugin], digests={str(plugin): digest_of(plugin)})
    PROCESS.forget()  # as in a new process
    with pytest.raises(ValueError, match=rf"{plugin} has changed since this session began; stop it"):
        load_plugins(began_with, digests=began_with)


def test_a_study_that_continues_with_an_edited_plugin_says_so(folder: StudyFolder, plugin: Path) -> None:
    more = StudyFolder.prepare(folder.path, dataclasses.replace(STUDY, runs=2))
    plugin.write_text(f"{plugin.read_text()}# edited\n")
    misbehaving.unregister()
    PROCESS.forget()
    load_plugins([plugin])
    with pytest.warns(UserWarning, match=rf"made with another content of {plugin}; where it matters, start anew"):
        ((_, record),) = work_on(more, SerialExecutor(), plugins=(str(plugin),))
    assert not isinstance(record, Failure)
    assert [len(digests) for digests in digests_of(more).values()] == [2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not list(work_on(more, SerialExecutor(), plugins=(str(plugin),)))
