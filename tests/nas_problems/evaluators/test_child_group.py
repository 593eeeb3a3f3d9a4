"""A child ends with all that it has started; limits and interrupts wait for none of it."""

import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nas_problems import Categorical, SearchSpace, from_function
from nas_problems.evaluators.child import Child, ChildDied, ChildError
from nas_problems.parameter import Config
from tests.nas_problems.evaluators import trainable
from tests.nas_problems.evaluators.processes import needs_proc, noted, wait_for, wait_for_end

pytestmark = [
    needs_proc,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks"),
]


def numbers_in(path: Path, n: int) -> list[int]:
    """What processes note as soon as they run."""
    waited = threading.Event()
    while not path.exists() or len(noted(path)) < n:
        waited.wait(0.01)
    return noted(path)


@pytest.fixture(scope="module")
def shared() -> Iterator[Child]:
    made = Child()
    yield made
    made.stop()


@pytest.mark.parametrize(
    "does",
    [
        "wait for a fork that hangs in C",
        "wait for a pool",
        "wait with a daemon",
        "leave a fork that sleeps",
        "leave a pool",
        "leave a daemon",
        "leave a program with a session of its own",
    ],
)
def test_a_limit_ends_what_a_function_has_started(does: str, tmp_path: Path) -> None:
    """A fork that holds the child's pipes made a limit of 3 seconds last 43."""
    made, path = Child(limit_seconds=1.0), tmp_path / "numbers"
    made.call(trainable.add, 1)
    if does.startswith("wait"):
        with pytest.raises(TimeoutError):
            made.call(trainable.give_or_fork, does, str(path))
    else:
        assert made.call(trainable.give_or_fork, does, str(path)) == 1.0
        made.stop()
    for number in noted(path):
        wait_for_end(number)


def test_a_limit_within_a_function_ends_its_forks_too(shared: Child, tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match=r"0\.5 s"):
        shared.call(trainable.fork_limited, 0.5, "wait for a pool", str(tmp_path / "numbers"))
    for number in noted(tmp_path / "numbers"):
        wait_for_end(number)


@pytest.mark.parametrize("does", ["return twice", "raise in the fork, too"])
def test_a_fork_that_returns_gives_no_second_answer_and_ends(shared: Child, does: str, tmp_path: Path) -> None:
    assert shared.call(trainable.give_or_fork, does, str(tmp_path / "numbers")) == 1.0
    assert [shared.call(trainable.add, n) for n in range(5)] == [1, 2, 3, 4, 5]
    (number,) = numbers_in(tmp_path / "numbers", 1)
    wait_for_end(number)


@pytest.mark.parametrize("does", ["die with a fork", "die with a daemon"])
def test_a_death_is_seen_although_a_fork_lives(shared: Child, does: str, tmp_path: Path) -> None:
    with pytest.raises(ChildDied, match="exit status 1"):
        shared.call(trainable.give_or_fork, does, str(tmp_path / "numbers"))
    wait_for_end(*noted(tmp_path / "numbers"))


def test_a_child_of_a_child_ends_with_its_daemons(tmp_path: Path) -> None:
    """The inner child starts a group of its own, and what it starts has left that, too."""
    made, path = Child(limit_seconds=5.0), tmp_path / "numbers"
    with pytest.raises(TimeoutError):
        made.call(trainable.give_or_fork_in_a_child, "wait with a daemon", str(path))
    wait_for_end(*numbers_in(path, 1))


def test_other_children_live_on(shared: Child, tmp_path: Path) -> None:
    number = shared.call(os.getpid)
    other = Child()
    other.call(trainable.give_or_fork, "leave a daemon", str(tmp_path / "numbers"))
    other.stop()
    assert shared.call(os.getpid) == number


