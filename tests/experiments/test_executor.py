"""Executors: whatever happens to one unit, the others are carried out."""

import os
import signal
import threading
from collections.abc import Callable

import pytest

from experiments.executor import Executor, Failure, LocalExecutor, serial


def work(unit: str) -> str:
    """What a unit's name says."""
    if unit == "raises":
        raise ValueError("first line\nsecond line")
    if unit == "exits":
        os._exit(3)
    if unit == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if unit == "hangs":
        threading.Event().wait()
    if unit == "threads":
        return os.environ["OMP_NUM_THREADS"]
    return unit.upper()


def outcomes(executor: Executor, units: list[str], work: Callable[[str], str] = work) -> dict[str, str | Failure]:
    return dict(executor(work, units))


def test_serial_goes_on_after_a_failure() -> None:
    found = outcomes(serial, ["a", "raises", "b"])
    failure = found["raises"]
    assert (found["a"], found["b"]) == ("A", "B")
    assert isinstance(failure, Failure)
    assert failure.reason == "ValueError: first line"
    assert "second line" in failure.details
    assert "in work" in failure.details


def test_serial_does_one_thing_at_a_time() -> None:
    seen = []
    results = serial(lambda unit: seen.append(unit) or unit, iter("abc"))  # type: ignore[func-returns-value]
    next(results)
    assert seen == ["a"]


def test_serial_lets_an_interrupt_through() -> None:
    def interrupted(unit: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outcomes(serial, ["a"], interrupted)


def test_local_survives_everything() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    units = ["a", "exits", "raises", "killed", "hangs", "threads", *(f"u{i}" for i in range(20))]
    found = outcomes(LocalExecutor(workers=2, time_limit=2.0), units)
    assert found.keys() == set(units)
    reasons = {unit: outcome.reason for unit, outcome in found.items() if isinstance(outcome, Failure)}
    assert reasons == {
        "raises": "ValueError: first line",
        "exits": "the worker process ended with exit status 3",
        "killed": "the worker process was killed by SIGKILL",
        "hangs": "stopped after the time limit of 2 seconds",
    }
    assert found["threads"] == "1"
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_local_stops_when_it_is_closed() -> None:
    """Otherwise this test would not end."""
    results = LocalExecutor(workers=1)(work, iter(["a", *["hangs"] * 10]))
    assert next(results) == ("a", "A")
    results.close()  # type: ignore[attr-defined]  # a generator


def test_nothing_to_do() -> None:
    assert outcomes(serial, []) == outcomes(LocalExecutor(1), []) == {}


def test_wrong_options() -> None:
    with pytest.raises(ValueError, match="workers: wanted >= 0, found -1"):
        LocalExecutor(-1)
    for limit in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="time_limit: wanted > 0"):
            LocalExecutor(1, limit)
    assert LocalExecutor().n_workers >= 1
