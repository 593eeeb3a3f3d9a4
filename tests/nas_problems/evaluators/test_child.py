"""A process that can be killed: results, failures, limits, and that none is left over."""

import _thread
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from nas_problems.evaluators.child import Child, ChildDied, ChildError, child
from nas_problems.exception import describe
from tests.nas_problems.evaluators import trainable
from tests.nas_problems.evaluators.processes import is_running, needs_proc, wait_for_end


@pytest.fixture(scope="module")
def shared() -> Iterator[Child]:
    made = Child()
    yield made
    made.stop()


def test_results_come_back(shared: Child) -> None:
    assert shared.call(trainable.add, 2) == 3
    assert shared.call(trainable.add, 2, b=5) == 7


def test_functions_of_a_file_that_was_loaded_under_another_name(tmp_path: Path) -> None:
    """As ``iohnas run --import FILE`` loads plug-ins."""
    file = tmp_path / "mine.py"
    file.write_text("def double(x):\n    return 2 * x\n")
    spec = spec_from_file_location("iohnas_plugin_mine", file)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[spec.name] = module
    made = Child()
    try:
        assert made.call(module.double, 21) == 42
    finally:
        made.stop()
        del sys.modules[spec.name]


def test_one_process_serves_all_calls_and_is_not_ours(shared: Child) -> None:
    pids = {shared.call(trainable.process_id) for _ in range(5)}
    assert len(pids) == 1 and os.getpid() not in pids


def test_exceptions_come_back_as_one_line(shared: Child) -> None:
    pid = shared.call(trainable.process_id)
    with pytest.raises(ChildError, match=r"^RuntimeError: first$"):
        shared.call(trainable.raise_error, "first\nsecond")
    with pytest.raises(ChildError, match="SystemExit: 1"):
        shared.call(sys.exit, 1)
    assert shared.call(trainable.process_id) == pid
    assert describe(KeyError()) == "KeyError"


def test_a_call_has_a_limit() -> None:
    made = Child(limit_seconds=0.2)
    assert made.call(trainable.add, 1) == 2
    pid = made.call(trainable.process_id)
    with pytest.raises(TimeoutError, match=r"the time limit of 0\.2 s was exceeded") as caught:
        made.call(trainable.count_limited, 60.0)
    assert not isinstance(caught.value, ChildError)
    assert made.call(trainable.process_id) != pid
    made.close()


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory on Linux")
def test_memory_has_a_limit() -> None:
    made = Child(memory_bytes=2**30)
    with pytest.raises(ChildError, match="MemoryError"):
        made.call(bytes, 2**30)
    assert made.call(len, made.call(bytes, 1000)) == 1000
    made.close()


def test_a_closed_child_ends_its_call_and_starts_no_other() -> None:
    made = Child()
    made.call(trainable.add, 1)
    threading.Timer(0.1, made.close).start()
    with pytest.raises(ChildDied, match="was killed by SIGKILL"):
        made.call(trainable.count_limited, 60.0)
    with pytest.raises(RuntimeError, match="closed"):
        made.call(trainable.add, 1)


def test_results_and_arguments_that_cannot_be_pickled(shared: Child) -> None:
    with pytest.raises(ChildError, match="pickle"):
        shared.call(threading.Lock)
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        shared.call(trainable.add, threading.Lock())  # type: ignore[arg-type]
    assert shared.call(trainable.add, 1) == 2


@pytest.mark.parametrize("stuck", [trainable.sleep_limited, trainable.count_limited])
def test_a_function_that_is_stuck_is_killed_and_the_next_call_works(
    shared: Child, stuck: Callable[[float], None]
) -> None:
    pid = shared.call(trainable.process_id)
    with pytest.raises(TimeoutError, match=r"the time limit of 0\.05 s was exceeded"):
        shared.call(stuck, 0.05)
    assert shared.call(trainable.process_id) != pid


def test_the_limit_ends_with_its_block(shared: Child) -> None:
    assert shared.call(trainable.within_limit, 30.0) == "done"
    assert shared.call(trainable.within_limit, 30.0) == "done"


@pytest.mark.parametrize("how", ["exits", "raises", "raises later"])
def test_a_failure_says_how_long_it_was_in_the_limit(how: str) -> None:
    """Not how long the process took to start and to get there."""
    with closing(Child()) as made:
        started = time.monotonic()
        with pytest.raises(ChildError) as caught:
            made.call(trainable.leave_limit, how, 0.2)
        elapsed = time.monotonic() - started
        assert caught.value.seconds is not None and 0 <= caught.value.seconds <= elapsed - 0.2
        with pytest.raises(ChildError) as caught:
            made.call(trainable.add, "a")  # type: ignore[arg-type]
        assert caught.value.seconds is None


