"""What all executors share: failures, settings, the registry."""

import pytest

from experiments.executor import Failure, Settings, make_executor
from experiments.executors.local import LocalExecutor


def test_a_failure_is_one_line_and_a_traceback() -> None:
    assert Failure.of(ValueError("first\nsecond")).reason == "ValueError: first"
    assert Failure.of(KeyError("unknown solver")).reason == "KeyError: unknown solver"
    assert Failure.of(RuntimeError()).reason == "RuntimeError"
    assert Failure.of(MemoryError()).kind == "memory limit"
    assert "second" in Failure.of(ValueError("first\nsecond")).details


def test_wrong_settings() -> None:
    with pytest.raises(ValueError, match=r"workers: wanted 0 \.\.\. 10000, found -1"):
        LocalExecutor(-1)
    for limit in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="time_limit: wanted > 0"):
            LocalExecutor(1, limit)
    with pytest.raises(ValueError, match="memory_bytes: wanted > 0, found 0"):
        Settings(memory_bytes=0)
    assert LocalExecutor().n_workers >= 1


def test_settings_that_an_executor_does_not_have() -> None:
    with pytest.raises(ValueError, match="executor: local has no --address"):
        make_executor("local", Settings(address="tcp://node:8786"))
    with pytest.raises(KeyError, match="unknown executor 'slum'; the nearest names are slurm"):
        make_executor("slum")
