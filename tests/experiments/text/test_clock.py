"""Durations and times as people write them."""

from datetime import UTC, datetime

import pytest

from experiments.text.clock import parse_duration, parse_time

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10min", 600), ("2h", 7200), ("90s", 90), ("1h30min", 5400), ("1 h 5 s", 3605), ("0.5d", 43200), ("3m", 180)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "min", "-1min", "1e9h", "0s", "inf", "nan", "5 weeks", "1h!", "１０min"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="for: wanted a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("18:30", "2026-05-01T18:30:00+00:00"),
        ("7:05", "2026-05-02T07:05:00+00:00"),
        ("12:00", "2026-05-02T12:00:00+00:00"),
        ("2026-05-03 01:00", "2026-05-03T01:00:00+00:00"),
        ("2026-05-03T01:00", "2026-05-03T01:00:00+00:00"),
    ],
)
def test_times(text: str, iso: str) -> None:
    assert parse_time(text, NOON).isoformat() == iso


@pytest.mark.parametrize(
    "text", ["", "24:00", "18", "18:60", "2026-05-01 11:59", "2026-02-30 10:00", "noon", "18:30:15"]
)
def test_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="until: wanted a time"):
        parse_time(text, NOON)
