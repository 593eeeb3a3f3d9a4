"""What every executor with processes does: whatever happens to one unit, the others are carried out."""

import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.executor import Executor, Failure, Settings, executors, make_executor
from tests.experiments.executors.units import work

REASONS = {
    "raises": "ValueError: first line",
    "exits": "the worker process ended with exit status 3",
    "exits with 1": "the worker process ended with exit status 1",
    "leaves": "SystemExit: 5",
    "killed": "the worker process was killed by SIGKILL, as the system does when memory runs out",
    "hangs": "stopped after the time limit of 2 seconds",
    "eats memory": "MemoryError",
}
KINDS = {
    "exits": "died",
    "exits with 1": "died",
    "killed": "died",
    "hangs": "time limit",
    "eats memory": "memory limit",
}


@pytest.fixture(params=["local", "dask"], scope="module")
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    made = make_executor(request.param, Settings(workers=2, time_limit=2.0, memory_bytes=3 * 2**29))
    yield made
    made.close()


def outcomes(executor: Executor, units: list[str]) -> dict[str, str | Failure]:
    return dict(executor(work, deque(units)))


def test_the_registered_executors() -> None:
    assert executors.names() == ("dask", "local", "pbs", "serial", "slurm")


def test_everything_is_survived(executor: Executor) -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    units = ["a", *REASONS, "lock", "threads", *(f"u{i}" for i in range(20))]
    found = outcomes(executor, units)
    assert found.keys() == set(units)
    failures = {unit: outcome for unit, outcome in found.items() if isinstance(outcome, Failure)}
    lock = failures.pop("lock")
    assert "cannot pickle" in lock.reason
    assert {unit: failure.reason for unit, failure in failures.items()} == REASONS
    assert {unit: failure.kind for unit, failure in failures.items()} == dict.fromkeys(REASONS, "raised") | KINDS
    assert failures["hangs"].seconds >= 2
    assert "second line" in failures["raises"].details
    assert found["threads"] == "1"
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_processes_stay_for_the_next_call(executor: Executor) -> None:
    pids = {outcome for _ in range(4) for _, outcome in executor(work, deque(["process"] * 6))}
    assert len(pids) <= 2
    assert str(os.getpid()) not in pids


def test_units_can_be_added_meanwhile(executor: Executor) -> None:
    units = deque(["raises", "a"])
    seen = []
    for unit, _ in executor(work, units):
        seen.append(unit)
        if seen.count("raises") in (1, 2) and unit == "raises":
            units.append(unit)
    assert sorted(seen) == ["a", "raises", "raises", "raises"]


def test_nothing_to_do(executor: Executor) -> None:
    assert outcomes(executor, []) == {}


def test_a_unit_that_cannot_be_sent(executor: Executor) -> None:
    def local_function(unit: str) -> str:
        return unit

    found: dict[str, str | Failure] = dict(executor(local_function, deque(["a"])))
    failure = found["a"]
    if isinstance(failure, Failure):  # dask brings its own pickle, which can
        assert "local_function" in failure.reason


def test_closing_the_iterator_stops_the_work(executor: Executor) -> None:
    """Otherwise this test would not end: the limit of these runs is hours."""
    name = "local" if type(executor).__name__ == "LocalExecutor" else "dask"
    made = make_executor(name, Settings(workers=1, time_limit=36_000.0))
    results = made(work, deque(["a", *["hangs"] * 10]))
    assert next(results) == ("a", "A")
    results.close()  # type: ignore[attr-defined]  # a generator
    made.close()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_an_interrupt_stops_the_work(executor: Executor) -> None:
    import signal

    name = "local" if type(executor).__name__ == "LocalExecutor" else "dask"
    made = make_executor(name, Settings(workers=1))
    results = made(work, deque(["a", "hangs"]))
    assert next(results) == ("a", "A")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        next(results)
    made.close()


@pytest.mark.parametrize("name", ["local", "dask"])
def test_a_file_that_was_edited_since_is_imported_anew(name: str, tmp_path: Path) -> None:
    """Within a call processes keep what they have imported; a later one sees what the file says then."""
    executor = make_executor(name, Settings(workers=1))
    path = tmp_path / "edited.py"
    for value in ("one", "two"):
        path.write_text(f"VALUE = {value!r}\n")
        units = [f"plugin {path}", "a", f"plugin {path}"]
        assert set(executor(work, deque(units))) == {(f"plugin {path}", value), ("a", "A")}
    executor.close()
