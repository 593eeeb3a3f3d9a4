"""Looks for processes by their numbers, in /proc."""

import threading
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


def state(pid: int) -> str:
    """``R`` running, ``S`` sleeping, ``T`` stopped; ``Z`` where it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def is_running(pid: int) -> bool:
    """Whether it has not ended."""
    return state(pid) != "Z"


def wait_for(pid: int, *states: str) -> None:
    """A signal takes a moment.

    Raises:
        AssertionError: The process has come to none of the states.
    """
    waited = threading.Event()
    for _ in range(1000):
        if state(pid) in states:
            return
        waited.wait(0.01)
    raise AssertionError(f"process {pid}: wanted state {states}, found {state(pid)}")


def wait_for_end(pid: int) -> None:
    """A killed process, or one whose pipe is closed, takes a moment to end."""
    wait_for(pid, "Z")


def noted(path: Path) -> list[int]:
    """The numbers that processes wrote into a file, one a line."""
    return [int(line) for line in path.read_text().split()]
