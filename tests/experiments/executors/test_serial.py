"""The serial executor."""

from collections import deque

import pytest

from experiments.executor import Failure, Settings, make_executor
from experiments.executors.serial import SerialExecutor
from tests.experiments.executors.units import work


def test_it_goes_on_after_a_failure() -> None:
    found = dict(SerialExecutor()(work, deque(["a", "raises", "b"])))
    failure = found["raises"]
    assert (found["a"], found["b"]) == ("A", "B")
    assert isinstance(failure, Failure)
    assert failure.reason == "ValueError: first line"
    assert "second line" in failure.details
    assert "in work" in failure.details


def test_one_thing_at_a_time() -> None:
    seen = []
    results = SerialExecutor()(lambda unit: seen.append(unit) or unit, deque("abc"))  # type: ignore[func-returns-value]
    next(results)
    assert seen == ["a"]


def test_an_interrupt_comes_through() -> None:
    def interrupted(unit: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dict(SerialExecutor()(interrupted, deque(["a"])))


def test_settings() -> None:
    assert dict(make_executor("serial", Settings(workers=1))(work, deque(["a"]))) == {"a": "A"}
    with pytest.raises(ValueError, match="serial has no --workers; use --executor local"):
        make_executor("serial", Settings(workers=2))
    with pytest.raises(ValueError, match="serial has no --memory-limit"):
        make_executor("serial", Settings(memory_bytes=10**9))
