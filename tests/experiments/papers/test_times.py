"""Measured times of pages."""

from pathlib import Path

import pytest

from experiments.papers.times import SESSIONS, seconds_spent, time_of, timed


def test_a_page_that_nobody_measured_has_no_time() -> None:
    """Nor has one that does not exist."""
    assert time_of("no-such-page") == ""


def test_sessions_are_recorded_also_where_they_are_interrupted(tmp_path: Path) -> None:
    """One row each; the page counts as finished from the second on."""
    with pytest.raises(KeyboardInterrupt), timed(tmp_path, quick=False):
        raise KeyboardInterrupt
    assert seconds_spent(tmp_path) is None
    with timed(tmp_path, quick=False):
        sum(range(100_000))
    assert seconds_spent(tmp_path) is not None
    assert seconds_spent(tmp_path, quick=True) is None
    assert len((tmp_path / SESSIONS).read_text().splitlines()) == 3


def test_a_folder_that_was_never_made_is_not_made(tmp_path: Path) -> None:
    """A page that is refused at once leaves nothing."""
    with pytest.raises(ValueError, match="refused"), timed(tmp_path / "page", quick=True):
        raise ValueError("refused")
    assert not (tmp_path / "page").exists()


def test_sessions_until_the_end_add_up_and_the_longest_computation_counts(tmp_path: Path) -> None:
    """5 + 4 s were needed; the third session read what was there, the fourth was not finished."""
    rows = ["0,9,5.0,0", "1,1,1.0,1", "0,9,4.0,1", "0,1,0.5,1", "0,99,80.0,0"]
    (tmp_path / SESSIONS).write_text("\n".join(["quick,seconds,processor_seconds,finished", *rows, ""]))
    assert seconds_spent(tmp_path) == 9.0
    assert seconds_spent(tmp_path, quick=True) == 1.0
