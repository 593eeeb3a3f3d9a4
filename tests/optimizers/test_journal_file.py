"""Journals that a stranger has written: what is not an evaluation was never written, and nothing crashes."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from optimizers.journal_file import JournalError, read_journal

HEAD = {"journal": 1, "objective": {"name": "value", "unit": "", "maximize": False}}
LINE = {
    "code": [0.0], "fidelity": 1.0, "noise": "mean", "metrics": {"value": 3.0}, "cost_seconds": 1.0, "failure": None,
    "at": 1.0,
}  # fmt: skip


def written(folder: Path, *lines: object) -> Path:
    path = folder / "run.journal"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.mark.parametrize(
    "change",
    [
        {"cost_seconds": 10**400},  # was a traceback of status, and of the run that went on
        {"code": [10**400]},
        {"metrics": {"value": -(10**400)}},
        {"at": 10**400},
        {"fidelity": 10**400},
        {"cost_seconds": math.inf},
        {"cost_seconds": -1},
        {"cost_seconds": "1"},
        {"cost_seconds": True},
        {"code": "12"},  # was the code (1, 2)
        {"code": {"1": 2}},
        {"code": [math.nan]},
        {"metrics": {"value": "3"}},
        {"metrics": {"value": None}},
        {"metrics": [3.0]},
        {"noise": 3},
        {"failure": 3},
        {"traceback": 3},
    ],
    ids=str,
)
def test_a_line_that_is_no_evaluation_ends_the_journal(change: dict[str, Any], tmp_path: Path) -> None:
    path = written(tmp_path, HEAD, LINE, {**LINE, **change}, {**LINE, "metrics": {"value": 1.0}})
    journal = read_journal(path)
    assert len(journal.entries) == 1 and journal.best == 3.0
    assert journal.n_bytes == len(json.dumps(HEAD)) + len(json.dumps(LINE)) + 2


def test_whole_numbers_and_failures_are_evaluations(tmp_path: Path) -> None:
    failed = {**LINE, "metrics": {"value": math.nan}, "failure": "broke"}
    journal = read_journal(written(tmp_path, HEAD, {**LINE, "metrics": {"value": 2}, "cost_seconds": 0}, failed))
    assert (len(journal.entries), journal.best, journal.failures[0].reason) == (2, 2.0, "broke")


@pytest.mark.parametrize(
    "version", [2, True, "1", None, [1], 10**400, {"a": "b" * 10_000}], ids=lambda each: str(each)[:9]
)
def test_other_versions_are_named_shortly(version: object, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="wanted a journal of version 1, found ") as refused:
        read_journal(written(tmp_path, {**HEAD, "journal": version}, LINE))
    assert len(str(refused.value)) < 400
