"""Times and durations as people write them."""

import math
import re
from datetime import datetime, timedelta

_SECONDS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """Seconds of a duration such as ``10min``, ``1h30min``, ``90s``, ``1.5 h``.

    Raises:
        ValueError: Anything else, or nothing at all.

    >>> parse_duration("10min"), parse_duration("1h 30min"), parse_duration("90 s"), parse_duration("1.5h")
    (600.0, 5400.0, 90.0, 5400.0)
    """
    part = r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*(sec|min|s|m|h|d)\s*"
    if not re.fullmatch(f"(?:{part})+", text, re.ASCII):
        raise ValueError(f"for: wanted a duration such as 10min, 2h or 1h30min, found {text!r}")
    seconds = sum(float(n) * _SECONDS[unit] for n, unit in re.findall(part, text, re.ASCII))
    if not 0 < seconds < math.inf:
        raise ValueError(f"for: wanted a duration longer than 0, found {text!r}")
    return seconds


def parse_time(text: str, now: datetime) -> datetime:
    """A time of day, today or tomorrow, or a date with a time: ``18:30``, ``2026-05-01 07:00``.

    Args:
        text: In the time zone of ``now``.
        now: The time now.

    Raises:
        ValueError: Anything else, or a time that has passed.

    >>> parse_time("18:30", datetime(2026, 5, 1, 12, 0)).isoformat()
    '2026-05-01T18:30:00'
    >>> parse_time("07:00", datetime(2026, 5, 1, 12, 0)).isoformat()
    '2026-05-02T07:00:00'
    """
    wanted = "until: wanted a time such as 18:30 or 2026-05-01 07:00"
    match = re.fullmatch(r"(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2})", text.strip(), re.ASCII)
    if match is None:
        raise ValueError(f"{wanted}, found {text!r}")
    day, hour, minute = match.groups()
    try:
        start = now if day is None else datetime.fromisoformat(day).replace(tzinfo=now.tzinfo)
        time_of_day = start.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    except ValueError as error:
        raise ValueError(f"{wanted}, found {text!r}: {error}") from None
    if time_of_day <= now and day is None:
        time_of_day += timedelta(days=1)
    if time_of_day <= now:
        raise ValueError(f"{wanted} that is still to come, found {text!r}")
    return time_of_day
