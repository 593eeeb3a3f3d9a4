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


def _line(code: float, fidelity: float, value: float, **changes: object) -> dict[str, Any]:
    return {**LINE, "code": [code], "fidelity": fidelity, "metrics": {"value": value}, **changes}


@pytest.mark.parametrize(("continued", "prices"), [(True, [1, 1, 2, 3, 6, 9]), (False, [1, 1, 3, 3, 9, 9])])
def test_evaluations_at_lower_fidelities_are_shares(continued: bool, prices: list[float], tmp_path: Path) -> None:
    """Candidate 1 goes on from 1 to 3 and 9 epochs; 2 failed after one, so that it begins again."""
    axis = {"name": "epochs", "own": 9, "continued": continued}
    head = {**HEAD, "fidelity": axis}
    failed = _line(2, 1, math.nan, failure="broke")
    lines = [_line(1, 1, 1.5), failed, _line(1, 3, 2.5), _line(2, 3, 2.0), _line(1, 9, 4.0), _line(3, 9, 5.0)]
    journal = read_journal(written(tmp_path, head, *lines))
    assert (9 * journal.prices).tolist() == pytest.approx(prices)
    assert (journal.best_number, journal.best) == (4, 4.0)
    proxy = {**HEAD, "fidelity": {**axis, "trained_from": 3}}  # nothing goes on from 1
    paid = [1, 1, 3, 3, 6 if continued else 9, 9]
    assert (9 * read_journal(written(tmp_path, proxy, *lines)).prices).tolist() == pytest.approx(paid)
    few = read_journal(written(tmp_path, head, *lines[:4]))
    assert (few.best, few.partial_fidelity(3), journal.partial_fidelity(4)) == (2.0, "epochs 3 of 9", "")


@pytest.mark.parametrize(
    "axis",
    [None, 3, {}, {"own": 0}, {"own": "9"}, {"own": 10**400}, {"name": "a\nb", "own": 9, "continued": 3}],
    ids=str,
)
def test_heads_that_do_not_say_the_fidelity(axis: object, tmp_path: Path) -> None:
    """Such as those of earlier versions: each evaluation counts as one."""
    lines = [_line(1, 1, 1.5), _line(1, 10**300, 2.5), _line(2, -3, 0.5)]
    journal = read_journal(written(tmp_path, {**HEAD, "fidelity": axis}, *lines))
    assert ((journal.prices >= 0) & (journal.prices <= 1)).all() and journal.best == 2.5
    assert "\n" not in journal.partial_fidelity(0)
    if not isinstance(axis, dict) or axis.get("own") != 9:
        assert journal.prices.tolist() == [1, 1, 1] and not journal.partial_fidelity(0)
