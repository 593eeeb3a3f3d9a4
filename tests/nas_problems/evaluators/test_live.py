"""Where live evaluators keep what they have begun."""

from pathlib import Path

import pytest

from nas_problems.evaluators.live import trainings_folder


def test_the_given_folder_comes_before_that_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And without either, trainings are kept in memory."""
    monkeypatch.setenv("IOHNAS_TRAININGS", str(tmp_path))
    assert trainings_folder(Path("given")) == Path("given")
    assert trainings_folder(None) == tmp_path
    monkeypatch.delenv("IOHNAS_TRAININGS")
    assert trainings_folder(None) is None
