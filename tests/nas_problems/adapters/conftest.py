"""What the tests of all adapters share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nas_problems import Problem
from tests.nas_problems import tiny


@pytest.fixture
def problem() -> Problem:
    """36 codes; see ``tiny``."""
    return tiny.table_problem()


@pytest.fixture
def _only_logs_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """ioh writes into the working directory where it is not told otherwise."""
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    yield
    assert {path.name for path in set(tmp_path.iterdir()) - before} <= {"log", "True", "False"}