def test_a_function_that_closes_all_files_is_not_waited_for(shared: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nas_problems.evaluators.child._PATIENCE_SECONDS", 0.2)
    with pytest.raises(ChildDied, match="was killed by SIGKILL"):
        shared.call(trainable.give_or_fork, "close all files")
    assert shared.call(trainable.add, 1) == 2


def test_closing_from_another_thread_ends_a_pool(tmp_path: Path) -> None:
    made, path = Child(), tmp_path / "numbers"

    def close() -> None:
        numbers_in(path, 2)
        made.close()

    threading.Thread(target=close).start()
    with pytest.raises(ChildDied, match="SIGKILL"):
        made.call(trainable.give_or_fork, "wait for a pool", str(path))
    for number in noted(path):
        wait_for_end(number)


@pytest.mark.parametrize("status", [1, 0, 2, 77])
def test_an_exit_status_is_no_time_limit(shared: Child, status: int) -> None:
    with pytest.raises(ChildDied, match=f"exit status {status}") as caught:
        shared.call(trainable.exit_with, status)
    assert not isinstance(caught.value, TimeoutError)


def end_at_once(config: Config) -> float:
    os._exit(1)


def test_a_function_that_ends_its_process_is_charged_what_it_took() -> None:
    """It was said to have exceeded the limit, and charged with it."""
    space = SearchSpace((Categorical("a", ("x", "y")),))
    problem = from_function(end_at_once, space, name="ends", limit_seconds=500.0)
    found = problem.evaluate([[0]])
    assert found.reason == {0: "the process ended with exit status 1"}
    assert found.cost_seconds[0] < 100


@pytest.mark.parametrize("seconds", [1e10, 1e12, 1e300, math.inf, 3 * 10**7])
def test_large_limits_are_limits(shared: Child, seconds: float) -> None:
    made = Child(limit_seconds=seconds)
    assert made.call(trainable.add, 1) == 2
    made.close()
    assert shared.call(trainable.within_limit, seconds) == "done"


@pytest.mark.parametrize("seconds", [math.nan, 0.0, -1.0, -math.inf])
def test_limits_that_are_none_are_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="limit_seconds: wanted a positive number"):
        Child(limit_seconds=seconds)


def test_nothing_is_limited_where_there_is_no_parent_to_end_it() -> None:
    assert trainable.within_limit(1e-9) == "done"


def test_a_large_call_to_a_process_that_is_stopped_ends_with_the_limit() -> None:
    """More than a pipe holds, which nobody takes out."""
    made = Child(limit_seconds=1.0)
    number = made.call(trainable.process_id)
    os.kill(number, signal.SIGSTOP)
    wait_for(number, "T")
    with pytest.raises(TimeoutError):
        made.call(len, bytes(2**20))
    assert made.call(len, bytes(2**20)) == 2**20
    made.close()


# ---- other processes

SCRIPT = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # tests can be run by nohup
from nas_problems.evaluators.child import Child
from tests.nas_problems.evaluators import trainable
made = Child(limit_seconds={limit})
print(made.call(trainable.process_id), flush=True)
try:
    print(made.call({call}), flush=True)
except BaseException as error:
    print(type(error).__name__, flush=True)
"""


def started(call: str, tmp_path: Path, limit: float = 3000.0) -> tuple[subprocess.Popen[str], int]:
    """A script that makes a call, and the number of its child."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(call=call, limit=limit))
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_whatever_ends_the_parent_ends_a_pool_in_its_child(number: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    process, child = started(f"trainable.give_or_fork, 'wait for a pool', {str(path)!r}", tmp_path)
    forks = numbers_in(path, 2)
    process.send_signal(number)
    process.communicate(timeout=60)
    for each in (child, *forks):
        wait_for_end(each)


def test_ctrl_z_stops_the_child_too_and_does_not_count(tmp_path: Path) -> None:
    process, child = started("trainable.sleep_and_give, 0.5", tmp_path, limit=1.0)
    process.send_signal(signal.SIGTSTP)
    wait_for(process.pid, "T")
    wait_for(child, "T")
    threading.Event().wait(1.2)  # longer than the limit
    process.send_signal(signal.SIGCONT)
    output, _ = process.communicate(timeout=60)
    assert output.split() == ["done"]


def test_a_parent_that_was_stopped_alone_takes_the_answer_that_has_come(tmp_path: Path) -> None:
    process, child = started("trainable.sleep_and_give, 0.1", tmp_path, limit=0.5)
    process.send_signal(signal.SIGSTOP)
    wait_for(process.pid, "T")
    threading.Event().wait(0.8)
    process.send_signal(signal.SIGCONT)
    assert process.communicate(timeout=60)[0].split() == ["done"]
    wait_for_end(child)


def test_a_fork_of_the_parent_does_not_keep_its_child_alive(tmp_path: Path) -> None:
    """It would hold the other end of the child's input."""
    path = tmp_path / "script.py"
    path.write_text(
        """
import os, sys, time
from nas_problems.evaluators.child import child
from tests.nas_problems.evaluators import trainable
print(child().call(trainable.process_id), flush=True)
number = os.fork()
if number == 0:
    time.sleep(3600)
print(number, flush=True)
os._exit(0)
"""
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        child, fork = int(process.stdout.readline()), int(process.stdout.readline())
        process.stdout.close()
    try:
        wait_for_end(child)
    finally:
        os.kill(fork, signal.SIGKILL)


def test_errors_of_the_child_stay_errors(shared: Child) -> None:
    with pytest.raises(ChildError, match="RuntimeError: as told"):
        shared.call(trainable.raise_error, "as told")
