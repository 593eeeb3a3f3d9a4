"""A failed evaluation is not only counted: the first of each kind says where in the user's code it failed."""

import inspect
import json
from dataclasses import replace
from pathlib import Path

import pytest

import optimizers
from nas_problems.exception import Reason, traceback_of
from optimizers.failure import MOST_KINDS, NAME, FirstOfKind, failure_kinds, failures_text
from optimizers.ioh_format import read_runs
from optimizers.journal_file import read_journal
from optimizers.runlog import RunLog
from tests.nas_problems.failing import failing, is_wrong, patience


def ran(
    folder: Path | None = None, *, limit_seconds: float = float("inf"), budget: int = 40, **options: object
) -> RunLog:
    """A search that meets both kinds."""
    problem = failing(limit_seconds)
    return optimizers.run("random-search", problem, budget=budget, seed=1, folder=folder, **options)  # type: ignore[arg-type]


def test_kinds_are_counted_and_the_first_of_each_has_its_traceback() -> None:
    log = ran()
    odd, wide = sorted(log.failures, key=lambda kind: str(kind.reason), reverse=True)
    assert odd.reason.startswith("ValueError: depth ") and wide.reason.startswith("RuntimeError: no layer")
    assert odd.n == sum("is odd" in why for why in log.reason.values())
    assert odd.n + wide.n == log.failed.sum()
    assert traceback_of(odd.reason).splitlines()[-2].strip().startswith("raise ValueError(")
    assert "in too_wide" in traceback_of(wide.reason)
    assert sum(bool(traceback_of(why)) for why in log.reason.values()) == 2


def test_the_file_says_which_configuration_failed_and_where(tmp_path: Path) -> None:
    log = ran(tmp_path / "run")
    text = (tmp_path / "run" / NAME).read_text()
    assert text == log.failures_text() + "\n"
    for kind in log.failures:
        config = log.space.decode(log.Z[[kind.row]])[0] if log.space is not None else {}
        assert (
            f"evaluation {kind.row + 1} (and {kind.n - 1} more of this kind): {kind.reason} (failing.py, line" in text
        )
        assert f"configuration: {json.dumps(dict(config))}" in text
    assert f'File "{inspect.getfile(failing)}", line' in text
    assert len(read_runs(tmp_path / "run")) == 1


def test_a_folder_with_failures_can_be_overwritten(tmp_path: Path) -> None:
    ran(tmp_path / "run")
    ran(tmp_path / "run", overwrite=True)
    (tmp_path / "run" / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="folder: wanted"):
        ran(tmp_path / "run", overwrite=True)


def test_a_run_without_failures_has_no_file(tmp_path: Path) -> None:
    problem = replace(failing(), evaluator=replace(failing().evaluator, function=lambda config: 1.0))  # type: ignore[type-var]
    optimizers.run("random-search", problem, budget=5, seed=1, folder=tmp_path / "run")
    assert not (tmp_path / "run" / NAME).exists()


def test_a_table_with_failed_trainings_has_no_file(tmp_path: Path) -> None:
    log = optimizers.run("random-search", "nb201-cifar10", budget=5, seed=1, folder=tmp_path / "run")
    assert not (tmp_path / "run" / NAME).exists() and log.failures_text() == ""


def test_a_child_process_with_a_time_limit_says_the_same(tmp_path: Path) -> None:
    here, child = ran(tmp_path / "here"), ran(tmp_path / "child", limit_seconds=60)
    assert (tmp_path / "here" / NAME).read_bytes() == (tmp_path / "child" / NAME).read_bytes()
    assert here.reason == child.reason


def test_what_has_no_traceback_has_its_configuration(tmp_path: Path) -> None:
    problem = replace(failing(), evaluator=replace(failing().evaluator, function=is_wrong))  # type: ignore[type-var]
    optimizers.run("random-search", problem, budget=20, seed=1, folder=tmp_path / "run")
    lines = (tmp_path / "run" / NAME).read_text().splitlines()
    assert lines[0].endswith("more of this kind): wanted a finite value, found nan")
    assert json.loads(lines[1].removeprefix("configuration: "))["depth"] % 2 == 1
    assert len(lines) == 2


@pytest.mark.parametrize("n_before", [1, 25])
def test_a_run_that_goes_on_from_its_journal_says_the_same(n_before: int, tmp_path: Path) -> None:
    """Also where the first failure of a kind is in the journal, and where it comes later."""
    whole = ran(tmp_path / "whole")
    journal = tmp_path / "journal"
    patience[:] = ["stop", *["go"] * n_before]
    with pytest.raises(KeyboardInterrupt):
        ran(journal=journal)
    kept = read_journal(journal)
    assert len(kept.entries) == n_before
    assert sum(bool(entry.traceback) for entry in kept.entries) == len(kept.failures)
    resumed = ran(tmp_path / "resumed", journal=journal)
    assert resumed.reason == whole.reason
    assert (tmp_path / "resumed" / NAME).read_bytes() == (tmp_path / "whole" / NAME).read_bytes()


def test_a_journal_of_an_earlier_version_has_no_places(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    ran(journal=journal)
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    for entry in lines[1:]:
        entry.pop("place", None)
        entry.pop("traceback", None)
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = read_journal(journal)
    assert len(found.entries) == 40 and not any(traceback_of(kind.reason) for kind in found.failures)


@pytest.mark.parametrize(("name", "value"), [("place", 3), ("traceback", ["a"]), ("place", None)])
def test_a_journal_that_somebody_changed_ends_there(name: str, value: object, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    ran(journal=journal)
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    lines[3][name] = value
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert len(read_journal(journal).entries) == 2


def test_a_million_failures_take_the_room_of_a_few() -> None:
    passed = FirstOfKind()
    whys = [passed(Reason(f"E{'abcdefghijklmnopqrstuvwxyz'[i % 26]}: {i}", "f" * 4_000)) for i in range(1_000)]
    assert sum(bool(traceback_of(why)) for why in whys) == MOST_KINDS
    text = failures_text(failure_kinds(enumerate(whys)))
    assert text.endswith("and 6 more kinds") and len(text) < MOST_KINDS * 4_200


def test_the_first_that_says_where_stands_for_its_kind() -> None:
    whys = [Reason("E: 1", place="a.py"), Reason("E: 2", "trace", "a.py"), Reason("E: 3", "other", "a.py")]
    [kind] = failure_kinds(enumerate(whys))
    assert (kind.reason, kind.row, kind.n) == ("E: 2", 1, 3)


def test_kinds_are_in_the_order_of_their_first_evaluations() -> None:
    kinds = failure_kinds([(0, "b"), (1, "a"), (4, "b")])
    assert [(kind.reason, kind.row, kind.n) for kind in kinds] == [("b", 0, 2), ("a", 1, 1)]
    assert failure_kinds([]) == () and failures_text([]) == ""