def test_a_process_that_dies_is_replaced(shared: Child) -> None:
    with pytest.raises(ChildError, match="the process was killed by SIGABRT"):
        shared.call(os.abort)
    with pytest.raises(ChildError, match="the process ended with exit status 3"):
        shared.call(os._exit, 3)


@needs_proc
def test_a_process_that_was_killed_by_others_is_replaced(shared: Child) -> None:
    pid = shared.call(trainable.process_id)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # it can be a zombie while threads of it end
    assert shared.call(trainable.add, 1) == 2


def test_output_and_warnings_do_not_disturb(shared: Child) -> None:
    assert shared.call(print, "printed in the child") is None
    assert shared.call(trainable.warn) == "warned"
    assert shared.call(trainable.add, 1) == 2


def test_numerical_libraries_use_one_thread(shared: Child) -> None:
    assert shared.call(trainable.threads) == "1"


def test_threads_take_turns(shared: Child) -> None:
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda i=i: results.append(shared.call(trainable.add, i, b=0))) for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == list(range(8))


def test_an_interrupt_while_waiting_leaves_no_answer_for_the_next_call(shared: Child, tmp_path: Path) -> None:
    """The function that is interrupted has begun: it makes a file, and Ctrl-C comes then."""
    begun = tmp_path / "begun"

    def interrupt() -> None:
        while not begun.exists():
            time.sleep(0.01)
        _thread.interrupt_main()

    assert shared.call(trainable.add, 1) == 2
    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        shared.call(trainable.note_and_sleep, str(begun), 30.0)
    interrupter.join()
    assert shared.call(trainable.add, 5) == 6


def test_an_interpreter_that_cannot_start_is_an_error_not_a_failed_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(RuntimeError, match=r"child process: .* ended with status 1") as caught:
        Child().call(trainable.add, 1)
    assert not isinstance(caught.value, ChildError)


def test_everybody_in_a_process_gets_the_same_child() -> None:
    assert child() is child()


# ---- other processes


def run(script: str, tmp_path: Path) -> list[str]:
    """Run a script with warnings as errors; return its lines. It prints the numbers of child processes."""
    path = tmp_path / "script.py"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.split()


@needs_proc
def test_a_script_without_a_main_guard_runs_once_and_leaves_nothing(tmp_path: Path) -> None:
    script = """
from nas_problems.evaluators.child import child
from tests.nas_problems.evaluators.trainable import process_id
print(child().call(process_id))
"""
    (pid,) = run(script, tmp_path)
    assert not is_running(int(pid))


@needs_proc
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("pool", ["concurrent.futures", "multiprocessing, daemonic"])
def test_workers_have_children_of_their_own_and_leave_nothing(method: str, pool: str, tmp_path: Path) -> None:
    executor = {
        "concurrent.futures": "ProcessPoolExecutor(2, mp_context=context)",
        "multiprocessing, daemonic": "context.Pool(2)",
    }[pool]
    script = f"""
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
from nas_problems.evaluators.child import child
from tests.nas_problems.evaluators.trainable import process_id

def work(i):
    return f"{{child().call(process_id)}} {{os.getpid()}}"

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    print(child().call(process_id), os.getpid())
    with {executor} as workers:
        for line in workers.map(work, range(6)):
            print(line)
    print(child().call(process_id), os.getpid())
"""
    numbers = run(script, tmp_path)
    child_of = dict(zip(numbers[1::2], numbers[::2], strict=True))
    assert len(set(child_of.values())) == len(child_of) >= 2  # one child for each process, and no other
    assert len(set(numbers)) == 2 * len(child_of)
    for pid in set(child_of.values()):
        wait_for_end(int(pid))


@needs_proc
def test_the_child_of_a_killed_parent_ends_even_if_it_is_stuck(tmp_path: Path) -> None:
    script = """
import os, signal, threading
from nas_problems.evaluators.child import child
from tests.nas_problems.evaluators.trainable import count_limited, process_id
print(child().call(process_id), flush=True)
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
child().call(count_limited, 1.0)
"""
    path = tmp_path / "script.py"
    path.write_text(script)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, str(path)], stdout=subprocess.PIPE, check=False, env=environment)
    assert done.returncode == -signal.SIGKILL
    wait_for_end(int(done.stdout))
